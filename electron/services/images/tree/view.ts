import type { CutsOfTree } from './cuts-of-tree'
import { inTurns } from './in-turns'
import { show, type Look } from './shown'
import type { ImageTree } from './tree'
import { bytesOf, type Change } from './visible'

/** By number; 0 stands for what is not shown. */
const CHANGES: readonly (Change | undefined)[] = [
  undefined,
  'added',
  'modified',
  'metadata',
  'removed',
  'unchanged',
]
const REMOVED = CHANGES.indexOf('removed')
const UNCHANGED = CHANGES.indexOf('unchanged')

/**
 * What a layer shows of every path, and for every folder what lies below it: worked out in one go over
 * all paths, since a walk below each folder that is listed would take as long for the topmost alone.
 */
export class View {
  /** Of one path in all columns together. */
  static readonly NODE_BYTES = 14

  readonly #change: Uint8Array
  readonly #bytes: Float64Array
  readonly #changes: Uint32Array
  /** A bit for each change that is somewhere below. */
  readonly #kinds: Uint8Array

  private constructor(nodes: number) {
    this.#change = new Uint8Array(nodes)
    this.#bytes = new Float64Array(nodes)
    this.#changes = new Uint32Array(nodes)
    this.#kinds = new Uint8Array(nodes)
  }

  static async of(tree: ImageTree, look: Look, cuts: CutsOfTree, signal: AbortSignal): Promise<View> {
    const { nodes } = tree
    const view = new View(nodes)
    await inTurns(nodes, signal, (from, to) => {
      for (let node = from; node < to; node += 1) {
        const shown = show(tree, node, look, cuts.at(node))
        if (shown === undefined) continue
        view.#change[node] = CHANGES.indexOf(shown.change)
        view.#bytes[node] = bytesOf(tree, shown.version)
      }
    })
    // A folder has a lower number than what lies in it: from the end on, what is below one is whole.
    await inTurns(nodes - 1, signal, (from, to) => {
      for (let at = from; at < to; at += 1) view.#addToFolder(nodes - 1 - at, tree.parent(nodes - 1 - at))
    })
    return view
  }

  /** Undefined for a path that is not shown. */
  change(node: number): Change | undefined {
    return CHANGES[this.#change[node] ?? 0]
  }

  /** Of a file its size, of a folder the sum of what is shown below it and not removed; of a removed one, of what went. */
  bytes(node: number): number {
    return this.#bytes[node] ?? 0
  }

  /** Entries below a folder that the layer added, modified or removed. */
  changesBelow(node: number): number {
    return this.#changes[node] ?? 0
  }

  /** Whether one of these was done to a path, or to one below it. */
  touches(node: number, changes: readonly Change[]): boolean {
    const kinds = (this.#kinds[node] ?? 0) | (1 << (this.#change[node] ?? 0))
    return changes.some((change) => (kinds & (1 << CHANGES.indexOf(change))) !== 0)
  }

  #addToFolder(node: number, folder: number): void {
    const change = this.#change[node] ?? 0
    const bytes = this.#bytes[node] ?? 0
    if (bytes > 0 && (change !== REMOVED || this.#change[folder] === REMOVED))
      this.#bytes[folder] = (this.#bytes[folder] ?? 0) + bytes
    const below = (this.#changes[node] ?? 0) + (change === 0 || change === UNCHANGED ? 0 : 1)
    this.#changes[folder] = (this.#changes[folder] ?? 0) + below
    this.#kinds[folder] = (this.#kinds[folder] ?? 0) | (this.#kinds[node] ?? 0) | (1 << change)
  }
}
