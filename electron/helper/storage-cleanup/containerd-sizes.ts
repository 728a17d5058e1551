import type { DaemonProcess } from '../daemon'
import { BoltError } from '../storage/bolt'
import { BLOBS, readMetadata, readNumbers } from '../storage/containerd-metadata'
import { closeRoots, openRoots } from '../storage/roots'
import type { Name, Tree } from '../storage/tree'
import { collect, type Freed, type Going } from './containerd-graph'
import { DiskBytes } from './disk-bytes'
import { freeableLog } from './empty-log'

/** What is to go, each kind in the order in which it goes, and the kinds in this order. */
export interface ToCollect {
  snapshotter: string
  /** Container ids. */
  containers: string[]
  /** Digests of manifests and indexes, as the engine names images here. */
  images: string[]
  /** Names of volumes. */
  volumes: string[]
  /** Ids of BuildKit's records, each followed by those whose views end with it. */
  records: string[][]
  /** Containers whose logs are asked for. */
  logs: string[]
}

/** Bytes on the disk by what was asked; 0 of what is not there. */
export interface CollectedSizes {
  containers: Record<string, number>
  images: Record<string, number>
  volumes: Record<string, number>
  records: Record<string, number>
  logs: Record<string, number>
  /** Images of which layers stay, since something else holds them. */
  staying: string[]
}

/** Snapshotters whose snapshots are folders below `snapshots`, by their number. */
const FOLDERS: ReadonlySet<string> = new Set(['overlayfs', 'native'])
const DIGEST = /^([a-z0-9]+):([0-9a-f]{32,128})$/

/** A build's own hold on what it makes and reads, which every prune of BuildKit ends. */
const TEMPORARY = 'buildkit/lease.temporary'
const EXPIRES = 'containerd.io/gc.expire'

/**
 * Measures what containerd's garbage collection frees, which dockerd has it run after each removal.
 * Undefined where that cannot be mapped: a database that cannot be read, or a snapshotter whose
 * snapshots are no folders.
 */
export async function sizesOfCollected(
  data: Tree,
  daemon: Pick<DaemonProcess, 'pid'>,
  asked: ToCollect,
  signal: AbortSignal,
): Promise<CollectedSizes | undefined> {
  const roots = openRoots(daemon.pid, { driver: asked.snapshotter, imageStore: 'containerd' })
  try {
    const { containerd } = roots
    if (containerd === undefined) return undefined
    const metadata = await readMetadata(containerd.tree, containerd.names)
    if (metadata === undefined) return undefined
    const builds = metadata.flatMap(({ leases }) =>
      leases.flatMap(({ id, labels }) => (labels.has(TEMPORARY) && labels.has(EXPIRES) ? [id] : [])),
    )
    const going = goingOf(asked, builds)
    const { freed, staying } = collect(metadata, going, Date.now())
    const files = new Files(containerd, await readNumbers(containerd.tree, containerd.names), signal)
    if (!freed.every((each) => files.has(each))) return undefined
    const sizes: CollectedSizes = {
      containers: {},
      images: {},
      volumes: {},
      records: {},
      logs: {},
      staying: [...staying],
    }
    for (const [index, { kind, id }] of going.entries()) {
      const bytes = await files.bytes(freed[index])
      sizes[kind][id] = bytes + (kind === 'containers' ? await own(data, files.disk, asked, id) : 0)
    }
    for (const name of asked.volumes) sizes.volumes[name] = await files.disk.of(data, 'volumes', name)
    for (const id of asked.logs) sizes.logs[id] = freeableLog(data, id, daemon.pid).bytes
    return sizes
  } catch (error) {
    if (error instanceof BoltError) return undefined
    throw error
  } finally {
    closeRoots(roots)
  }
}

/** What dockerd gives up with each, and what it is. */
function goingOf(
  { containers, images, records }: ToCollect,
  builds: readonly string[],
): (Going & { kind: 'containers' | 'images' | 'records'; id: string })[] {
  return [
    ...containers.map((id) => ({ kind: 'containers' as const, id, leases: [id], images: [] })),
    ...images.map((id) => ({ kind: 'images' as const, id, leases: [], images: [id] })),
    ...records.map(([id = '', ...views], index) => ({
      kind: 'records' as const,
      id,
      leases: [
        id,
        `${id}-variants`,
        ...[id, ...views].map((each) => `${each}-view`),
        ...(index === 0 ? builds : []),
      ],
      images: [],
    })),
  ]
}

/** A container's files beside its snapshots: its folder, and where it would be mounted. */
async function own(data: Tree, disk: DiskBytes, { snapshotter }: ToCollect, id: string): Promise<number> {
  return (await disk.of(data, 'containers', id)) + (await disk.of(data, 'rootfs', snapshotter, id))
}

/** Files of a containerd. */
class Files {
  readonly disk: DiskBytes

  constructor(
    private readonly root: { tree: Tree; names: readonly Name[] },
    private readonly numbers: ReadonlyMap<string, number>,
    signal: AbortSignal,
  ) {
    this.disk = new DiskBytes(signal)
  }

  /** Whether it is known where each of the snapshots lies. */
  has({ snapshots }: Freed): boolean {
    return snapshots.every(
      ({ snapshotter, name }) => FOLDERS.has(snapshotter) && this.numbers.has(`${snapshotter} ${name}`),
    )
  }

  async bytes({ blobs, snapshots }: Freed = { blobs: [], snapshots: [] }): Promise<number> {
    const { tree, names } = this.root
    let bytes = 0
    for (const digest of blobs) {
      const [, algorithm, hex] = DIGEST.exec(digest) ?? []
      if (algorithm !== undefined && hex !== undefined)
        bytes += await this.disk.of(tree, ...names, ...BLOBS, algorithm, hex)
    }
    for (const { snapshotter, name } of snapshots)
      bytes += await this.disk.of(
        tree,
        ...names,
        `io.containerd.snapshotter.v1.${snapshotter}`,
        'snapshots',
        String(this.numbers.get(`${snapshotter} ${name}`)),
      )
    return bytes
  }
}
