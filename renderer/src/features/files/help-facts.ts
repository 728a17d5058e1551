import { wholePath } from '../../app/storage/paths'
import { visibleText } from '../../lib/visible-text'
import type { Folder, Place } from './tree'

/** Values of "How it works" that only this page knows: folders that lie here. */
export function helpFacts(
  tops: readonly Place[],
  folders: ReadonlyMap<string, Folder>,
  t: (key: string) => string,
  dataRoot: string,
): Record<string, string> {
  const none = t('files.help.none')
  const entries = [...folders.values()].flatMap((folder) => folder.entries)
  const example = (meaning: string) => {
    const path = entries.find((entry) => entry.meaning === meaning)?.path
    return path === undefined ? none : visibleText(wholePath(path, dataRoot))
  }
  const [root] = tops
  const names = root ? (folders.get(root.path)?.entries ?? []).map(({ name }) => visibleText(name)) : []
  return {
    folders: names.length > 0 ? names.slice(0, 12).join(', ') : none,
    elsewhere: tops[1]?.path ?? t('files.help.notHere'),
    exampleLayer: example('overlay2-layer'),
    exampleContainer: example('container-folder'),
    exampleVolume: example('volume-folder'),
  }
}
