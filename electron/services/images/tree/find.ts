import { AppError } from '../../../contract/errors'
import type { CutsOfTree } from './cuts-of-tree'
import { NONE, TYPES, type ImageTree } from './tree'
import { visibleAt } from './visible'

/** Names on the way to a path. */
export function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}

/** The path in a tree, whatever layer has it; NONE where none does. */
export function nodeAt(tree: ImageTree, path: string): number {
  let node: number = tree.root
  for (const name of namesIn(path)) {
    node = tree.child(node, name)
    if (node === NONE) break
  }
  return node
}

/** The version of a path with a layer on top; NONE where nothing is seen there. */
export function versionAt(tree: ImageTree, node: number, layer: number, cuts: CutsOfTree): number {
  return node === NONE ? NONE : visibleAt(tree, node, layer, cuts.at(node))
}

export interface FoundFile {
  node: number
  version: number
}

/** Links in a row that are followed. */
const MAX_LINKS = 8

/**
 * The file of a path with a layer on top; of a hard link what it links to, in the layer that has the
 * link. Throws `image/no-path`, `image/no-content` for what is no file.
 */
export function fileAt(tree: ImageTree, path: string, layer: number, cuts: CutsOfTree): FoundFile {
  let node = nodeAt(tree, path)
  let version = versionAt(tree, node, layer, cuts)
  for (let links = 0; version !== NONE; links += 1) {
    const type = TYPES[tree.type(version)]
    if (type === 'file') return { node, version }
    if (type !== 'hardlink' || links === MAX_LINKS) throw noContent(path, type ?? 'nothing')
    const from = tree.layer(version)
    node = nodeAt(tree, tree.link(version) ?? '')
    version = versionAt(tree, node, from, cuts)
  }
  throw noPath(path)
}

export function noPath(path: string): AppError {
  return new AppError('image/no-path', `The image has no ${path === '' ? '/' : path} in this layer.`, {
    hint: 'List the folder above it, or another layer.',
    detail: { path: path.slice(0, 1_000) },
  })
}

function noContent(path: string, type: string): AppError {
  return new AppError('image/no-content', `${path} is no file but a ${type}.`, {
    hint: type === 'folder' ? 'List it with image.files.' : 'It has no content of its own.',
    detail: { path: path.slice(0, 1_000), type },
  })
}
