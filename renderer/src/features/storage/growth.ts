import type { OutputOf } from '../../../../electron/contract/contract'

export type StorageHistory = OutputOf<'storage.history'>

/** One place of the line: milliseconds since 1970 and bytes. */
export interface GrowthPoint {
  x: number
  y: number
}

const DAY_MS = 86_400_000

export interface Growth {
  /** Docker's bytes over time, oldest first. */
  line: GrowthPoint[]
  /** What the line stands on: points of both kinds on one line would only show who was asked. */
  by: 'scans' | 'engine'
}

const ENGINE_KINDS: ReadonlySet<string> = new Set(['images', 'containers', 'volumes', 'build-cache'])

/** The line of what scans have found where there are two of them, else of the engine's own figures. */
export function growthOf(history: StorageHistory): Growth {
  const scans = history.points.filter(({ kinds }) => kinds.some(({ kind }) => !ENGINE_KINDS.has(kind)))
  if (scans.length > 1) return { line: lineOf(scans), by: 'scans' }
  return { line: lineOf(history.points.filter((point) => !scans.includes(point))), by: 'engine' }
}

function lineOf(points: StorageHistory['points']): GrowthPoint[] {
  return points
    .map(({ takenAt, kinds }) => ({
      x: Date.parse(takenAt),
      y: kinds.reduce((sum, { bytes }) => sum + bytes, 0),
    }))
    .filter(({ x }) => Number.isFinite(x))
    .sort((a, b) => a.x - b.x)
}

/**
 * By how many bytes it grew in the day before the last point; undefined where no point is as old. The
 * point nearest to a day before counts, if it is at least half a day and at most a week before.
 */
export function grownInADay(line: readonly GrowthPoint[]): number | undefined {
  const last = line.at(-1)
  if (!last) return undefined
  let nearest: GrowthPoint | undefined
  for (const point of line) {
    const age = last.x - point.x
    if (age < DAY_MS / 2 || age > 7 * DAY_MS) continue
    if (!nearest || Math.abs(age - DAY_MS) < Math.abs(last.x - nearest.x - DAY_MS)) nearest = point
  }
  return nearest && last.y - nearest.y
}
