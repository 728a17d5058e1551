import type { OutputOf } from '../../../contract/contract'
import { MAX_OWNERS, type HistoryEntry } from './entry'

type Grown = OutputOf<'storage.history'>['grew'][number]

/**
 * Owners by how much they grew since a time, the most first, those that shrank last. Compared are
 * the newest scan and the newest that is not younger than `since`, or the oldest known.
 */
export function grownSince(entries: readonly HistoryEntry[], since: number): Grown[] {
  const scans = entries.filter(({ owners }) => owners !== undefined)
  const now = scans.at(-1)
  const then = scans.findLast(({ takenAt }) => Date.parse(takenAt) <= since) ?? scans[0]
  if (!now?.owners || !then?.owners || now === then) return []
  const before = new Map(then.owners.map(({ id, bytes }) => [id, bytes]))
  // Who is not among the largest of a full list may have been there, smaller than its last.
  const unlisted = then.owners.length < MAX_OWNERS ? 0 : Math.min(...before.values())
  const grown = now.owners.map((owner) => {
    const was = before.get(owner.id) ?? Math.min(unlisted, owner.bytes)
    return { ...owner, grownBytes: owner.bytes - was }
  })
  return grown.filter(({ grownBytes }) => grownBytes !== 0).sort((a, b) => b.grownBytes - a.grownBytes)
}
