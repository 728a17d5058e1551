import { inContainerd, type Place } from '../images/layer-folder'
import { openServedRoot } from '../images/served-root'
import { readContainerdStore } from '../storage/containerd-store'
import { pathOf, type Tree } from '../storage/tree'

export interface StackRequest extends Place {
  /** Full id. */
  container: string
}

/** A directory below the container's own, as the store's own files name it. */
export interface StoredLayer {
  /**
   * A layer of the image; or what dockerd puts into a container before its own. With the containerd store
   * a layer made by the classic builder stands on that of the container it was made in.
   */
  kind: 'layer' | 'init'
  directory: string
  /** Of a layer. */
  chainId?: string
  diffId?: string
  /** Its short name in `l/`. */
  link?: string
}

/** Directories that a container's file system is put together of, whether it is mounted or not. */
export interface StoredStack {
  upper: string
  work: string
  /** The topmost first. */
  lowers: StoredLayer[]
}

/** No image has so many: overlay mounts end at 128 in Docker, 500 in the kernel. */
const MAX_LOWERS = 1_000
const FOLDER = /^[0-9a-z]{1,64}(-init)?$/
const CHAIN = /^sha256:[0-9a-f]{64}$/
/** Snapshot of what dockerd puts into a container. */
const INIT = /^[0-9a-f]{64}-init$/
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
  const folder = (
    ...names: string[]
  ): { name: string; told: { directory: string; link?: string } } | undefined => {
    const name = root.text(...layerdb, ...names)
    if (name === undefined || !FOLDER.test(name)) return undefined
    const link = root.text(driver, name, 'link')
    return {
      name,
      told: {
        directory: `${root.path}/${driver}/${name}/diff`,
        ...(link !== undefined && LINK.test(link) ? { link } : {}),
      },
    }
  }
  const own = folder('mounts', container, 'mount-id')
  if (own === undefined) return undefined
  const lowers: StoredLayer[] = []
  const init = folder('mounts', container, 'init-id')
  if (init !== undefined) lowers.push({ kind: 'init', ...init.told })
  let chainId = root.text(...layerdb, 'mounts', container, 'parent')
  while (chainId !== undefined && CHAIN.test(chainId) && lowers.length < MAX_LOWERS) {
    const hex = chainId.slice('sha256:'.length)
    const layer = folder('sha256', hex, 'cache-id')
    if (layer === undefined) break
    const diffId = root.text(...layerdb, 'sha256', hex, 'diff')
    lowers.push({ kind: 'layer', ...layer.told, chainId, ...(diffId === undefined ? {} : { diffId }) })
    chainId = root.text(...layerdb, 'sha256', hex, 'parent')
  }
  return { upper: own.told.directory, work: `${root.path}/${driver}/${own.name}/work`, lowers }
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
    const lowers: StoredLayer[] = []
    for (let key = own.parent; key !== undefined && lowers.length < MAX_LOWERS;) {
      const snapshot = byKey.get(key)
      if (snapshot === undefined) break
      const directory = `${snapshot.directory}/fs`
      if (INIT.test(key)) lowers.push({ kind: 'init', directory })
      else lowers.push({ kind: 'layer', directory, ...(CHAIN.test(key) ? { chainId: key } : {}) })
      key = snapshot.parent
    }
    return { upper: `${own.directory}/fs`, work: `${own.directory}/work`, lowers }
  })
}
