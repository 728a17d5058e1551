import type { OutputOf } from '../../../../electron/contract/contract'
import type { FlowRequest } from './reach'

export type RecordingPart = OutputOf<'flow.recording'>
export type RecordingHead = NonNullable<RecordingPart['head']>
export type RecordingEntry = RecordingPart['entries'][number]
type Of<T extends RecordingEntry['t']> = Extract<RecordingEntry, { t: T }>
export type RecordedLine = Of<'line'>['line']
export type RecordedEvent = Of<'event'>['event']
export type RecordedSpan = Of<'spans'>['spans'][number]
export type Topology = Of<'topology'>['topology']

/** A recording as it is shown: each request once, as it was known at the end. */
export interface Recorded {
  head: RecordingHead
  requests: FlowRequest[]
  lines: RecordedLine[]
  events: RecordedEvent[]
  spans: ReadonlyMap<string, RecordedSpan[]>
  /** The processes at the beginning, and those that appeared later. */
  topology?: Topology
  /** Absent where its Porthole was killed. */
  end?: Of<'end'>
  missing: Of<'missing'>[]
  /** Lines of the file that could not be read. */
  skipped: number
  /** All of it, for an export. */
  entries: RecordingEntry[]
}

/** Largest file from elsewhere that is opened, in bytes. */
export const MOST_BYTES = 32 * 1024 * 1024
/** Characters that are asked about at a time. */
const PIECE = 128 * 1024

/** Puts the pieces of a file together. Undefined when none of them was the first. */
export function recordedOf(parts: readonly RecordingPart[]): Recorded | undefined {
  const head = parts[0]?.head
  if (head === undefined) return undefined
  const entries = parts.flatMap((part) => part.entries)
  const of = <T extends RecordingEntry['t']>(t: T): Of<T>[] =>
    entries.filter((entry): entry is Of<T> => entry.t === t)
  const requests = new Map(of('request').map(({ request }) => [request.id, request]))
  const topology = topologyOf(of('topology'), of('process'))
  const end = of('end').at(-1)
  return {
    head,
    requests: [...requests.values()].sort((a, b) => a.startedAt.localeCompare(b.startedAt)),
    lines: of('line').map(({ line }) => line),
    events: of('event').map(({ event }) => event),
    spans: new Map(of('spans').map(({ id, spans }) => [id, spans])),
    ...(topology === undefined ? {} : { topology }),
    ...(end === undefined ? {} : { end }),
    missing: of('missing'),
    skipped: parts.reduce((sum, { skipped }) => sum + skipped, 0),
    entries,
  }
}

function topologyOf(
  pictures: readonly Of<'topology'>[],
  changes: readonly Of<'process'>[],
): Topology | undefined {
  const first = pictures[0]?.topology
  if (first === undefined) return undefined
  const known = new Set(first.processes.map(({ pid }) => pid))
  const later = changes.flatMap(({ change, process }) =>
    change === 'appeared' && !known.has(process.pid) ? [process] : [],
  )
  return { ...first, processes: [...first.processes, ...later] }
}

/** Whole lines of a text, in pieces that can be asked about; a line that is longer than one is cut off. */
export function piecesOf(text: string): string[] {
  const pieces: string[] = []
  for (let from = 0; from < text.length;) {
    const end = text.lastIndexOf('\n', from + PIECE)
    const to = from + PIECE >= text.length ? text.length : end > from ? end + 1 : from + PIECE
    pieces.push(text.slice(from, to))
    from = to
  }
  return pieces
}
