/** A line of a list that is being edited; empty ones are shown and never written. */
export interface TextRow {
  id: number
  text: string
}

/** A member of a map that is being edited; it is written once it has a name and a value. */
export interface PairRow {
  id: number
  name: string
  text: string
  /** What the file holds where that is no text; written as it was until the reader changes it. */
  raw?: unknown
}

let last = 0
/** An id that no other row has, for `v-for`. */
export function rowId(): number {
  last += 1
  return last
}

export function textRows(value: unknown): TextRow[] {
  return Array.isArray(value) ? value.map((each) => ({ id: rowId(), text: String(each) })) : []
}

/** The list to write; undefined when nothing is left of it. */
export function listOf(rows: readonly TextRow[]): string[] | undefined {
  const list = rows.map(({ text }) => text.trim()).filter((text) => text !== '')
  return list.length === 0 ? undefined : list
}

/** What a pasted text means as rows: one a line, and one between commas. */
export function pastedItems(text: string): string[] {
  return text
    .split(/[\r\n,]+/)
    .map((each) => each.trim().replace(/^["']|["']$/g, ''))
    .filter((each) => each !== '')
}

export function pairRows(value: unknown): PairRow[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).map(([name, each]: [string, unknown]) => ({
    id: rowId(),
    name,
    text: typeof each === 'string' ? each : JSON.stringify(each),
    ...(typeof each === 'string' ? {} : { raw: each }),
  }))
}

/** The map to write; undefined when nothing is left of it. A name that stands twice keeps its first place and last value. */
export function mapOf(rows: readonly PairRow[]): Record<string, unknown> | undefined {
  const pairs = rows
    .filter(({ name, text, raw }) => name.trim() !== '' && (raw !== undefined || text.trim() !== ''))
    .map(({ name, text, raw }) => [name.trim(), raw ?? text.trim()] as const)
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs)
}

/** Rows with one of them moved by a step; the same rows when it stands at that end already. */
export function moved<Row>(rows: readonly Row[], index: number, step: -1 | 1): Row[] {
  const next = [...rows]
  const [row] = next.splice(index, 1)
  const to = index + step
  if (row === undefined || to < 0 || to > next.length) return [...rows]
  next.splice(to, 0, row)
  return next
}
