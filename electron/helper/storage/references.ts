import { readFileSync } from 'node:fs'
import { BoltError } from './bolt'
import { readCacheRecords, type CacheRecord } from './builder'
import { readContainerdStore, type ContainerdStore } from './containerd-store'
import { readContainers, type StoredContainer } from './containers'
import { readLayerStore, type LayerStore } from './layerdb'
import type { Roots } from './roots'

/** Everything that says whose a folder is. */
export interface References {
  layers: LayerStore
  containers: Map<string, StoredContainer>
  /** Containers by the volumes they mount. */
  volumes: Map<string, StoredContainer[]>
  /** Records of BuildKit by the folder that holds their files, and by the layer they are. */
  cache: { folders: Map<string, CacheRecord>; chains: Map<string, CacheRecord> }
  containerd?: ContainerdStore
  /** Text of `/proc/self/mounts`: what is mounted is in use whatever the rest says. */
  mounts: string
  /** What could not be read, and why; nothing of such a store is called an orphan. */
  unreadable: Map<'build-cache' | 'containerd', string>
}

/** Reads all of them. `pause` is awaited from time to time, for others to have their turn. */
export async function readReferences(roots: Roots, pause: () => Promise<void>): Promise<References> {
  const { data, base } = roots
  const unreadable: References['unreadable'] = new Map()
  const guarded = async <T>(
    store: 'build-cache' | 'containerd',
    read: () => Promise<T | undefined>,
  ): Promise<T | undefined> => {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof BoltError)) throw error
      unreadable.set(store, error.message)
      return undefined
    }
  }
  const records = (await guarded('build-cache', () => readCacheRecords(data, base))) ?? []
  const { containerd } = roots
  const store =
    containerd === undefined
      ? undefined
      : await guarded('containerd', () => readContainerdStore(containerd.tree, containerd.names))
  await pause()
  const containers = readContainers(data, base)
  await pause()
  return {
    layers: await readLayerStore(data, base, 'overlay2', pause),
    containers,
    volumes: usersOf(containers),
    cache: {
      folders: new Map(records.flatMap((each) => (each.folder === undefined ? [] : [[each.folder, each]]))),
      chains: new Map(records.flatMap((each) => (each.chainId === undefined ? [] : [[each.chainId, each]]))),
    },
    mounts: readFileSync('/proc/self/mounts', 'utf8'),
    unreadable,
    ...(store === undefined ? {} : { containerd: store }),
  }
}

function usersOf(containers: ReadonlyMap<string, StoredContainer>): References['volumes'] {
  const users: References['volumes'] = new Map()
  for (const container of containers.values())
    for (const name of container.volumes) users.set(name, [...(users.get(name) ?? []), container])
  return users
}
