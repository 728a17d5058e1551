import { FILE, FOLDER, IMPLIED, NONE, type ImageTree } from './tree'
import { bytesOf, changeOf, cutsBelow, NO_CUTS, visibleAt, type Cuts } from './visible'

/** What one layer brought. */
export interface LayerCounts {
  entries: number
  added: number
  modified: number
  metadata: number
  removed: number
  bytes: number
}

/** A file that is in more than one layer, or was removed again. */
export interface Wasted {
  path: string
  count: number
  bytes: number
  layers: number[]
}

export interface Analysis {
  counts: LayerCounts[]
  efficiency: number
  wastedBytes: number
  wasted: Wasted[]
  wastedPaths: number
}

/** Paths between two moments in which others have their turn. */
const AT_ONCE = 20_000
/** Most files that are listed with their waste. */
const MAX_WASTED = 500

/**
 * Goes over all paths once. Efficiency as dive (wagoodman/dive, README and filetree/efficiency.go) has
 * it: for each path the smallest of its copies, of the sum of all copies, where a removal is a copy of no
 * bytes; wasted are all copies of a path that has more than one. Other than there, a file that went with
 * its folder counts as removed.
 */
export async function analyze(tree: ImageTree, layers: number, signal: AbortSignal): Promise<Analysis> {
  const walk = new Walk(tree, layers)
  for (const _ of walk.run()) {
    await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
  }
  return walk.result()
}

class Walk {
  readonly #counts: LayerCounts[]
  readonly #wasted: { node: number; count: number; bytes: number }[] = []
  #least = 0
  #all = 0
  #seen = 0

  constructor(
    private readonly tree: ImageTree,
    layers: number,
  ) {
    this.#counts = Array.from({ length: layers }, () => ({
      entries: 0,
      added: 0,
      modified: 0,
      metadata: 0,
      removed: 0,
      bytes: 0,
    }))
  }

  *run(): Generator<undefined> {
    const { tree } = this
    const rest: { node: number; cuts: Cuts }[] = [{ node: tree.root, cuts: NO_CUTS }]
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
      const { node, cuts } = next
      this.#look(node, cuts)
      if ((this.#seen += 1) % AT_ONCE === 0) yield undefined
      if (tree.firstChild(node) === NONE) continue
      const below = cutsBelow(tree, node, cuts)
      for (let child = tree.firstChild(node); child !== NONE; child = tree.sibling(child))
        rest.push({ node: child, cuts: below })
    }
  }

  result(): Analysis {
    const wastedBytes = this.#wasted.reduce((sum, { bytes }) => sum + bytes, 0)
    this.#wasted.sort((a, b) => b.bytes - a.bytes || a.node - b.node)
    return {
      counts: this.#counts,
      efficiency: this.#all === 0 ? 1 : this.#least / this.#all,
      wastedBytes,
      wasted: this.#wasted.slice(0, MAX_WASTED).map(({ node, count, bytes }) => ({
        path: this.tree.path(node),
        count,
        bytes,
        layers: [...this.tree.versions(node)].map((version) => this.tree.layer(version)).reverse(),
      })),
      wastedPaths: this.#wasted.length,
    }
  }

  #look(node: number, cuts: Cuts): void {
    const { tree } = this
    let copies = 0
    let bytes = 0
    let least = Infinity
    for (const layer of this.#moments(node, cuts)) {
      const counts = this.#counts[layer]
      if (counts === undefined) continue
      const before = layer === 0 ? NONE : visibleAt(tree, node, layer - 1, cuts)
      const after = visibleAt(tree, node, layer, cuts)
      if (after !== NONE && tree.layer(after) === layer && !tree.has(after, IMPLIED)) {
        counts.entries += 1
        const change = changeOf(tree, before, after)
        if (change === 'added' || change === 'modified' || change === 'metadata') counts[change] += 1
        const size = bytesOf(tree, after)
        counts.bytes += size
        if (tree.type(after) === FOLDER) continue
        copies += 1
        bytes += size
        least = Math.min(least, size)
      } else if (before !== NONE && after === NONE) {
        counts.removed += 1
        if (tree.type(before) !== FILE) continue
        copies += 1
        least = 0
      }
    }
    if (copies === 0) return
    this.#least += least
    this.#all += bytes
    if (copies > 1 && bytes > 0) this.#wasted.push({ node, count: copies, bytes })
  }

  /** Layers in which something may have happened to a path, ascending. */
  #moments(node: number, cuts: Cuts): readonly number[] {
    const { tree } = this
    const newest = tree.newest(node)
    if (cuts.length === 0 && newest !== NONE && tree.older(newest) === NONE) return [tree.layer(newest)]
    const moments = new Set(cuts)
    for (const version of tree.versions(node)) moments.add(tree.layer(version))
    return [...moments].sort((a, b) => a - b)
  }
}
