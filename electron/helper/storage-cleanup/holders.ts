import { readCacheRecords, type CacheRecord } from '../storage/builder'
import type { Tree } from '../storage/tree'

/** Drivers whose layers are folders of files. */
export const DRIVERS = ['overlay2', 'fuse-overlayfs', 'vfs'] as const
export type Driver = (typeof DRIVERS)[number]

const CHAIN = /^sha256:[0-9a-f]{64}$/
const HEX = /^[0-9a-f]{64}$/

/** What holds layers of a graph driver and is not told by the API. */
export interface LayerHolders {
  /** Parent of each layer that is not a base; both as chain ids. */
  parents: Record<string, string>
  /** The layer each container stands on, by container id; its image may be gone. */
  mounts: Record<string, string>
  /** BuildKit's records. A layer with a chain id stays as long as its record does. */
  records: CacheRecord[]
}

/** Reads layerdb and BuildKit's records. */
export async function readHolders(root: Tree, driver: Driver): Promise<LayerHolders> {
  const layerdb = ['image', driver, 'layerdb']
  const parents: Record<string, string> = {}
  for (const hex of plain(root.list(...layerdb, 'sha256'))) {
    const parent = root.text(...layerdb, 'sha256', hex, 'parent')
    if (parent !== undefined && CHAIN.test(parent)) parents[`sha256:${hex}`] = parent
  }
  const mounts: Record<string, string> = {}
  for (const id of plain(root.list(...layerdb, 'mounts'))) {
    const chain = root.text(...layerdb, 'mounts', id, 'parent')
    if (chain !== undefined && CHAIN.test(chain)) mounts[id] = chain
  }
  return { parents, mounts, records: (await readCacheRecords(root, [])) ?? [] }
}

function plain(names: readonly (string | Buffer)[]): string[] {
  return names.filter((name): name is string => typeof name === 'string' && HEX.test(name))
}
