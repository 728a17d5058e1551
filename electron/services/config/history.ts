import { createTwoFilesPatch } from 'diff'
import type { OutputOf, ParsedInputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import { readHistory, type HistoryRead } from '../../helper/history'
import type { JournalEntry } from '../../helper/journal'
import { changesBetween } from './changes'
import type { Context, Surroundings } from './context'
import { parseDocument } from './document'

export type HistoryAnswer = OutputOf<'config.history'>
type Entry = HistoryAnswer['entries'][number]

/** Entries that are looked through for one by its id. */
const SEARCHED = 500

/** Most characters of a difference; the rest of it is left out. */
const MAX_DIFF = 100_000

/** A kept content of daemon.json, decoded; `text` null for "there was no file". */
export interface KeptText {
  text: string | null
  utf8: boolean
}

/** What has become of daemon.json so far, and the texts that can be put back. */
export class History {
  constructor(private readonly around: Surroundings) {}

  async list({ limit }: ParsedInputOf<'config.history'>): Promise<HistoryAnswer> {
    const { context, read } = await this.#read(limit)
    if (read === undefined) return { entries: [], readable: false }
    const { entries } = read
    return {
      entries: entries
        .map((entry, at) => toEntry(entry, read, context.target.version, at === entries.length - 1))
        .reverse(),
      readable: true,
    }
  }

  async backup({ id, which }: ParsedInputOf<'config.backup'>): Promise<OutputOf<'config.backup'>> {
    const { text } = await this.text(id, which)
    return { text: text ?? '', exists: text !== null }
  }

  /** The content of an entry. Throws `config/no-backup`. */
  async text(id: string, which: 'before' | 'after'): Promise<KeptText> {
    const { read } = await this.#read(SEARCHED)
    const entry = read?.entries.find((each) => each.id === id)
    const kept = entry === undefined || read === undefined ? undefined : textOf(entry[which], read)
    if (kept === undefined)
      throw new AppError('config/no-backup', 'Nothing is kept of this file as it was then.', {
        hint: 'Only the newest changes are kept; config.history lists them.',
        detail: { id },
      })
    return kept
  }

  /** The kept text with this hash, where there is one. */
  async byHash(hash: string): Promise<string | undefined> {
    const { read } = await this.#read(SEARCHED)
    return read === undefined ? undefined : (textOf(hash, read)?.text ?? undefined)
  }

  /** Root's history is read through the helper only while one is authorised: reading asks for no password. */
  async #read(limit: number): Promise<{ context: Context; read: HistoryRead | undefined }> {
    const context = await this.around.context()
    const path = this.around.locate(context)
    const { privileged } = this.around.deps
    await this.around.tidy(path, context)
    try {
      return { context, read: await readHistory(path, limit) }
    } catch {
      if (privileged.isRoot || !privileged.open) return { context, read: undefined }
    }
    const pid = context.process?.pid
    const answer = await privileged
      .run('history', { path, limit, ...(pid === undefined ? {} : { pid }) })
      .catch(() => undefined)
    return { context, read: answer as HistoryRead | undefined }
  }
}

function toEntry(entry: JournalEntry, read: HistoryRead, version: string, newest: boolean): Entry {
  const { id, at, kind, outcome, activate, user, problems } = entry
  const before = textOf(entry.before, read)
  const after = textOf(entry.after, read)
  const [old, now] = [before?.text ?? '', after?.text ?? '']
  const comparable = before !== undefined && after !== undefined
  return {
    id,
    at,
    kind,
    outcome,
    ...(activate === undefined ? {} : { activate }),
    ...(user === undefined ? {} : { user }),
    before: entry.before,
    after: entry.after,
    diff: comparable ? unifiedDiff(old, now) : '',
    changes: comparable ? changesBetween(old, parseDocument(now, version), version) : [],
    problems,
    current: newest && entry.left === read.hash,
    restorable: { before: before !== undefined, after: after !== undefined },
  }
}

function textOf(hash: string, { texts }: HistoryRead): KeptText | undefined {
  if (hash === 'absent') return { text: null, utf8: true }
  const base64 = texts[hash]
  if (base64 === undefined) return undefined
  const bytes = Buffer.from(base64, 'base64')
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  return { text, utf8: Buffer.from(text, 'utf8').equals(bytes) }
}

/** The lines that differ, with three of their neighbours, as `diff -u` writes them. */
export function unifiedDiff(before: string, after: string): string {
  if (before === after) return ''
  const patch = createTwoFilesPatch('before', 'after', before, after, undefined, undefined, { context: 3 })
  // The first line is a ruler of the library's own.
  return patch.replace(/^=+\n/, '').slice(0, MAX_DIFF)
}
