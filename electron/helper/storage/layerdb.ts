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
  const configs = [...root, 'imagedb', 'content', 'sha256']
  for (const part of portions(tree.list(...configs))) {
    tree.within(configs, (folder) => {
      for (const file of part) {
        const id = `sha256:${String(file)}`
        const names = images.get(id) ?? [id]
        images.set(id, names)
        for (const { chainId, instruction } of layersOf(folder.json(file))) {
          const known = users.get(chainId) ?? { images: [] }
          known.images.push(...names)
          if (instruction !== undefined) known.instruction ??= instruction
          users.set(chainId, known)
        }
      }
    })
    await pause()
  }
  const layers = new Map<string, Layer>()
  const addLayer = (files: Tree, chainId: string): void => {
    const folder = files.text('cache-id')
    if (folder === undefined) return
    const parent = files.text('parent')
    layers.set(folder, {
      chainId,
      images: [],
      ...users.get(chainId),
      ...(parent === undefined ? {} : { parent }),
    })
  }
  for (const algorithm of tree.list(...root, 'layerdb')) {
    if (algorithm === 'mounts' || algorithm === 'tmp') continue
    for (const part of portions(tree.list(...root, 'layerdb', algorithm))) {
      tree.within([...root, 'layerdb', algorithm], (all) => {
        for (const chain of part)
          all.within([chain], (layer) => addLayer(layer, `${String(algorithm)}:${String(chain)}`))
      })
      await pause()
    }
  }
  const mounts: LayerStore['mounts'] = new Map()
  for (const container of tree.list(...root, 'layerdb', 'mounts'))
    tree.within([...root, 'layerdb', 'mounts', container], (files) => {
      for (const [file, what] of [
        ['mount-id', 'upper'],
        ['init-id', 'init'],
      ] as const) {
        const folder = files.text(file)
        if (folder !== undefined) mounts.set(folder, { container: String(container), what })
      }
    })
  return { driver, layers, mounts, images }
}

function portions(names: readonly Name[]): Name[][] {
  return Array.from({ length: Math.ceil(names.length / AT_ONCE) }, (_, index) =>
    names.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  )
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
