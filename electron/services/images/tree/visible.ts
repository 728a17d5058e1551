import { FILE, FOLDER, IMPLIED, NONE, OPAQUE, TYPES, WHITEOUT, type ImageTree } from './tree'

export type Change = 'added' | 'modified' | 'metadata' | 'removed' | 'unchanged'

/** Layers, ascending, from each of which on nothing of the layers below it is seen in a folder. */
export type Cuts = readonly number[]
export const NO_CUTS: Cuts = []

/** The version of a path that is seen when `layer` is the topmost; NONE where there is none. */
export function visibleAt(tree: ImageTree, node: number, layer: number, cuts: Cuts): number {
  const floor = floorAt(cuts, layer)
  let implied = NONE
  for (let at = tree.newest(node); at !== NONE; at = tree.older(at)) {
    const from = tree.layer(at)
    if (from > layer) continue
    if (from < floor || tree.type(at) === 0) break
    // A folder that is only implied is the one below, where there is one.
    if (!tree.has(at, IMPLIED)) return implied === NONE || tree.type(at) === FOLDER ? at : implied
    if (implied === NONE) implied = at
    if (tree.has(at, WHITEOUT)) break
  }
  return implied
}

function floorAt(cuts: Cuts, layer: number): number {
  for (let index = cuts.length - 1; index >= 0; index -= 1) {
    const cut = cuts[index] ?? 0
    if (cut <= layer) return cut
  }
  return 0
}

/** Cuts for what lies in a folder: those of the folder, and what its own versions hide. */
export function cutsBelow(tree: ImageTree, node: number, cuts: Cuts): Cuts {
  let own: Set<number> | undefined
  for (let at = tree.newest(node); at !== NONE; at = tree.older(at))
    if (tree.type(at) !== FOLDER || tree.has(at, WHITEOUT | OPAQUE)) {
      own ??= new Set(cuts)
      own.add(tree.layer(at))
    }
  return own === undefined || own.size === cuts.length ? cuts : [...own].sort((a, b) => a - b)
}

/**
 * What a layer's version is to what was seen before. A file that is there again with the same size,
 * time, mode and owner counts as modified: the layer holds its content, which no header tells.
 */
export function changeOf(tree: ImageTree, before: number, after: number): Change {
  if (before === NONE) return 'added'
  const type = tree.type(after)
  if (type !== tree.type(before) || tree.link(after) !== tree.link(before)) return 'modified'
  const samePermissions =
    tree.mode(after) === tree.mode(before) &&
    tree.uid(after) === tree.uid(before) &&
    tree.gid(after) === tree.gid(before)
  if (type !== FILE) return samePermissions ? 'unchanged' : 'metadata'
  const sameContent = tree.size(after) === tree.size(before) && tree.mtime(after) === tree.mtime(before)
  return sameContent && !samePermissions ? 'metadata' : 'modified'
}

/** Bytes of a version's content. */
export function bytesOf(tree: ImageTree, version: number): number {
  return TYPES[tree.type(version)] === 'file' ? tree.size(version) : 0
}
