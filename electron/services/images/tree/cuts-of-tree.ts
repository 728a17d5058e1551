import { inTurns } from './in-turns'
import { NONE, type ImageTree } from './tree'
import { cutsBelow, NO_CUTS, type Cuts } from './visible'

/** For every folder of a tree the cuts for what lies in it, worked out once. */
export class CutsOfTree {
  readonly #byFolder = new Map<number, Cuts>()

  private constructor(private readonly tree: ImageTree) {}

  static async of(tree: ImageTree, signal: AbortSignal): Promise<CutsOfTree> {
    const all = new CutsOfTree(tree)
    await inTurns(tree.nodes, signal, (from, to) => {
      // A folder has a lower number than what lies in it: those above are known.
      for (let node = from; node < to; node += 1) {
        if (tree.firstChild(node) === NONE) continue
        const cuts = cutsBelow(tree, node, all.at(node))
        if (cuts.length > 0) all.#byFolder.set(node, cuts)
      }
    })
    return all
  }

  /** Cuts for what lies in a folder. */
  below(folder: number): Cuts {
    return this.#byFolder.size === 0 ? NO_CUTS : (this.#byFolder.get(folder) ?? NO_CUTS)
  }

  /** Cuts for a path itself. */
  at(node: number): Cuts {
    return this.below(this.tree.parent(node))
  }
}
