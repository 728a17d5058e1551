import { byName } from '../../../../lib/name-order'
import type { Entry } from '../contents'
import type { Folder } from '../listed'

export type Sort = 'name' | 'size'

/** A line of the tree: an entry, or a word about a folder. */
export type TreeRow =
  | {
      kind: 'entry'
      key: string
      depth: number
      entry: Entry
      open: boolean
      /** Its size as a share of the largest beside it, from 0 to 1. */
      share: number
    }
  | { kind: 'loading' | 'failed' | 'more' | 'empty'; key: string; depth: number; path: string; shown: number }

export interface TreeState {
  folders: ReadonlyMap<string, Folder>
  open: ReadonlySet<string>
  sort: Sort
}

interface Ordered {
  size?: readonly Entry[]
  largest: number
}
/** Entries of a folder are replaced, never changed: what was sorted once stays so. */
const ordered = new WeakMap<readonly Entry[], Ordered>()

function orderOf(entries: readonly Entry[]): Ordered {
  const known = ordered.get(entries)
  if (known) return known
  let largest = 0
  for (const { sizeBytes } of entries) largest = Math.max(largest, sizeBytes)
  const made: Ordered = { largest }
  ordered.set(entries, made)
  return made
}

/** Folders first by name, or everything by size, the largest first. */
export function sorted(entries: readonly Entry[], sort: Sort): readonly Entry[] {
  if (sort === 'name') return byName(entries)
  return (orderOf(entries).size ??= entries.toSorted((a, b) => b.sizeBytes - a.sizeBytes))
}

/** The size of the largest entry of a folder. */
export function largestOf(entries: readonly Entry[]): number {
  return orderOf(entries).largest
}

/** The tree as lines: what is open, with what lies in it below it. */
export function rowsOf({ folders, open, sort }: TreeState): TreeRow[] {
  const rows: TreeRow[] = []
  const add = (path: string, depth: number): void => {
    const folder = folders.get(path)
    const entries = folder?.entries ?? []
    const largest = Math.max(1, largestOf(entries))
    for (const entry of sorted(entries, sort)) {
      const unfolded = entry.type === 'folder' && open.has(entry.path)
      const share = entry.sizeBytes / largest
      rows.push({ kind: 'entry', key: entry.path, depth, entry, open: unfolded, share })
      if (unfolded) add(entry.path, depth + 1)
    }
    const note = (kind: 'loading' | 'failed' | 'more' | 'empty') =>
      rows.push({ kind, key: `${kind}:${path}`, depth, path, shown: entries.length })
    if (folder?.failure) note('failed')
    else if (folder === undefined || folder.loading) note('loading')
    else if (folder.next !== undefined) note('more')
    else if (entries.length === 0) note('empty')
  }
  add('/', 0)
  return rows
}
