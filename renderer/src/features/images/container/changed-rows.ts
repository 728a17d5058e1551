import type { OutputOf } from '../../../../../electron/contract/contract'
import { compileSearch } from '../../../lib/search'
import type { Change } from '../change'

export type ContainerChanges = OutputOf<'container.changes'>
export type ChangedPath = ContainerChanges['entries'][number]

/** A path of the container's own, or a folder on the way to one. */
export interface ChangedRow {
  path: string
  /** Its last part in a tree, the whole path in a list. */
  name: string
  depth: number
  change: Change
  /** Of a folder the sum of what is listed below it; absent where sizes are not seen. */
  bytes?: number | undefined
  type?: ChangedPath['type']
  folder: boolean
  open: boolean
}

export interface ChangedLook {
  arrange: 'tree' | 'list'
  /** Changes that are shown; all where none is chosen. */
  changes: ReadonlySet<Change>
  text: string
  open: ReadonlySet<string>
}

/** Folders of these paths, to open all of them. */
export function foldersOf(entries: readonly ChangedPath[]): string[] {
  return [...new Set(entries.flatMap(({ path }) => above(path)))]
}

/** Folders that a path lies in, from the top down. */
function above(path: string): string[] {
  const names = path.split('/').filter(Boolean).slice(0, -1)
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
}

/** The paths that are wanted as lines: below each other with what they lie in, or whole. */
export function changedRows(entries: readonly ChangedPath[], look: ChangedLook): ChangedRow[] {
  const search = compileSearch(look.text.trim(), false)
  const wanted = entries.filter(
    ({ path, change }) => (look.changes.size === 0 || look.changes.has(change)) && search.test(path),
  )
  if (look.arrange === 'list')
    return wanted.map(({ path, change, sizeBytes, type }) => ({
      path,
      name: path,
      depth: 0,
      change,
      bytes: sizeBytes,
      type,
      folder: false,
      open: false,
    }))
  return treeRows(wanted, entries, look.open)
}

interface Node {
  path: string
  name: string
  entry: ChangedPath | undefined
  bytes: number | undefined
  below: Map<string, Node>
}

function treeRows(
  wanted: readonly ChangedPath[],
  all: readonly ChangedPath[],
  open: ReadonlySet<string>,
): ChangedRow[] {
  const known = new Map(all.map((entry) => [entry.path, entry]))
  const top: Node = { path: '', name: '', entry: undefined, bytes: undefined, below: new Map() }
  for (const { path, sizeBytes } of wanted) {
    let node = top
    for (const name of path.split('/').filter(Boolean)) {
      const here = `${node.path}/${name}`
      const next = node.below.get(name) ?? {
        path: here,
        name,
        entry: known.get(here),
        bytes: undefined,
        below: new Map<string, Node>(),
      }
      node.below.set(name, next)
      node = next
      if (sizeBytes !== undefined) node.bytes = (node.bytes ?? 0) + sizeBytes
    }
  }
  const rows: ChangedRow[] = []
  const add = (node: Node, depth: number): void => {
    const folder = node.below.size > 0
    const isOpen = folder && open.has(node.path)
    rows.push({
      path: node.path,
      name: node.name,
      depth,
      change: node.entry?.change ?? 'unchanged',
      bytes: node.bytes,
      type: node.entry?.type ?? (folder ? 'folder' : undefined),
      folder,
      open: isOpen,
    })
    if (isOpen) for (const child of node.below.values()) add(child, depth + 1)
  }
  for (const child of top.below.values()) add(child, 0)
  return rows
}
