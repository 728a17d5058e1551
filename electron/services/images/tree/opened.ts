import { CutsOfTree } from './cuts-of-tree'
import type { Look } from './shown'
import { Suspects } from './suspects'
import { NONE, type ImageTree } from './tree'
import { View } from './view'

/** Bytes of views that are kept of one tree; one of a million paths takes 14 MB. */
const KEPT_BYTES = 48 * 1024 * 1024
const KEPT_VIEWS = 16
/** A folder with more entries than these is sorted once. */
const LARGE_FOLDER = 2_000

/** A tree that was read, with what is worked out of it once and asked for again and again. */
export class OpenedTree {
  readonly #cuts: Promise<CutsOfTree>
  /** By layer and mode, the one used last at the end. */
  readonly #views = new Map<string, Promise<View>>()
  #suspects: Suspects | undefined
  #large: { folder: number; order: readonly number[] } | undefined

  constructor(
    readonly tree: ImageTree,
    /** Layers of the image. */
    readonly layers: number,
  ) {
    // Worked out for all who ask, whoever leaves: it takes a moment.
    this.#cuts = CutsOfTree.of(tree, NEVER)
    // Whoever asks is told; nobody may ask.
    this.#cuts.catch(() => undefined)
  }

  cuts(): Promise<CutsOfTree> {
    return this.#cuts
  }

  get suspects(): Suspects {
    return (this.#suspects ??= new Suspects(this.tree))
  }

  /** What a layer shows, with the sums of its folders. */
  view(look: Look): Promise<View> {
    const key = `${look.mode} ${look.layer}`
    const view = this.#views.get(key) ?? this.#cuts.then((cuts) => View.of(this.tree, look, cuts, NEVER))
    this.#views.delete(key)
    this.#views.set(key, view)
    const most = Math.max(
      2,
      Math.min(KEPT_VIEWS, Math.floor(KEPT_BYTES / (this.tree.nodes * View.NODE_BYTES))),
    )
    for (const [oldest] of this.#views) if (this.#views.size > most) this.#views.delete(oldest)
    return view
  }

  /** Paths in a folder by name, of all layers. */
  childrenOf(folder: number): readonly number[] {
    if (this.#large?.folder === folder) return this.#large.order
    const { tree } = this
    const named: { name: string; node: number }[] = []
    for (let node = tree.firstChild(folder); node !== NONE; node = tree.sibling(node))
      named.push({ name: tree.name(node), node })
    named.sort((a, b) => (a.name < b.name ? -1 : 1))
    const order = named.map(({ node }) => node)
    if (order.length > LARGE_FOLDER) this.#large = { folder, order }
    return order
  }
}

const NEVER = new AbortController().signal
