import { AppError } from '../../../contract/errors'
import { inTurns } from './in-turns'
import { NONE, type ImageTree } from './tree'
import { cutsBelow, NO_CUTS, type Cuts } from './visible'

/** Most cuts of all folders together; an image that is not made to mislead has a few for each folder that is emptied. */
const MAX_CUTS = 16_000_000

/** For every folder of a tree the cuts for what lies in it, worked out once. */
export class CutsOfTree {
  readonly #byFolder = new Map<number, Cuts>()
  /** Those that are alike are kept once. */
  readonly #alike = new Map<string, Cuts>()
  #made = 0

  private constructor(
    private readonly tree: ImageTree,
    private readonly most: number,
  ) {}

  /** Throws `image/too-large` for an image whose layers hide far more than any that is used. */
  static async of(tree: ImageTree, signal: AbortSignal, most = MAX_CUTS): Promise<CutsOfTree> {
    const all = new CutsOfTree(tree, most)
    await inTurns(tree.nodes, signal, (from, to) => {
      // A folder has a lower number than what lies in it: those above are known.
      for (let node = from; node < to; node += 1) if (tree.firstChild(node) !== NONE) all.#add(node)
    })
    all.#alike.clear()
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

  #add(folder: number): void {
    const above = this.at(folder)
    const cuts = cutsBelow(this.tree, folder, above)
    if (cuts.length === 0) return
    this.#byFolder.set(folder, cuts === above ? above : this.#keptOnce(cuts))
  }

  #keptOnce(cuts: Cuts): Cuts {
    this.#made += cuts.length
    if (this.#made > this.most)
      throw new AppError('image/too-large', 'The layers of the image hide more than can be kept.', {
        hint: 'The image was made to mislead, or by a program that hides folders again and again.',
      })
    const key = cuts.join(' ')
    const known = this.#alike.get(key)
    if (known !== undefined) return known
    this.#alike.set(key, cuts)
    return cuts
  }
}
