import { z } from 'zod'
import { UsagePoint } from '../../../contract/subjects/storage-usage'
import { StorageKind } from '../../../contract/subjects/storage'

/** Owners that are kept with an entry, the largest. */
export const MAX_OWNERS = 200
/** Names of volumes and tags may be long; so much of one tells which it is. */
const MAX_NAME = 160

const Entry = UsagePoint.extend({
  takenAt: z.iso.datetime(),
  kinds: UsagePoint.shape.kinds.max(64),
  owners: z
    .array(z.object({ id: z.string(), kind: StorageKind, name: z.string(), bytes: z.number() }))
    .max(MAX_OWNERS)
    .optional(),
})

/** What is kept of one usage or scan; owners only of a scan. */
export type HistoryEntry = z.output<typeof Entry>

/** One line of the file; undefined for what is torn, of another make, or not ours. */
export function parseLine(line: string): HistoryEntry | undefined {
  try {
    return Entry.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}

/** The line of an entry, its largest owners alone. */
export function asLine({ owners, ...rest }: HistoryEntry): string {
  const largest = owners
    ?.toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, MAX_OWNERS)
    .map(({ id, kind, name, bytes }) => ({
      id: id.slice(0, MAX_NAME),
      kind,
      name: name.slice(0, MAX_NAME),
      bytes,
    }))
  return `${JSON.stringify({ ...rest, ...(largest === undefined ? {} : { owners: largest }) })}\n`
}
