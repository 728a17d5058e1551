/** A point of a line; without `y` the line breaks. */
export interface Point {
  x: number
  y: number | null
}

interface Reading {
  at: string
}

/** Readings further apart are not joined by a line: nobody looked in between. Milliseconds. */
const GAP_MS = 60_000

/** A value over time. Breaks where nothing was read, and where `breaks` says that another life began. */
export function pointsOf<T extends Reading>(
  readings: readonly T[],
  valueOf: (reading: T) => number | undefined,
  breaks: (before: T, now: T) => boolean = () => false,
): Point[] {
  const points: Point[] = []
  let before: T | undefined
  for (const now of readings) {
    const x = Date.parse(now.at)
    if (before && (x - Date.parse(before.at) > GAP_MS || breaks(before, now)))
      points.push({ x: x - 1, y: null })
    points.push({ x, y: valueOf(now) ?? null })
    before = now
  }
  return points
}

/** What a counter grew by in a minute. Breaks where it began anew, with its program. */
export function perMinute<T extends Reading>(
  readings: readonly T[],
  counterOf: (reading: T) => number | undefined,
): Point[] {
  return between(readings, (before, now, minutes) => {
    const [from, to] = [counterOf(before), counterOf(now)]
    return from === undefined || to === undefined || to < from ? undefined : (to - from) / minutes
  })
}

/** Seconds that one action took on average between two readings; nothing where there was none. */
export function secondsEach<T extends Reading>(
  readings: readonly T[],
  actionOf: (reading: T) => { count: number; seconds: number } | undefined,
): Point[] {
  return between(readings, (before, now) => {
    const [from, to] = [actionOf(before), actionOf(now)]
    if (!from || !to || to.count <= from.count || to.seconds < from.seconds) return undefined
    return (to.seconds - from.seconds) / (to.count - from.count)
  }).filter(({ y }) => y !== null)
}

function between<T extends Reading>(
  readings: readonly T[],
  valueOf: (before: T, now: T, minutes: number) => number | undefined,
): Point[] {
  const points: Point[] = []
  let before: T | undefined
  for (const now of readings) {
    const x = Date.parse(now.at)
    const ms = before ? x - Date.parse(before.at) : 0
    if (before && ms > 0)
      points.push({ x, y: ms > GAP_MS ? null : (valueOf(before, now, ms / 60_000) ?? null) })
    before = now
  }
  return points
}

/** Whether a line has anything to show. */
export function isDrawn(points: readonly Point[]): boolean {
  return points.some(({ y }) => y !== null)
}

/** The newest value of a line. */
export function latest(points: readonly Point[]): number | undefined {
  return points.findLast(({ y }) => y !== null)?.y ?? undefined
}
