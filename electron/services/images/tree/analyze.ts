import type { ItemOf } from '../../../contract/contract'
import { fitting } from '../fitting'
import { Column } from './columns'
import type { CutsOfTree } from './cuts-of-tree'
import { happenings } from './happenings'
import { inTurns } from './in-turns'
import type { OpenedTree } from './opened'
import type { Suspects } from './suspects'
import { FILE, FOLDER, TYPES, type ImageTree } from './tree'
import { bytesOf, type Change, type Cuts } from './visible'

type Done = Extract<ItemOf<'image.analyze'>, { state: 'done' }>
export type Wasted = Done['wasted'][number]
export type FoundCredential = Done['credentials'][number]

/** What one layer brought. */
export interface LayerCounts {
  entries: number
  added: number
  modified: number
  metadata: number
  removed: number
  bytes: number
}

export interface Analysis {
  counts: LayerCounts[]
  efficiency: number
  wastedBytes: number
  wasted: Wasted[]
  wastedPaths: number
  credentials: FoundCredential[]
}

/** Most files that are listed with their waste, and most that look like credentials. */
const MAX_LISTED = 500
/** Bytes of each of the two lists: a message holds 1 MiB, and the layers stand in it too. */
const MAX_BYTES = 150_000

/**
 * Goes over all paths once. Efficiency as dive (wagoodman/dive, README and filetree/efficiency.go) has
 * it: for each path the smallest of its copies, of the sum of all copies, where a removal is a copy of no
 * bytes; wasted are all copies of a path that has more than one. Other than there, a file that went with
 * its folder counts as removed.
 */
export async function analyze(opened: OpenedTree, signal: AbortSignal): Promise<Analysis> {
  const walk = new Walk(opened, await opened.cuts())
  await inTurns(opened.tree.nodes, signal, (from, to) => {
    for (let node = from; node < to; node += 1) walk.look(node)
  })
  return walk.result()
}

class Walk {
  readonly #counts: LayerCounts[]
  readonly #wasted = { node: new Column(Int32Array), bytes: new Column(Float64Array) }
  readonly #credentials: { hidden: FoundCredential[]; seen: FoundCredential[] } = { hidden: [], seen: [] }
  #least = 0
  #all = 0
  #wastedBytes = 0
  // Of the path that is looked at.
  #copies = 0
  #bytes = 0
  #smallest = 0

  readonly #tree: ImageTree
  readonly #suspects: Suspects

  constructor(
    { tree, layers, suspects }: OpenedTree,
    private readonly cuts: CutsOfTree,
  ) {
    this.#tree = tree
    this.#suspects = suspects
    this.#counts = Array.from({ length: layers }, () => ({
      entries: 0,
      added: 0,
      modified: 0,
      metadata: 0,
      removed: 0,
      bytes: 0,
    }))
  }

  look(node: number): void {
    const cuts = this.cuts.at(node)
    this.#copies = 0
    this.#bytes = 0
    this.#smallest = Infinity
    happenings(this.#tree, node, cuts, this.#count)
    this.#suspected(node, cuts)
    if (this.#copies === 0) return
    this.#least += this.#smallest
    this.#all += this.#bytes
    if (this.#copies === 1 || this.#bytes === 0) return
    this.#wastedBytes += this.#bytes
    this.#wasted.node.push(node)
    this.#wasted.bytes.push(this.#bytes)
  }

  result(): Analysis {
    const { hidden, seen } = this.#credentials
    const byPath = (a: FoundCredential, b: FoundCredential): number =>
      a.path < b.path ? -1 : a.path > b.path ? 1 : a.layer - b.layer
    return {
      counts: this.#counts,
      efficiency: this.#all === 0 ? 1 : this.#least / this.#all,
      wastedBytes: this.#wastedBytes,
      wasted: fitting(this.#largest(), MAX_BYTES),
      wastedPaths: this.#wasted.node.length,
      credentials: fitting([...hidden.sort(byPath), ...seen.sort(byPath)].slice(0, MAX_LISTED), MAX_BYTES),
    }
  }

  /** The same whatever order the paths were read in: those of one size by path. */
  #largest(): Wasted[] {
    const { node: nodes, bytes } = this.#wasted
    const order = Uint32Array.from({ length: nodes.length }, (_, at) => at)
    order.sort((a, b) => bytes.get(b) - bytes.get(a))
    const least = bytes.get(order[MAX_LISTED - 1] ?? -1)
    const end = order.length <= MAX_LISTED ? order.length : order.findIndex((at) => bytes.get(at) < least)
    return [...order.subarray(0, end < 0 ? order.length : end)]
      .map((at) => ({ node: nodes.get(at), path: this.#tree.path(nodes.get(at)), bytes: bytes.get(at) }))
      .sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1))
      .slice(0, MAX_LISTED)
      .map(({ node, path, bytes: wasted }) => {
        const layers = this.#layersOf(node)
        return { path, count: layers.length, bytes: wasted, layers }
      })
  }

  readonly #count = (layer: number, change: Change, version: number): void => {
    const tree = this.#tree
    const counts = this.#counts[layer]
    if (counts === undefined) return
    const type = tree.type(version)
    if (change === 'removed') {
      counts.removed += 1
      if (type !== FILE) return
      this.#copies += 1
      this.#smallest = 0
      return
    }
    counts.entries += 1
    if (change !== 'unchanged') counts[change] += 1
    const size = bytesOf(tree, version)
    counts.bytes += size
    if (type === FOLDER) return
    this.#copies += 1
    this.#bytes += size
    this.#smallest = Math.min(this.#smallest, size)
  }

  /** Layers that have a path as anything but a folder, and those that removed the file that was there. */
  #layersOf(node: number): number[] {
    const layers: number[] = []
    happenings(this.#tree, node, this.cuts.at(node), (layer, change, version) => {
      const type = this.#tree.type(version)
      if (change === 'removed' ? type === FILE : type !== FOLDER) layers.push(layer)
    })
    return layers
  }

  /** Files of a name that credentials have, with the layer that hides each; empty ones hold nothing. */
  #suspected(node: number, cuts: Cuts): void {
    const tree = this.#tree
    const credential = this.#suspects.of(node)
    const { hidden, seen } = this.#credentials
    if (credential === undefined || hidden.length >= MAX_LISTED) return
    let shown: { layer: number; version: number } | undefined
    const keep = (hiddenBy?: number): void => {
      if (shown === undefined || !holdsSomething(tree, shown.version)) return
      const list = hiddenBy === undefined ? seen : hidden
      if (list.length >= MAX_LISTED) return
      list.push({
        path: tree.path(node),
        credential,
        sizeBytes: bytesOf(tree, shown.version),
        layer: shown.layer,
        ...(hiddenBy === undefined ? {} : { hiddenBy }),
      })
    }
    happenings(tree, node, cuts, (layer, change, version) => {
      // A copy with other permissions holds the same.
      if (change !== 'metadata') keep(layer)
      shown = change === 'removed' ? undefined : { layer, version }
    })
    keep()
  }
}

/** A file with a content, or another name of one. */
function holdsSomething(tree: ImageTree, version: number): boolean {
  const type = TYPES[tree.type(version)]
  return type === 'hardlink' || (type === 'file' && tree.size(version) > 0)
}
