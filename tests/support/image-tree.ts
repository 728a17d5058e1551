import { LayerSink, ImageTree, OpenedTree } from '../../electron/services/images/tree'
import { TarReader } from '../../electron/services/images/tar'
import { tar, type TarMember } from './tar'

export const file = (name: string, bytes: number, more: Partial<TarMember> = {}): TarMember => ({
  name,
  body: Buffer.alloc(bytes),
  ...more,
})
export const folder = (name: string, more: Partial<TarMember> = {}): TarMember => ({
  name,
  flag: '5',
  mode: 0o755,
  ...more,
})

/** A tree of layers; `order`: the archives are read in the order of the numbers, and stand in this one. */
export function treeOf(layers: TarMember[][], order = layers.map((_, index) => index)): ImageTree {
  const tree = new ImageTree()
  for (const [index, members] of layers.entries()) {
    const sink = new LayerSink(tree, index)
    const reader = new TarReader((entry) => (sink.add(entry), undefined))
    reader.push(tar(...members))
    reader.end()
  }
  tree.arrange(order)
  return tree
}

export function opened(...layers: TarMember[][]): OpenedTree {
  return new OpenedTree(treeOf(layers), layers.length)
}
