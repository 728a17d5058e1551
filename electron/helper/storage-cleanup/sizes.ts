import type { Tree } from '../storage/tree'
import { DiskBytes } from './disk-bytes'
import { freeableLog } from './empty-log'
import type { Driver } from './holders'

/** What is to go, by what it is; every path is made of these here. */
export interface ToMeasure {
  /** Absent with the containerd image store, whose layers are not folders by a name of ours. */
  driver?: Driver | undefined
  /** Container ids, chain ids, image ids, names of volumes and of folders of cache records. */
  containers: string[]
  chains: string[]
  images: string[]
  volumes: string[]
  records: string[]
  /** Containers whose logs are asked for. */
  logs: string[]
}

/** Bytes on the disk by what was asked; 0 of what is not there. */
export interface Sizes {
  containers: Record<string, number>
  chains: Record<string, number>
  images: Record<string, number>
  volumes: Record<string, number>
  records: Record<string, number>
  logs: Record<string, number>
}

/** Folder of a layer or an upper below the data-root. */
const LAYERS: Record<Driver, readonly string[]> = {
  overlay2: ['overlay2'],
  'fuse-overlayfs': ['fuse-overlayfs'],
  vfs: ['vfs', 'dir'],
}
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/

/** Measures in the order in which a cleanup removes, since a file may have names in two of them. */
export async function measure(
  root: Tree,
  daemonPid: number,
  asked: ToMeasure,
  signal: AbortSignal,
): Promise<Sizes> {
  const disk = new DiskBytes(signal)
  const { driver } = asked
  const image = driver === undefined ? undefined : ['image', driver]
  const layer = async (name: string | undefined): Promise<number> => {
    if (driver === undefined || name === undefined || !NAME.test(name)) return 0
    const folder = [...LAYERS[driver], name]
    // Its short name in `l`: the target of that link is often too long to lie in the inode.
    const link = root.text(...folder, 'link')
    const short =
      link !== undefined && NAME.test(link) ? await disk.of(root, ...LAYERS[driver], 'l', link) : 0
    return short + (await disk.of(root, ...folder))
  }
  return {
    containers: await each(asked.containers, async (id) => {
      const files = await disk.of(root, 'containers', id)
      if (!image) return files
      const mount = [...image, 'layerdb', 'mounts', id]
      const upper =
        (await layer(root.text(...mount, 'mount-id'))) + (await layer(root.text(...mount, 'init-id')))
      return files + upper + (await disk.of(root, ...mount))
    }),
    chains: await each(asked.chains, async (chain) => {
      if (!image) return 0
      const folder = [...image, 'layerdb', 'sha256', hex(chain)]
      return (await layer(root.text(...folder, 'cache-id'))) + (await disk.of(root, ...folder))
    }),
    images: await each(asked.images, async (id) =>
      image
        ? (await disk.of(root, ...image, 'imagedb', 'content', 'sha256', hex(id))) +
          (await disk.of(root, ...image, 'imagedb', 'metadata', 'sha256', hex(id)))
        : 0,
    ),
    volumes: await each(asked.volumes, (name) => disk.of(root, 'volumes', name)),
    records: await each(asked.records, layer),
    logs: await each(asked.logs, (id) => Promise.resolve(freeableLog(root, id, daemonPid).bytes)),
  }
}

async function each(
  keys: readonly string[],
  of: (key: string) => Promise<number>,
): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {}
  for (const key of keys) sizes[key] = await of(key)
  return sizes
}

function hex(digest: string): string {
  return digest.slice('sha256:'.length)
}
