import type { EventRow } from './store'

/** Types with a colour of their own; the rest share the last one. */
export const CHARTED = ['container', 'image', 'network', 'volume', 'builder', 'daemon'] as const
export const OTHER = 'other'
/** Seconds of one column, and columns: the last three minutes. */
export const COLUMN_S = 3
export const COLUMNS = 60

export type Series = Record<string, number[]>

/** The series an event type is drawn in. */
export function seriesOf(type: string): string {
  return (CHARTED as readonly string[]).includes(type) ? type : OTHER
}

/** Custom property with the colour of an event type. */
export function colourOf(type: string): string {
  const index = (CHARTED as readonly string[]).indexOf(type)
  return `--c${index < 0 ? 7 : index + 1}`
}

/**
 * Events a second by type in columns that end at `now` (milliseconds since 1970), oldest column
 * first. `rows` are oldest first, so only the young end is walked.
 */
export function rates(rows: readonly EventRow[], now: number, hideHealthChecks: boolean): Series {
  const series: Series = {}
  const span = COLUMN_S * 1000
  // Columns keep to the clock, so that a bar does not change its height while it wanders left.
  const end = Math.ceil(now / span) * span
  const start = end - COLUMNS * span
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows[index]
    if (row?.kind !== 'event') continue
    const at = new Date(row.event.time).getTime()
    if (at < start) break
    if (hideHealthChecks && row.event.healthCheck) continue
    const column = Math.min(COLUMNS - 1, Math.floor((at - start) / span))
    const values = (series[seriesOf(row.event.type)] ??= Array.from({ length: COLUMNS }, () => 0))
    values[column] = (values[column] ?? 0) + 1 / COLUMN_S
  }
  return series
}
