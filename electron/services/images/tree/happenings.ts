import { IMPLIED, NONE, type ImageTree } from './tree'
import { changeOf, visibleAt, type Change, type Cuts } from './visible'

/** What a layer did to a path; `version` of a removed one is what was there before. */
export type OnHappening = (layer: number, change: Change, version: number) => void

/**
 * Tells what each layer did to a path, the lowest first. A folder that a layer only implies is nothing
 * that happened; what went with its folder counts as removed.
 */
export function happenings(tree: ImageTree, node: number, cuts: Cuts, tell: OnHappening): void {
  const newest = tree.newest(node)
  if (newest === NONE) return
  // By far the most: one layer has it and none hides it.
  if (cuts.length === 0 && tree.older(newest) === NONE) {
    if (tree.type(newest) !== 0 && !tree.has(newest, IMPLIED)) tell(tree.layer(newest), 'added', newest)
    return
  }
  for (const layer of moments(tree, node, cuts)) {
    const before = layer === 0 ? NONE : visibleAt(tree, node, layer - 1, cuts)
    const after = visibleAt(tree, node, layer, cuts)
    if (after !== NONE && tree.layer(after) === layer && !tree.has(after, IMPLIED))
      tell(layer, changeOf(tree, before, after), after)
    else if (before !== NONE && after === NONE) tell(layer, 'removed', before)
  }
}

/** Layers in which something may have happened to a path, ascending. */
function moments(tree: ImageTree, node: number, cuts: Cuts): readonly number[] {
  const all = new Set(cuts)
  for (const version of tree.versions(node)) all.add(tree.layer(version))
  return [...all].sort((a, b) => a - b)
}
