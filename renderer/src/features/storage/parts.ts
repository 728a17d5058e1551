import type { OutputOf } from '../../../../electron/contract/contract'
import type { StorageKind } from '../../app/storage/kinds'

export type StorageUsage = OutputOf<'storage.usage'>
export type UsagePart = StorageUsage['bar'][number]
export type UsageOfKind = StorageUsage['kinds'][number]

/** Kinds of owners that a stretch of the bar is made of; none where no owner is known. */
export function kindsOf(part: UsagePart['part']): readonly StorageKind[] {
  switch (part) {
    case 'images':
      return ['layer', 'content', 'image-data']
    case 'containers':
      return ['container', 'container-files']
    case 'volumes':
      return ['volume']
    case 'elsewhere':
    case 'unexplained':
      return []
    default:
      return [part]
  }
}

/** The kind whose colour and picture a stretch has. */
export function faceOf(part: UsagePart['part']): StorageKind {
  return kindsOf(part)[0] ?? 'unknown'
}

/** A side of the bar: what the engine counts, or what it leaves out. */
export interface Side {
  name: 'engine' | 'leftOut'
  bytes: number
  /** Stretches of their own, the largest first. */
  parts: UsagePart[]
  /** Those too small for one of their own, together one more; else none. */
  small: UsagePart[]
}

export interface Truth {
  sides: Side[]
  bytes: number
  engineBytes: number
  leftOutBytes: number
  /** Used on the same file system by others than Docker. */
  elsewhereBytes: number
}

/** What `docker system df` is about, by the engine's names and by those of a scan. */
const COUNTED: ReadonlySet<UsagePart['part']> = new Set([
  'images',
  'containers',
  'volumes',
  'build-cache',
  'layer',
  'content',
  'container',
  'volume',
])

/** Less than this share of the whole is too small to be told apart on a bar. */
const SMALL = 0.004

const sumOf = (parts: readonly UsagePart[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0)

/** The bar of truth: what the engine counts, then what it leaves out, each from large to small. */
export function truthOf(bar: readonly UsagePart[]): Truth {
  const drawn = bar.filter(({ part, bytes }) => part !== 'elsewhere' && bytes > 0)
  const whole = sumOf(drawn)
  const side = (name: Side['name'], all: UsagePart[]): Side => {
    // What nobody has found comes last.
    const found = ({ from }: UsagePart) => Number(from !== 'file-system')
    all.sort((a, b) => found(b) - found(a) || b.bytes - a.bytes)
    const tiny = all.filter(({ bytes }) => bytes < whole * SMALL)
    const small = tiny.length > 1 ? tiny : []
    return { name, bytes: sumOf(all), parts: all.filter((part) => !small.includes(part)), small }
  }
  const engine = side(
    'engine',
    drawn.filter(({ part }) => COUNTED.has(part)),
  )
  const leftOut = side(
    'leftOut',
    drawn.filter(({ part }) => !COUNTED.has(part)),
  )
  return {
    sides: [engine, leftOut].filter(({ bytes }) => bytes > 0),
    bytes: whole,
    engineBytes: engine.bytes,
    leftOutBytes: leftOut.bytes,
    elsewhereBytes: sumOf(bar.filter(({ part }) => part === 'elsewhere')),
  }
}
