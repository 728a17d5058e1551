import { ConfigFile } from './file'
import { handEdit, isUnderWay, Journal, type JournalEntry } from './journal'

/** What is known of a file's past. */
export interface HistoryRead {
  /** Oldest first. */
  entries: JournalEntry[]
  /** Kept contents in base64 by their sha256. */
  texts: Record<string, string>
  /** Hash of the file as it is. */
  hash: string
}

/**
 * The newest `limit` entries of a file's history with their texts. Of the time before there was a
 * journal the dated backups tell; a change by somebody else since the last entry is one more.
 * Changes nothing. Throws `config/unreadable` for what this user may not read.
 */
export async function readHistory(path: string, limit: number): Promise<HistoryRead> {
  const file = await ConfigFile.open(path)
  if (file === undefined) return { entries: [], texts: {}, hash: 'absent' }
  try {
    const [journal, now] = [await Journal.open(file), await file.read()]
    const running = await isUnderWay(file)
    const told = journal.entries.filter((entry) => !(running && entry === journal.unfinished))
    const edit = running ? undefined : handEdit(told.at(-1), now)
    const all = [
      ...(await ofBackups(file, journal, told[0]?.before ?? now.hash)),
      ...told,
      ...(edit === undefined ? [] : [edit]),
    ]
    const texts = new Map(journal.texts)
    if (now.exists) texts.set(now.hash, now.bytes)
    const entries = all.slice(-limit)
    const needed = new Set(entries.flatMap(({ before, after }) => [before, after]))
    return {
      entries,
      texts: Object.fromEntries(
        [...texts].flatMap(([hash, bytes]) => (needed.has(hash) ? [[hash, bytes.toString('base64')]] : [])),
      ),
      hash: now.hash,
    }
  } finally {
    await file.close()
  }
}

/**
 * Entries of the backups that are older than the journal: each holds what the file was before a
 * change, and the next one what it was after. Puts their texts among the journal's.
 */
async function ofBackups(file: ConfigFile, journal: Journal, next: string): Promise<JournalEntry[]> {
  // A backup's name tells the second; the journal's own are told by it.
  const first = journal.entries[0]?.at.slice(0, 19)
  const entries: JournalEntry[] = []
  let after = next
  for (const name of (await file.backups()).reverse()) {
    const at = timeOf(name)
    if (first !== undefined && at.slice(0, 19) >= first) continue
    // One that this user may not read, or that is no plain file, tells nothing.
    const state = await file.folder.read(name).catch(() => undefined)
    if (state?.exists !== true) continue
    journal.texts.set(state.hash, state.bytes)
    entries.unshift({
      id: name,
      at,
      kind: 'apply',
      outcome: 'applied',
      before: state.hash,
      after,
      left: after,
      backupId: name,
      problems: [],
    })
    after = state.hash
  }
  // The same before and after: that change was undone, and nothing is kept of it.
  return entries.filter((entry) => entry.before !== entry.after)
}

/** `…porthole-20260102T030405Z` as ISO 8601. */
function timeOf(name: string): string {
  const [, y, m, d, h, min, s] = /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(-\d\d)?$/.exec(name) ?? []
  return `${y ?? ''}-${m ?? ''}-${d ?? ''}T${h ?? ''}:${min ?? ''}:${s ?? ''}.000Z`
}
