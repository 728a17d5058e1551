import type { z } from 'zod'
import {
  RecordingEntry as EntrySchema,
  RecordingHead as HeadSchema,
  type RecordingPart,
} from '../../../contract/subjects/recording'
import { AppError } from '../../../contract/errors'

export type RecordingHead = z.output<typeof HeadSchema>
export type RecordingEntry = z.output<typeof EntrySchema>
export type RecordingPart = z.output<typeof RecordingPart>

/** Longest line of a recording, in characters; a longer one is none of ours. */
export const MAX_LINE = 128 * 1024

/** The line that a head or an entry is in the file. */
export function asLine(value: RecordingHead | RecordingEntry): string {
  return `${JSON.stringify(value)}\n`
}

/**
 * Reads whole lines of a recording, with `first` those from its beginning. Whoever made the file may
 * have written anything into it: each line is checked, and one that is none of ours is counted and
 * left out. Throws `recording/unreadable` for a file that does not begin as a recording does.
 */
export function readLines(text: string, first: boolean): RecordingPart {
  const lines = text.split('\n')
  const head = first ? headOf(lines.shift() ?? '') : undefined
  const entries: RecordingEntry[] = []
  let skipped = 0
  for (const line of lines) {
    if (line.trim() === '') continue
    const entry = line.length > MAX_LINE ? undefined : EntrySchema.safeParse(parse(line)).data
    if (entry === undefined) skipped += 1
    else entries.push(entry)
  }
  return { ...(head === undefined ? {} : { head }), entries, skipped }
}

/** The head that a file begins with. Throws `recording/unreadable`. */
export function headOf(line: string): RecordingHead {
  const value = line.length > MAX_LINE ? undefined : parse(line)
  const head = HeadSchema.safeParse(value)
  if (head.success) return head.data
  const { porthole, version } = (typeof value === 'object' && value !== null ? value : {}) as {
    porthole?: unknown
    version?: unknown
  }
  const isNewer = porthole === 'recording' && typeof version === 'number' && version > 1
  throw new AppError(
    'recording/unreadable',
    isNewer ? `This recording was made by a newer Porthole (form ${version}).` : 'This file is no recording.',
    { hint: isNewer ? 'Open it with that version.' : 'Open a .jsonl file that Porthole has made.' },
  )
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
