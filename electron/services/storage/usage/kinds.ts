import type { StorageScan } from '../index'
import type { Asked } from './ask'
import type { StorageUsage } from './service'

type Kind = StorageUsage['kinds'][number]

const BUSY_STATES = new Set(['running', 'paused', 'restarting'])

/** The engine's figures by kind; a kind that was not told is left out. */
export function describeKinds({ usage, tookMs }: Asked, imageStore: StorageUsage['imageStore']): Kind[] {
  const kinds: Kind[] = []
  if (usage.Images) {
    const used = usage.Images.filter(({ Containers }) => Containers > 0)
    const own = sum(usage.Images, alone)
    const bytes = usage.LayersSize ?? 0
    kinds.push({
      kind: 'images',
      count: usage.Images.length,
      active: used.length,
      bytes,
      // With the containerd store the engine's shared size leaves the compressed content out.
      ...(imageStore === 'graphdriver'
        ? { sharedBytes: Math.max(0, bytes - own), uniqueBytes: Math.min(own, bytes) }
        : {}),
      // docker system df says so too: what images in use stand on together counts as reclaimable there.
      reclaimableBytes: Math.max(0, bytes - sum(used, alone)),
      tookMs: tookMs.image,
    })
  }
  if (usage.Containers)
    kinds.push({
      kind: 'containers',
      count: usage.Containers.length,
      active: usage.Containers.filter(({ State }) => BUSY_STATES.has(State)).length,
      bytes: sum(usage.Containers, ({ SizeRw = 0 }) => SizeRw),
      reclaimableBytes: sum(usage.Containers, ({ SizeRw = 0, State }) =>
        BUSY_STATES.has(State) ? 0 : SizeRw,
      ),
      tookMs: tookMs.container,
    })
  if (usage.Volumes) {
    const size = (volume: { UsageData?: { Size: number } | null }) => Math.max(0, volume.UsageData?.Size ?? 0)
    const inUse = ({ UsageData }: { UsageData?: { RefCount: number } | null }) =>
      (UsageData?.RefCount ?? 0) > 0
    kinds.push({
      kind: 'volumes',
      count: usage.Volumes.length,
      active: usage.Volumes.filter(inUse).length,
      bytes: sum(usage.Volumes, size),
      reclaimableBytes: sum(usage.Volumes, (volume) => (inUse(volume) ? 0 : size(volume))),
      tookMs: tookMs.volume,
    })
  }
  if (usage.BuildCache)
    kinds.push({
      kind: 'build-cache',
      count: usage.BuildCache.length,
      active: usage.BuildCache.filter(({ InUse }) => InUse).length,
      bytes: sum(usage.BuildCache, ({ Shared, Size }) => (Shared ? 0 : Size)),
      sharedBytes: sum(usage.BuildCache, ({ Shared, Size }) => (Shared ? Size : 0)),
      reclaimableBytes: sum(usage.BuildCache, ({ InUse, Shared, Size }) => (InUse || Shared ? 0 : Size)),
      tookMs: tookMs['build-cache'],
    })
  return kinds
}

/** What the engine says beside what a scan has seen of the same. */
export function compare(kinds: readonly Kind[], scan: StorageScan): StorageUsage['checked'] {
  const seen = bytesByKind(scan)
  const of = {
    images: ['layer', 'content', 'image-data'],
    containers: ['container'],
    volumes: ['volume'],
    'build-cache': ['build-cache'],
  } as const
  return kinds.map(({ kind, bytes }) => ({
    kind,
    engineBytes: bytes,
    scanBytes: sum(of[kind], (each) => seen.get(each) ?? 0),
  }))
}

/** Bytes on the disk by kind of owner, those of the many small owners too. */
export function bytesByKind(
  scan: Pick<StorageScan, 'shares' | 'rest'>,
): Map<StorageScan['rest'][number]['kind'], number> {
  const bytes = new Map<StorageScan['rest'][number]['kind'], number>()
  const add = (kind: StorageScan['rest'][number]['kind'], more: number) =>
    bytes.set(kind, (bytes.get(kind) ?? 0) + more)
  for (const { owner, bytes: own } of scan.shares) add(owner.kind, own)
  for (const { kind, bytes: own } of scan.rest) add(kind, own)
  return bytes
}

/** What only this image stands on. */
function alone({ Size, SharedSize }: { Size: number; SharedSize: number }): number {
  return Size < 0 || SharedSize < 0 ? 0 : Size - SharedSize
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
