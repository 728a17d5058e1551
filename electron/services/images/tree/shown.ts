import { IMPLIED, NONE, type ImageTree } from './tree'
import { changeOf, visibleAt, type Change, type Cuts } from './visible'

/** Which entries are shown: of one layer alone, or all that is seen with this layer on top. */
export interface Look {
  layer: number
  mode: 'layer' | 'merged'
}

export interface Shown {
  /** Of what the layer removed, the one that still has it. */
  version: number
  change: Change
}

/** What is shown of a path; undefined where nothing is. */
export function show(tree: ImageTree, node: number, { layer, mode }: Look, cuts: Cuts): Shown | undefined {
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
