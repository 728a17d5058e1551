import type { StorageScan } from '../index'
import { bytesByKind } from './kinds'
import type { StorageUsage } from './service'

type Part = StorageUsage['bar'][number]

/** The data-root's file system now. */
export interface Disk {
  usedBytes: number
  /** The data-root is where the file system is mounted: nothing else lies on it. */
  own: boolean
}

/**
 * The bar of truth: parts that end at what the file system says is used, nothing counted twice.
 * What the scan has seen comes first, else what the engine counts. The rest is `elsewhere`, files beside
 * the data-root, as far as there can be any; what came or went since the scan, and what the file
 * system holds for itself, is `unexplained`.
 */
export function makeBar(
  { kinds, imageStore }: Pick<StorageUsage, 'kinds' | 'imageStore'>,
  scan: StorageScan | undefined,
  disk: Disk | undefined,
): Part[] {
  const parts: Part[] = scan
    ? [...bytesByKind(scan)].map(([part, bytes]) => ({ part, bytes, from: 'scan' }))
    : apart(kinds, imageStore)
  const shown = parts.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes)
  if (!disk) return shown
  const seen = shown.reduce((total, { bytes }) => total + bytes, 0)
  const left = disk.usedBytes - seen
  if (left <= 0) return scan ? shrunk(shown, -left) : shown
  // At the scan's end the rest was elsewhere; what has been added since may be Docker's.
  const then = scan?.fileSystem ? Math.max(0, scan.fileSystem.usedBytes - seen) : left
  const elsewhere = disk.own ? 0 : Math.min(left, then)
  const rest: Part[] = [
    { part: 'elsewhere', bytes: elsewhere, from: 'file-system' },
    { part: 'unexplained', bytes: left - elsewhere, from: 'file-system' },
  ]
  return [...shown, ...rest.filter(({ bytes }) => bytes > 0)]
}

/** More was removed since the scan than lies elsewhere: it is taken off the largest parts. */
function shrunk(parts: readonly Part[], by: number): Part[] {
  let left = by
  return parts.flatMap((part) => {
    const off = Math.min(left, part.bytes)
    left -= off
    return part.bytes > off ? [{ ...part, bytes: part.bytes - off }] : []
  })
}

/**
 * The engine's figures with nothing in two of them: with the containerd store those of images hold every
 * snapshot, what containers wrote and the build cache too.
 */
function apart(kinds: StorageUsage['kinds'], imageStore: StorageUsage['imageStore']): Part[] {
  const bytesOf = (wanted: Part['part']) => kinds.find(({ kind }) => kind === wanted)?.bytes ?? 0
  const twice = imageStore === 'containerd' ? bytesOf('containers') + bytesOf('build-cache') : 0
  return kinds.map(({ kind, bytes }) => ({
    part: kind,
    bytes: kind === 'images' ? Math.max(0, bytes - twice) : bytes,
    from: 'engine',
  }))
}
