import type { OutputOf } from '../../../../../electron/contract/contract'
import type { Failure } from '../../../remote/failure'

export type Comparison = OutputOf<'image.compare'>
export type ComparedFile = Comparison['entries'][number]

/** The path of the whole tree. */
export const ROOT = '/'

/** A folder whose entries have been asked for. */
export interface Folder {
  entries: readonly ComparedFile[]
  /** Where the next page begins. */
  next?: string | undefined
  loading: boolean
  failure?: Failure | undefined
}

/** A line of the tree: a path that is compared, or a word about a folder. */
export type ComparedRow =
  | { kind: 'file'; key: string; depth: number; file: ComparedFile; open: boolean }
  | { kind: 'loading' | 'failed' | 'more' | 'empty'; key: string; depth: number; path: string }

/** The tree as lines: what is open, with what lies in it below it. */
export function rowsOf(folders: ReadonlyMap<string, Folder>, open: ReadonlySet<string>): ComparedRow[] {
  const rows: ComparedRow[] = []
  const add = (path: string, depth: number): void => {
    const folder = folders.get(path)
    const note = (kind: 'loading' | 'failed' | 'more' | 'empty') =>
      rows.push({ kind, key: `${kind}:${path}`, depth, path })
    for (const file of folder?.entries ?? []) {
      const isOpen = file.type === 'folder' && open.has(file.path)
      rows.push({ kind: 'file', key: file.path, depth, file, open: isOpen })
      if (isOpen) add(file.path, depth + 1)
    }
    if (folder?.failure) note('failed')
    else if (folder === undefined || folder.loading) note('loading')
    else if (folder.next !== undefined) note('more')
    else if (folder.entries.length === 0 && path !== ROOT) note('empty')
  }
  add(ROOT, 0)
  return rows
}

/** Right less left in bytes; what a side does not have counts as nothing. */
export function differenceOf({ leftBytes = 0, rightBytes = 0 }: ComparedFile): number {
  return rightBytes - leftBytes
}
