import { asLine, type HistoryEntry } from './entry'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Most entries that are kept, and most bytes of them as lines. */
export const MAX_ENTRIES = 2_000
export const MAX_BYTES = 1_000_000

/** How far apart entries of an age are kept; owners weigh more, so they stand farther apart. */
const SPACING = [
  { upToMs: 2 * DAY_MS, everyMs: HOUR_MS, ownersEveryMs: 6 * HOUR_MS },
  { upToMs: 60 * DAY_MS, everyMs: DAY_MS, ownersEveryMs: 2 * DAY_MS },
  { upToMs: Infinity, everyMs: 7 * DAY_MS, ownersEveryMs: 28 * DAY_MS },
]

/**
 * Entries in their order, the older the farther apart: the last of each hour, then of each day, then
 * of each week, and the newest always. Owners are dropped first where it would be too much.
 */
export function compact(entries: readonly HistoryEntry[], now = Date.now()): HistoryEntry[] {
  const sorted = entries.toSorted((a, b) => Date.parse(a.takenAt) - Date.parse(b.takenAt))
  const kept: HistoryEntry[] = []
  const taken = new Set<string>()
  const takenOwners = new Set<string>()
  for (const [index, entry] of sorted.reverse().entries()) {
    const at = Date.parse(entry.takenAt)
    const spacing = SPACING.find(({ upToMs }) => now - at <= upToMs)
    if (!spacing) continue
    const slot = `${spacing.everyMs}/${Math.floor(at / spacing.everyMs)}`
    const ownersSlot = `${spacing.ownersEveryMs}/${Math.floor(at / spacing.ownersEveryMs)}`
    const withOwners = entry.owners !== undefined && !takenOwners.has(ownersSlot)
    // An entry without owners must not push out the one that has them.
    if (index > 0 && taken.has(slot) && !withOwners) continue
    taken.add(slot)
    if (entry.owners !== undefined) takenOwners.add(ownersSlot)
    kept.push(withOwners ? entry : withoutOwners(entry))
  }
  return bounded(kept).reverse()
}

/** Newest first in and out. */
function bounded(entries: readonly HistoryEntry[]): HistoryEntry[] {
  let left = MAX_BYTES
  const kept: HistoryEntry[] = []
  for (const entry of entries.slice(0, MAX_ENTRIES)) {
    const bytes = Buffer.byteLength(asLine(entry))
    // A quarter stays for points without owners: they reach farther back.
    const fits = entry.owners === undefined || left - bytes > MAX_BYTES / 4
    const taken = fits ? entry : withoutOwners(entry)
    left -= fits ? bytes : Buffer.byteLength(asLine(taken))
    if (left < 0) break
    kept.push(taken)
  }
  return kept
}

function withoutOwners({ owners: _, ...entry }: HistoryEntry): HistoryEntry {
  return entry
}
