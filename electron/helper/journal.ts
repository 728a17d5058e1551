import { randomBytes } from 'node:crypto'
import type { ConfigFile } from './file'
import { hashOf, type FileState } from './folder'
import { isHeld } from './lock'
import type { ApplyProblem } from './steps'

/** How much of a journal is read, from its end, in bytes. */
const READ_BYTES = 16 * 1024 * 1024
/** Size at which old entries are let go, and what is kept of it then. */
const COMPACT_BYTES = 8 * 1024 * 1024
const KEPT_BYTES = 4 * 1024 * 1024
const KEPT_ENTRIES = 500

export type EntryKind = 'apply' | 'restore' | 'hand-edit'
export type EntryOutcome = 'applied' | 'rolled-back' | 'unfinished' | 'recovered'

/** One change of daemon.json; hashes are sha256 in hex, or `absent`. */
export interface JournalEntry {
  id: string
  /** ISO 8601; of a hand edit the file's own time. */
  at: string
  kind: EntryKind
  outcome: EntryOutcome
  activate?: 'reload' | 'restart' | 'none'
  user?: string
  before: string
  after: string
  /** What the file was when it was done. */
  left: string
  backupId?: string
  problems: ApplyProblem[]
  /** The dockerd that ran before, and where it answers. */
  pid?: number
  socketPath?: string
}

/** A line of the file. Texts stand once, before the first entry that needs them. */
type Line =
  | { type: 'text'; hash: string; base64: string }
  | ({ type: 'intent' } & Omit<JournalEntry, 'outcome' | 'left' | 'problems' | 'backupId'>)
  | {
      type: 'outcome'
      id: string
      /** `dropped`: nothing was changed, so there is nothing to tell. */
      outcome: EntryOutcome | 'dropped'
      left: string
      backupId?: string
      problems: ApplyProblem[]
    }

export type Intent = Extract<Line, { type: 'intent' }>
export type Outcome = Extract<Line, { type: 'outcome' }>

/** Name of the journal of a file, in the same folder. */
export function journalName(file: { name: string }): string {
  return `${file.name}.porthole-history.jsonl`
}

/** Name of the lock that whoever changes the file holds. */
export function lockName(file: { name: string }): string {
  return `${file.name}.porthole-lock`
}

/**
 * What has become of daemon.json: JSON lines beside it, only ever added to. An intent is on the
 * disk before the file is touched, its outcome after; an intent without one was cut short.
 */
export class Journal {
  readonly entries: JournalEntry[] = []
  /** Contents by their hash. */
  readonly texts = new Map<string, Buffer>()
  #size = 0

  private constructor(private readonly file: ConfigFile) {}

  /**
   * Reads what is there: none, torn and foreign lines are no fault. Throws `config/unreadable`,
   * `config/symlink`, `config/not-writable` for what is no plain file.
   */
  static async open(file: ConfigFile): Promise<Journal> {
    const journal = new Journal(file)
    const tail = await file.folder.readTail(journalName(file), READ_BYTES)
    journal.#size = tail?.size ?? 0
    for (const line of tail?.bytes.toString('utf8').split('\n') ?? []) journal.#take(parse(line))
    return journal
  }

  /** The last entry that left something in the file. */
  get last(): JournalEntry | undefined {
    return this.entries.at(-1)
  }

  get unfinished(): JournalEntry | undefined {
    return this.entries.findLast((entry) => entry.outcome === 'unfinished')
  }

  /** Writes down what is about to be done, with both texts. */
  async intend(
    intent: Omit<Intent, 'type' | 'id' | 'at' | 'before' | 'after'>,
    before: FileState,
    after: { hash: string; bytes: Buffer },
  ): Promise<string> {
    const now = new Date()
    const id = `${stamp(now)}-${randomBytes(4).toString('hex')}`
    const line: Intent = {
      type: 'intent',
      id,
      at: now.toISOString(),
      ...intent,
      before: before.hash,
      after: after.hash,
    }
    await this.#add([...this.#textsOf(before, after), line], before)
    return id
  }

  /** Writes down how an intent ended. */
  async conclude(outcome: Omit<Outcome, 'type'>, owner: FileState): Promise<void> {
    await this.#add([{ type: 'outcome', ...outcome }], owner)
    if (this.#size > COMPACT_BYTES) await this.#compact(owner)
  }

  /** Writes down that the file is another than was left, when it is. Only once there is a journal. */
  async noticeHandEdit(now: FileState): Promise<void> {
    const edit = handEdit(this.last, now)
    if (edit === undefined) return
    const { outcome, left, problems, ...intent } = edit
    await this.#add(
      [
        ...this.#textsOf(now),
        { type: 'intent', ...intent },
        { type: 'outcome', id: edit.id, outcome, left, problems },
      ],
      now,
    )
  }

  #textsOf(...states: { hash: string; bytes: Buffer }[]): Line[] {
    const missing = new Map(states.map(({ hash, bytes }) => [hash, bytes]))
    return [...missing]
      .filter(([hash]) => hash !== 'absent' && !this.texts.has(hash))
      .map(([hash, bytes]) => ({ type: 'text', hash, base64: bytes.toString('base64') }))
  }

  async #add(lines: Line[], owner: FileState): Promise<void> {
    const text = lines.map(asText).join('')
    await this.file.folder.append(journalName(this.file), text, owner)
    this.#size += Buffer.byteLength(text)
    for (const line of lines) this.#take(line)
  }

  /** Keeps the newest entries with their texts in a new file. */
  async #compact(owner: FileState): Promise<void> {
    let size = 0
    const kept: JournalEntry[] = []
    const texts = new Set<string>()
    for (const entry of this.entries.slice(-KEPT_ENTRIES).reverse()) {
      const needed = [entry.before, entry.after].filter((hash) => this.texts.has(hash) && !texts.has(hash))
      size += needed.reduce((sum, hash) => sum + (this.texts.get(hash)?.length ?? 0) * 1.4, 1_000)
      if (size > KEPT_BYTES && kept.length > 0) break
      for (const hash of needed) texts.add(hash)
      kept.unshift(entry)
    }
    const lines: Line[] = [...texts].map((hash) => ({
      type: 'text',
      hash,
      base64: this.texts.get(hash)?.toString('base64') ?? '',
    }))
    for (const { outcome, left, problems, backupId, ...intent } of kept)
      lines.push(
        { type: 'intent', ...intent },
        {
          type: 'outcome',
          id: intent.id,
          outcome,
          left,
          problems,
          ...(backupId === undefined ? {} : { backupId }),
        },
      )
    const { folder } = this.file
    const name = journalName(this.file)
    const fresh = `.${this.file.name}.porthole-${randomBytes(6).toString('hex')}`
    const mode = owner.mode & ((await folder.readTail(name, 0))?.mode ?? 0o600)
    await folder.append(fresh, lines.map(asText).join(''), { ...owner, mode })
    await folder.rename(fresh, name)
    await folder.sync()
  }

  #take(line: Line | undefined): void {
    if (line?.type === 'text') {
      const bytes = Buffer.from(line.base64, 'base64')
      if (hashOf(bytes) === line.hash) this.texts.set(line.hash, bytes)
    } else if (line?.type === 'intent') {
      const { type: _, ...intent } = line
      this.entries.push({ ...intent, outcome: 'unfinished', left: intent.before, problems: [] })
    } else if (line?.type === 'outcome') {
      const at = this.entries.findLastIndex((each) => each.id === line.id)
      const entry = this.entries[at]
      if (entry === undefined) return
      if (line.outcome === 'dropped') this.entries.splice(at, 1)
      else
        Object.assign(entry, {
          outcome: line.outcome,
          left: line.left,
          problems: line.problems.filter(isProblem),
          ...(line.backupId === undefined ? {} : { backupId: line.backupId }),
        })
    }
  }
}

/** The change somebody else made since the last entry; undefined when the file is as that left it. */
export function handEdit(last: JournalEntry | undefined, now: FileState): JournalEntry | undefined {
  if (last === undefined || last.outcome === 'unfinished' || last.left === now.hash) return undefined
  // Of a file that was removed nobody knows when.
  const at = now.exists ? new Date(now.mtimeMs) : new Date()
  return {
    id: `edit-${now.exists ? stamp(at) : 'removed'}-${last.left.slice(0, 4)}${now.hash.slice(0, 8)}`,
    at: at.toISOString(),
    kind: 'hand-edit',
    outcome: 'applied',
    before: last.left,
    after: now.hash,
    left: now.hash,
    problems: [],
  }
}

function asText(line: Line): string {
  return `${JSON.stringify(line)}\n`
}

function stamp(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d+/g, '')
}

function isProblem(value: unknown): value is ApplyProblem {
  if (typeof value !== 'object' || value === null) return false
  const { severity, code, message } = value as Record<string, unknown>
  return severity === 'error' && typeof code === 'string' && typeof message === 'string'
}

/** A line as far as it is one of ours; what a crash tore or another program wrote is passed over. */
function parse(line: string): Line | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const fields = value as Record<string, unknown>
  const isText = (...names: string[]): boolean => names.every((name) => typeof fields[name] === 'string')
  if (fields['type'] === 'text') return isText('hash', 'base64') ? (value as Line) : undefined
  if (fields['type'] === 'intent')
    return isText('id', 'before', 'after') &&
      !Number.isNaN(Date.parse(String(fields['at']))) &&
      ['apply', 'restore', 'hand-edit'].includes(String(fields['kind']))
      ? (value as Line)
      : undefined
  if (fields['type'] === 'outcome')
    return isText('id', 'left') &&
      ['applied', 'rolled-back', 'unfinished', 'recovered', 'dropped'].includes(String(fields['outcome'])) &&
      Array.isArray(fields['problems'])
      ? (value as Line)
      : undefined
  return undefined
}

/** Whether somebody changes the file right now. */
export function isUnderWay(file: ConfigFile): Promise<boolean> {
  return isHeld(file.folder, lockName(file)).catch(() => false)
}
