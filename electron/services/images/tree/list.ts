import type { OutputOf } from '../../../contract/contract'
import { AppError } from '../../../contract/errors'
import { FOLDER, IMPLIED, NONE, OPAQUE, TYPES, type ImageTree } from './tree'
import { bytesOf, changeOf, cutsBelow, NO_CUTS, visibleAt, type Change, type Cuts } from './visible'

type Listing = OutputOf<'image.files'>
type Entry = Listing['entries'][number]

/** Entries of one answer. */
const MAX_LISTED = 2_000

/** Which entries are shown: of one layer alone, or all that is seen with this layer on top. */
export interface Look {
  layer: number
  mode: 'layer' | 'merged'
}

/** Entries of a folder by name. Throws `image/no-path`. */
export function listFolder(tree: ImageTree, look: Look, path: string, after?: string): Listing {
  const { node, cuts, names } = descend(tree, path)
  const below = cutsBelow(tree, node, cuts)
  const found: { name: string; node: number; version: number; change: Change }[] = []
  for (let child = tree.firstChild(node); child !== NONE; child = tree.sibling(child)) {
    const name = tree.name(child)
    if (after !== undefined && !(name > after)) continue
    const shown = show(tree, child, look, below)
    if (shown !== undefined) found.push({ name, node: child, ...shown })
  }
  if (found.length === 0 && after === undefined && !isFolder(tree, node, look, cuts)) throw noPath(path)
  found.sort((a, b) => (a.name < b.name ? -1 : 1))
  const listed = found.slice(0, MAX_LISTED)
  const entries = listed.map(({ name, node: at, version, change }): Entry => {
    const link = tree.link(version)
    const type = TYPES[tree.type(version)] ?? 'file'
    return {
      name,
      path: `/${[...names, name].join('/')}`,
      type,
      change,
      mode: tree.mode(version),
      uid: tree.uid(version),
      gid: tree.gid(version),
      sizeBytes: type === 'folder' ? bytesBelow(tree, at, look, below) : bytesOf(tree, version),
      modifiedAt: timeOf(tree.mtime(version)),
      ...(link === undefined ? {} : { linkTarget: link }),
      layer: tree.layer(version),
      ...(tree.has(version, OPAQUE) ? { opaque: true as const } : {}),
    }
  })
  const last = entries.at(-1)
  return { entries, ...(found.length > listed.length && last !== undefined ? { next: last.name } : {}) }
}

/** What is shown of a path; undefined where nothing is. */
function show(
  tree: ImageTree,
  node: number,
  { layer, mode }: Look,
  cuts: Cuts,
): { version: number; change: Change } | undefined {
  const after = visibleAt(tree, node, layer, cuts)
  const before = layer === 0 ? NONE : visibleAt(tree, node, layer - 1, cuts)
  if (after === NONE) return before === NONE ? undefined : { version: before, change: 'removed' }
  const own = tree.layer(after) === layer
  if (own) return { version: after, change: changeOf(tree, before, after) }
  // A folder that this layer only implies is shown as it is below.
  const implied = tree.versionIn(node, layer)
  if (mode === 'layer' && (implied === NONE || !tree.has(implied, IMPLIED))) return undefined
  return { version: after, change: 'unchanged' }
}

function isFolder(tree: ImageTree, node: number, look: Look, cuts: Cuts): boolean {
  if (node === tree.root) return true
  const shown = show(tree, node, look, cuts)
  return shown !== undefined && tree.type(shown.version) === FOLDER
}

/** Sum of the files below a folder that are shown and not removed; of a removed folder, of what went. */
function bytesBelow(tree: ImageTree, folder: number, look: Look, cuts: Cuts): number {
  const gone = visibleAt(tree, folder, look.layer, cuts) === NONE
  let bytes = 0
  const rest: { node: number; cuts: Cuts }[] = [{ node: folder, cuts }]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const below = cutsBelow(tree, next.node, next.cuts)
    for (let child = tree.firstChild(next.node); child !== NONE; child = tree.sibling(child)) {
      if (tree.firstChild(child) !== NONE) rest.push({ node: child, cuts: below })
      const shown = show(tree, child, look, below)
      if (shown !== undefined && (shown.change !== 'removed' || gone)) bytes += bytesOf(tree, shown.version)
    }
  }
  return bytes
}

function descend(tree: ImageTree, path: string): { node: number; cuts: Cuts; names: string[] } {
  const names = path.split('/').filter((name) => name !== '' && name !== '.')
  let node: number = tree.root
  let cuts = NO_CUTS
  for (const name of names) {
    cuts = cutsBelow(tree, node, cuts)
    node = tree.child(node, name)
    if (node === NONE) throw noPath(path)
  }
  return { node, cuts, names }
}

/** A time that a header tells may lie outside of all calendars. */
function timeOf(seconds: number): string {
  const most = 8_640_000_000_000
  return new Date(Math.max(-most, Math.min(most, seconds)) * 1_000).toISOString()
}

function noPath(path: string): AppError {
  return new AppError('image/no-path', `The image has no folder ${path} in this layer.`, {
    hint: 'List the folder above it, or another layer.',
    detail: { path: path.slice(0, 1_000) },
  })
}
