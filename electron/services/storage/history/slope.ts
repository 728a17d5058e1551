import type { HistoryEntry } from './entry'

const DAY_MS = 24 * 3_600_000
/** How far back the pace is taken from, how many points at most, and what is too little to tell. */
const WINDOW_MS = 14 * DAY_MS
const MAX_POINTS = 300
const MIN_POINTS = 3
const MIN_SPAN_MS = 3_600_000

/**
 * Days until the file system is full at the pace of the last two weeks: the median of the slopes
 * between all pairs of points (Theil and Sen), which a single pull or prune does not move.
 * Undefined while it shrinks or stands, or too few points are known.
 */
export function daysToFull(entries: readonly HistoryEntry[]): number | undefined {
  const points = entries.flatMap(({ takenAt, usedBytes, freeBytes }) =>
    usedBytes === undefined || freeBytes === undefined
      ? []
      : [{ at: Date.parse(takenAt), usedBytes, freeBytes }],
  )
  const last = points.at(-1)
  if (last === undefined) return undefined
  const recent = points.filter(({ at }) => last.at - at <= WINDOW_MS).slice(-MAX_POINTS)
  const first = recent[0]
  if (recent.length < MIN_POINTS || first === undefined || last.at - first.at < MIN_SPAN_MS) return undefined
  const slopes: number[] = []
  for (const [index, from] of recent.entries())
    for (const to of recent.slice(index + 1))
      if (to.at > from.at) slopes.push((to.usedBytes - from.usedBytes) / (to.at - from.at))
  const pace = median(slopes)
  return pace > 0 ? last.freeBytes / pace / DAY_MS : undefined
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b)
  const middle = sorted.length / 2
  const at = (index: number) => sorted[index] ?? 0
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle))
}
