import type { OutputOf } from '../../../../electron/contract/contract'
import { byName } from '../../lib/name-order'
import type { Failure } from '../../remote/failure'

export type StorageList = OutputOf<'storage.list'>
export type StorageEntry = StorageList['entries'][number]

/** An entry; the top folders are known by less than what lies in one. */
export type Place = Pick<StorageEntry, 'name' | 'path' | 'type' | 'owner' | 'meaning'> & Partial<StorageEntry>

/** A folder whose entries have been asked for. */
export interface Folder {
  entries: readonly StorageEntry[]
  /** Where the next page begins. */
  next?: string | undefined
  loading: boolean
  failure?: Failure | undefined
}

/** On the disk with all below it, as far as measured. */
export interface Measure {
  bytes: number
  entries: number
}

export type Sort = 'name' | 'size'

/** A line of the tree: something that lies there, or a word about a folder. */
export type TreeRow =
  | { kind: 'place'; key: string; depth: number; place: Place; measure: Measure | undefined; open: boolean }
  | { kind: 'loading' | 'failed' | 'more' | 'empty'; key: string; depth: number; path: string }

export interface TreeState {
  tops: readonly Place[]
  folders: ReadonlyMap<string, Folder>
  open: ReadonlySet<string>
  measures: ReadonlyMap<string, Measure>
  sort: Sort
}

/** What a place has on the disk, measured or listed; undefined while that is not known. */
export function measureOf(place: Place, measures: TreeState['measures']): Measure | undefined {
  const measured = measures.get(place.path)
  if (measured) return measured
  return place.diskBytes === undefined ? undefined : { bytes: place.diskBytes, entries: place.entries ?? 1 }
}

/** Of a folder that is listed whole and of whose entries each is measured: their sum. */
function sumOf(folder: Folder | undefined, measures: TreeState['measures']): Measure | undefined {
  if (!folder || folder.loading || folder.next !== undefined || folder.failure) return undefined
  const sum: Measure = { bytes: 0, entries: 1 }
  for (const entry of folder.entries) {
    const measure = measureOf(entry, measures)
    if (!measure) return undefined
    sum.bytes += measure.bytes
    sum.entries += measure.entries
  }
  return sum
}

/** Folders first by name, or everything by size, the largest first. */
function sorted(entries: readonly StorageEntry[], { sort, measures }: TreeState): readonly StorageEntry[] {
  const named = byName(entries)
  if (sort === 'name') return named
  const bytes = new Map(named.map((entry) => [entry, measureOf(entry, measures)?.bytes ?? -1]))
  return named.toSorted((a, b) => (bytes.get(b) ?? -1) - (bytes.get(a) ?? -1))
}

const NONE: readonly StorageEntry[] = []

/** The tree as lines: what is open, with what lies in it below it. */
export function rowsOf(state: TreeState): TreeRow[] {
  const rows: TreeRow[] = []
  const tops = new Set(state.tops.map(({ path }) => path))
  const add = (place: Place, depth: number): void => {
    const { path } = place
    const open = place.type === 'folder' && state.open.has(path)
    const folder = state.folders.get(path)
    const measure = measureOf(place, state.measures) ?? sumOf(folder, state.measures)
    rows.push({ kind: 'place', key: path, depth, place, measure, open })
    if (!open) return
    const note = (kind: 'loading' | 'failed' | 'more' | 'empty') =>
      rows.push({ kind, key: `${kind}:${path}`, depth: depth + 1, path })
    // What lies elsewhere is listed in the data-root by the core, and a top of its own here.
    const entries = sorted(folder?.entries ?? NONE, state).filter((entry) => !tops.has(entry.path))
    for (const entry of entries) add(entry, depth + 1)
    if (folder?.failure) note('failed')
    else if (folder === undefined || folder.loading) note('loading')
    else if (folder.next !== undefined) note('more')
    else if (entries.length === 0) note('empty')
  }
  for (const top of state.tops) add(top, 0)
  return rows
}

/**
 * Folders from a top down to a path, the path itself last; undefined where it lies below none. The
 * data-root is the empty path, and those below it are relative; other tops are whole.
 */
export function wayTo(path: string, tops: readonly string[]): string[] | undefined {
  const top = path.startsWith('/')
    ? tops.find((each) => each !== '' && (path === each || path.startsWith(`${each}/`)))
    : ''
  if (top === undefined) return undefined
  const way = [top]
  for (const name of path.slice(top.length).split('/').filter(Boolean)) {
    const above = way.at(-1) ?? top
    way.push(above === '' ? name : `${above}/${name}`)
  }
  return way
}

/**
 * Where a link leads, as a path to ask with; undefined where that is not in the data-root. What a
 * link in a layer or a volume calls `/` is the root of a container.
 */
export function targetOf({ path, linkTarget }: Place, dataRoot: string): string | undefined {
  if (linkTarget === undefined) return undefined
  if (linkTarget.startsWith('/'))
    return linkTarget.startsWith(`${dataRoot}/`) ? linkTarget.slice(dataRoot.length + 1) : undefined
  const parts = path.split('/').slice(0, -1)
  for (const part of linkTarget.split('/')) {
    if (part === '..' && parts.pop() === undefined) return undefined
    if (part !== '..' && part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}
