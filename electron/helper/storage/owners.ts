import type { Place } from './places'
import type { References } from './references'
import type { StoreInUse } from './roots'

/** Why something is whose it is: a code with values, for a text in the reader's language. */
export interface Because {
  code: string
  values: Record<string, string>
}

/** Whom a place belongs to; the contract's StorageOwner. */
export interface Owner {
  id: string
  kind: OwnerKind
  name: string
  images?: string[]
  instruction?: string
  container?: { id: string; name: string; running: boolean }
  store?: string
  chainId?: string
  inUse: boolean
  because: Because[]
}

export type OwnerKind =
  | 'layer'
  | 'content'
  | 'container'
  | 'log'
  | 'container-files'
  | 'volume'
  | 'build-cache'
  | 'image-data'
  | 'network'
  | 'plugin'
  | 'swarm'
  | 'runtime'
  | 'containerd'
  | 'temporary'
  | 'other-store'
  | 'orphan'
  | 'quarantine'
  | 'engine'
  | 'unmapped'
  | 'unknown'

/** Most names of images that one owner tells. */
const MAX_IMAGES = 50

/**
 * Says whose a place is by what refers to it. `path` is the place's own, which names what has no
 * other name. What nothing refers to is a `suspect` of being an orphan: it takes a proof (proof.ts).
 */
export class Owners {
  constructor(
    private readonly references: References,
    private readonly store: StoreInUse,
  ) {}

  of(place: Place, path: string): Owner {
    switch (place.what) {
      case 'layer-folder':
        return this.layerFolder(place.id ?? '', path)
      case 'snapshot':
        return this.snapshot(place.driver ?? '', place.id ?? '', path)
      case 'content':
        return this.content(place.id ?? '', path)
      case 'container-files':
      case 'log':
        return this.containerFiles(place, path)
      case 'volume':
        return this.volume(place.id ?? '')
      case 'image-data':
      case 'layer-temporary':
      case 'driver':
        return this.driverPart(place, path)
      case 'temporary':
        return simple('temporary', `temporary:${path}`, path, false, because('temporary-folder'))
      case 'not-docker':
        return simple('unknown', `unknown:${path}`, path, false, because('not-docker'))
      case 'containerd':
        return simple('containerd', 'containerd', 'containerd', true, because('engine-file'))
      case 'quarantine':
        return simple('quarantine', 'quarantine', 'porthole-quarantine', false, because('quarantine-item'))
      case 'build-cache':
        return simple('build-cache', 'build-cache', 'BuildKit', true, because('engine-file'))
      default:
        return simple(place.what, place.what, 'dockerd', true, because('engine-file'))
    }
  }

  private layerFolder(folder: string, path: string): Owner {
    const { layers, cache } = this.references
    if (this.store.driver !== 'overlay2') return this.otherStore('overlay2')
    const layer = layers.layers.get(folder)
    const cached = cache.folders.get(folder) ?? (layer && cache.chains.get(layer.chainId))
    if (layer !== undefined) {
      const records = cached === undefined ? [] : [because('build-cache-record', { record: cached.id })]
      return {
        ...imagesOf(layer.images),
        id: `layer:${layer.chainId}`,
        kind: layer.images.length === 0 && cached !== undefined ? 'build-cache' : 'layer',
        name: layer.chainId.slice('sha256:'.length, 'sha256:'.length + 12),
        ...(layer.instruction === undefined ? {} : { instruction: layer.instruction }),
        store: 'overlay2',
        chainId: layer.chainId,
        inUse: layer.images.length > 0,
        because: [
          because('layerdb-cache-id', {
            chainId: layer.chainId,
            path: `image/overlay2/layerdb/${layer.chainId.replace(':', '/')}`,
          }),
          ...records,
          ...usedBy(layer.images),
        ],
      }
    }
    const mount = layers.mounts.get(folder)
    if (mount !== undefined) {
      const reason = because(mount.what === 'init' ? 'init-layer' : 'layerdb-mount', {
        container: mount.container,
      })
      return this.ofContainer('container', mount.container, 'overlay2', [reason])
    }
    if (cached !== undefined) return cacheRecord(cached.id, 'overlay2')
    return suspect(path, 'overlay2')
  }

  private snapshot(snapshotter: string, number: string, path: string): Owner {
    const { containerd, containers } = this.references
    if (this.store.imageStore !== 'containerd' && containerd?.hasImages === true)
      return this.otherStore('containerd')
    if (containerd === undefined) return this.unread('containerd', path)
    const found = containerd.snapshots.get(`${snapshotter}/${number}`)
    if (found === undefined)
      return /^\d+$/.test(number)
        ? suspect(path, snapshotter)
        : simple('temporary', `temporary:${path}`, path, false, because('temporary-folder'))
    if (found.namespace !== 'moby')
      return {
        ...simple(
          'containerd',
          `containerd:${found.namespace}`,
          found.namespace,
          true,
          because('not-docker'),
        ),
        store: snapshotter,
      }
    const container = found.key.replace(/-init$/, '')
    if (found.images.length === 0 && containers.has(container))
      return this.ofContainer('container', container, snapshotter, [
        because('snapshot-of-container', { container, snapshotter }),
      ])
    if (found.images.length === 0 && found.lease !== undefined)
      return found.key.startsWith('extract-')
        ? simple('temporary', `temporary:${path}`, path, true, because('temporary-folder'))
        : cacheRecord(found.lease, snapshotter)
    const chainId = found.key.replace(/-view$/, '')
    return {
      ...imagesOf(found.images),
      id: `layer:${chainId}`,
      kind: 'layer',
      name: chainId.replace(/^sha256:/, '').slice(0, 12),
      ...(found.instruction === undefined ? {} : { instruction: found.instruction }),
      store: snapshotter,
      chainId,
      inUse: found.images.length > 0,
      because: [because('snapshot-of-chain', { chainId, snapshotter }), ...usedBy(found.images)],
    }
  }

  private content(digest: string, path: string): Owner {
    const { containerd } = this.references
    if (this.store.imageStore !== 'containerd' && containerd?.hasImages === true)
      return this.otherStore('containerd')
    if (containerd === undefined) return this.unread('containerd', path)
    const found = containerd.content.get(digest)
    if (found === undefined) return suspect(path, 'containerd')
    const name = digest.replace(/^sha256:/, '').slice(0, 12)
    const [namespace = ''] = found.namespaces
    if (!found.namespaces.includes('moby'))
      // What BuildKit remembers of its builds has a namespace of its own.
      return namespace.startsWith('moby')
        ? simple(
            'build-cache',
            `build-cache:${namespace}`,
            namespace,
            true,
            because('content-of-cache', { digest }),
          )
        : simple('containerd', `containerd:${namespace}`, namespace, true, because('not-docker'))
    if (found.images.length === 0 && found.lease !== undefined)
      return {
        ...cacheRecord(found.lease, 'containerd'),
        because: [
          because('content-of-cache', { digest }),
          because('build-cache-record', { record: found.lease }),
        ],
      }
    return {
      ...imagesOf(found.images),
      id: `content:${digest}`,
      kind: 'content',
      name,
      store: 'containerd',
      inUse: found.images.length > 0,
      because: [because('content-of-image', { digest }), ...usedBy(found.images)],
    }
  }

  private containerFiles({ what, id = '' }: Place, path: string): Owner {
    if (!this.references.containers.has(id)) return suspect(path, 'containers')
    if (what !== 'log')
      return this.ofContainer('container-files', id, undefined, [
        because('container-folder', { container: id }),
      ])
    const driver = this.references.containers.get(id)?.logDriver ?? ''
    return this.ofContainer('log', id, undefined, [because('log-of-container', { container: id, driver })])
  }

  private ofContainer(kind: OwnerKind, id: string, store: string | undefined, why: Because[]): Owner {
    const container = this.references.containers.get(id)
    const { name = id.slice(0, 12), running = false } = container ?? {}
    return {
      id: `${kind}:${id}`,
      kind,
      name,
      ...(store === undefined ? {} : { store }),
      container: { id, name, running },
      inUse: container !== undefined,
      because: [...why, ...(running ? [because('container-runs', { container: name })] : [])],
    }
  }

  private volume(name: string): Owner {
    const users = this.references.volumes.get(name) ?? []
    const [user] = users
    return {
      id: `volume:${name}`,
      kind: 'volume',
      name,
      ...(user === undefined ? {} : { container: { id: user.id, name: user.name, running: user.running } }),
      inUse: user !== undefined,
      because: [
        because('volume-folder', { volume: name }),
        user === undefined ? because('volume-unused') : because('container-uses', { container: user.name }),
      ],
    }
  }

  private driverPart({ what, driver = '' }: Place, path: string): Owner {
    if (driver !== this.store.driver) return this.otherStore(driver)
    if (what === 'layer-temporary')
      return simple('temporary', `temporary:${path}`, path, false, because('temporary-folder'))
    if (what === 'driver')
      return {
        ...simple('unmapped', `unmapped:${driver}`, driver, true, because('unknown-driver', { driver })),
        store: driver,
      }
    return {
      ...simple('image-data', `image-data:${driver}`, driver, true, because('engine-file')),
      store: driver,
    }
  }

  private otherStore(name: string): Owner {
    const code = name === 'containerd' ? 'store-not-in-use' : 'driver-not-in-use'
    const key = name === 'containerd' ? 'store' : 'driver'
    return {
      ...simple(
        'other-store',
        `other-store:${name}`,
        name,
        false,
        because(code, { [key]: name, inUse: this.store.driver }),
      ),
      store: name,
    }
  }

  private unread(store: 'containerd', path: string): Owner {
    const cause = this.references.unreadable.get(store) ?? ''
    return simple('unknown', `unknown:${path}`, path, true, because('store-unreadable', { store, cause }))
  }
}

/** Nothing refers to it. Until that is proven it counts as something that is being made. */
function suspect(path: string, store: string): Owner {
  return { ...simple('temporary', `suspect:${path}`, path, false, because('being-checked')), store }
}

export function isSuspect({ id }: Owner): boolean {
  return id.startsWith('suspect:')
}

function cacheRecord(id: string, store: string): Owner {
  return {
    ...simple('build-cache', `build-cache:${id}`, id, true, because('build-cache-record', { record: id })),
    store,
  }
}

function simple(kind: OwnerKind, id: string, name: string, inUse: boolean, why: Because): Owner {
  return { id, kind, name, inUse, because: [why] }
}

function imagesOf(images: readonly string[]): { images?: string[] } {
  if (images.length === 0) return {}
  // Those with a name tell more than the steps of a build, which have none.
  const all = [...new Set(images)].sort((a, b) => Number(isId(a)) - Number(isId(b)))
  return { images: all.slice(0, MAX_IMAGES) }
}

function isId(name: string): boolean {
  return name.startsWith('sha256:')
}

function usedBy(images: readonly string[]): Because[] {
  return images.length === 0 ? [] : [because('image-uses', { images: String(new Set(images).size) })]
}

export function because(code: string, values: Record<string, string> = {}): Because {
  return { code, values }
}
