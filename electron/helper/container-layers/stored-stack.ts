import { inContainerd, type Place } from '../images/layer-folder'
import { openServedRoot } from '../images/served-root'
import { readContainerdStore } from '../storage/containerd-store'
import { pathOf, type Tree } from '../storage/tree'

export interface StackRequest extends Place {
  /** Full id. */
  container: string
}

/** A directory of a layer, as the store's own files name it. */
export interface StoredLayer {
  directory: string
  chainId: string
  diffId?: string
  /** Its short name in `l/`. */
  link?: string
}

/** Directories that a container's file system is put together of, whether it is mounted or not. */
export interface StoredStack {
  upper: string
  work: string
  init?: { directory: string; link?: string }
  /** The topmost first. */
  layers: StoredLayer[]
}

/** No image has so many: overlay mounts end at 128 in Docker, 500 in the kernel. */
const MAX_LAYERS = 1_000
const FOLDER = /^[0-9a-z]{1,64}(-init)?$/
const CHAIN = /^sha256:[0-9a-f]{64}$/
const LINK = /^[A-Z0-9]{1,64}$/

/**
 * The stack of a container by the files of the layer store (overlay2), where `layerdb/mounts/<id>` names
 * the topmost layer and each layer its parent, or by containerd's databases, where a snapshot has the
 * container's id and each snapshot its parent. Null where there is none, or another driver
 * keeps it. Throws `helper/path-refused`, `storage/denied`, BoltError.
 */
export async function readStoredStack({ container, ...place }: StackRequest): Promise<StoredStack | null> {
  if (place.store.imageStore === 'containerd') return (await ofSnapshots(place, container)) ?? null
  const root = openServedRoot(place.pid)
  try {
    return ofLayerStore(root, place.store.driver, container) ?? null
  } finally {
    root.close()
  }
}

function ofLayerStore(root: Tree, driver: string, container: string): StoredStack | undefined {
  if (driver !== 'overlay2') return undefined
  const layerdb = ['image', driver, 'layerdb']
  const folder = (...names: string[]): { name: string; directory: string; link?: string } | undefined => {
    const name = root.text(...layerdb, ...names)
    if (name === undefined || !FOLDER.test(name)) return undefined
    const link = root.text(driver, name, 'link')
    return {
      name,
      directory: `${root.path}/${driver}/${name}/diff`,
      ...(link !== undefined && LINK.test(link) ? { link } : {}),
    }
  }
  const own = folder('mounts', container, 'mount-id')
  if (own === undefined) return undefined
  const init = folder('mounts', container, 'init-id')
  const layers: StoredLayer[] = []
  let chainId = root.text(...layerdb, 'mounts', container, 'parent')
  while (chainId !== undefined && CHAIN.test(chainId) && layers.length < MAX_LAYERS) {
    const hex = chainId.slice('sha256:'.length)
    const layer = folder('sha256', hex, 'cache-id')
    if (layer === undefined) break
    const diffId = root.text(...layerdb, 'sha256', hex, 'diff')
    const { directory, link } = layer
    layers.push({
      directory,
      chainId,
      ...(diffId === undefined ? {} : { diffId }),
      ...(link === undefined ? {} : { link }),
    })
    chainId = root.text(...layerdb, 'sha256', hex, 'parent')
  }
  return {
    upper: own.directory,
    work: `${root.path}/${driver}/${own.name}/work`,
    ...(init === undefined
      ? {}
      : { init: { directory: init.directory, ...(init.link === undefined ? {} : { link: init.link }) } }),
    layers,
  }
}

/** The snapshot of a container is named by its id, that of its init layer has `-init` behind it. */
function ofSnapshots(place: Place, container: string): Promise<StoredStack | undefined> {
  const snapshotter = place.store.driver
  if (snapshotter !== 'overlayfs') return Promise.resolve(undefined)
  return inContainerd(place, async (tree, names) => {
    const store = await readContainerdStore(tree, names)
    if (store === undefined) return undefined
    const folder = [tree.path, pathOf(names), `io.containerd.snapshotter.v1.${snapshotter}`, 'snapshots']
    const byKey = new Map<string, { parent?: string; directory: string }>()
    for (const [at, { namespace, key, parent }] of store.snapshots) {
      const [of, number] = at.split('/')
      if (namespace !== 'moby' || of !== snapshotter || number === undefined) continue
      byKey.set(key, {
        directory: [...folder.filter((part) => part !== ''), number].join('/'),
        ...(parent === undefined ? {} : { parent }),
      })
    }
    const own = byKey.get(container)
    if (own === undefined) return undefined
    let init: StoredStack['init']
    const layers: StoredLayer[] = []
    for (let key = own.parent; key !== undefined && layers.length < MAX_LAYERS;) {
      const snapshot = byKey.get(key)
      if (snapshot === undefined) break
      const directory = `${snapshot.directory}/fs`
      if (key === `${container}-init`) init = { directory }
      else if (CHAIN.test(key)) layers.push({ directory, chainId: key })
      key = snapshot.parent
    }
    return {
      upper: `${own.directory}/fs`,
      work: `${own.directory}/work`,
      ...(init === undefined ? {} : { init }),
      layers,
    }
  })
}
