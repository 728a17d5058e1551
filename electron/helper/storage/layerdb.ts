import { layersOf, record, texts } from './image-config'
import type { Name, Tree } from './tree'

/** A layer as layerdb has it. */
export interface Layer {
  chainId: string
  parent?: string
  /** Names of images that stand on it; an id where an image has no name. */
  images: string[]
  instruction?: string
}

/** What a graph driver's image store refers to. */
export interface LayerStore {
  driver: string
  /** By the name of the folder below the graph driver's. */
  layers: Map<string, Layer>
  /** Folders of containers. */
  mounts: Map<string, { container: string; what: 'upper' | 'init' }>
  /** Names of images by their ids. */
  images: Map<string, string[]>
}

/** Layers between two moments in which others have their turn. */
const AT_ONCE = 100

/** Reads `image/<driver>`: which folder is which layer's or container's, and which images stand on it. */
export async function readLayerStore(
  tree: Tree,
  base: readonly Name[],
  driver: string,
  pause: () => Promise<void>,
): Promise<LayerStore> {
  const root = [...base, 'image', driver]
  const images = readNames(tree, root)
  const users = new Map<string, { images: string[]; instruction?: string }>()
  for (const file of tree.list(...root, 'imagedb', 'content', 'sha256')) {
    const names = images.get(`sha256:${String(file)}`) ?? [`sha256:${String(file)}`]
    images.set(`sha256:${String(file)}`, names)
    for (const { chainId, instruction } of layersOf(
      tree.json(...root, 'imagedb', 'content', 'sha256', file),
    )) {
      const known = users.get(chainId) ?? { images: [] }
      known.images.push(...names)
      if (instruction !== undefined) known.instruction ??= instruction
      users.set(chainId, known)
    }
  }
  await pause()
  const layers = new Map<string, Layer>()
  let read = 0
  for (const algorithm of tree.list(...root, 'layerdb')) {
    if (algorithm === 'mounts' || algorithm === 'tmp') continue
    for (const chain of tree.list(...root, 'layerdb', algorithm)) {
      const at = [...root, 'layerdb', algorithm, chain]
      const folder = tree.text(...at, 'cache-id')
      if (folder === undefined) continue
      const chainId = `${String(algorithm)}:${String(chain)}`
      const parent = tree.text(...at, 'parent')
      layers.set(folder, {
        chainId,
        images: [],
        ...users.get(chainId),
        ...(parent === undefined ? {} : { parent }),
      })
      if ((read += 1) % AT_ONCE === 0) await pause()
    }
  }
  const mounts: LayerStore['mounts'] = new Map()
  for (const container of tree.list(...root, 'layerdb', 'mounts')) {
    const at = [...root, 'layerdb', 'mounts', container]
    for (const [file, what] of [
      ['mount-id', 'upper'],
      ['init-id', 'init'],
    ] as const) {
      const folder = tree.text(...at, file)
      if (folder !== undefined) mounts.set(folder, { container: String(container), what })
    }
  }
  return { driver, layers, mounts, images }
}

/** `repositories.json`: each image's tags, or its digests where it has no tag. */
function readNames(tree: Tree, root: readonly Name[]): Map<string, string[]> {
  const names = new Map<string, string[]>()
  const { Repositories: repositories } = record(tree.json(...root, 'repositories.json'))
  for (const references of Object.values(record(repositories)))
    for (const [name, id] of Object.entries(record(references))) {
      const [key] = texts([id])
      if (key === undefined) continue
      names.set(key, [...(names.get(key) ?? []), name])
    }
  for (const [id, all] of names) {
    const tags = all.filter((name) => !name.includes('@'))
    if (tags.length > 0) names.set(id, tags)
  }
  return names
}
