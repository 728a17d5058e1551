import type { StorageScan, StorageShare } from '../../app/storage/kinds'
import { wholePath } from '../../app/storage/paths'
import { visibleText } from '../../lib/visible-text'
import type { StorageUsage } from './parts'

/** Values of "How it works" that only this page knows: folders of this machine as examples. */
export function helpFacts(
  scan: StorageScan | undefined,
  usage: StorageUsage | undefined,
  t: (key: string) => string,
  size: (bytes: number) => string,
  dataRoot: string,
): Record<string, string> {
  const none = t('storage.help.none')
  const largest = (kind: string): StorageShare | undefined =>
    scan?.shares
      .filter(({ owner }) => owner.kind === kind)
      .reduce<StorageShare | undefined>(
        (best, share) => (best && best.bytes >= share.bytes ? best : share),
        undefined,
      )
  const layer = largest('layer')
  const container = largest('container')
  const log = largest('log')
  const volume = largest('volume')
  const name = (share: StorageShare | undefined) => (share ? visibleText(share.owner.name) : none)
  const path = (share: StorageShare | undefined) => {
    const [first] = share?.paths ?? []
    return first === undefined ? none : visibleText(wholePath(first, dataRoot))
  }
  const sum = (kind: string) =>
    scan?.shares.filter(({ owner }) => owner.kind === kind).reduce((all, { bytes }) => all + bytes, 0)
  const orphans = sum('orphan')
  return {
    store: usage ? t(`storage.store.${usage.imageStore}`) : none,
    layer: path(layer),
    layerImages: String(layer?.owner.images?.length ?? none),
    container: name(container),
    containerPath: path(container),
    volume: name(volume),
    volumePath: path(volume),
    log: path(log),
    logSize: log ? size(log.bytes) : none,
    cache: usage ? size(usage.kinds.find(({ kind }) => kind === 'build-cache')?.bytes ?? 0) : none,
    orphans: orphans === undefined ? none : size(orphans),
  }
}
