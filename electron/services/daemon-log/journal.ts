import { execFile, spawn, type ChildProcess } from 'node:child_process'
import type { FedLine, Feed, FeedSink } from './feed'
import { LineSplitter } from './splitter'

/** How journalctl is called here; tests put an identifier in place of the unit. */
export interface JournalQuery {
  /** For example `['--unit=docker.service']`. */
  match: readonly string[]
}

// Names, not C strings of a locale: what journalctl says on stderr is read below.
const ENV = (env: NodeJS.ProcessEnv) => ({ ...env, LC_ALL: 'C', SYSTEMD_COLORS: '0', SYSTEMD_PAGER: '' })
// --all: without it JSON output has null in place of a field larger than 4 KiB.
const COMMON = ['--output=json', '--output-fields=MESSAGE', '--all', '--no-pager']

/**
 * What the journal has for a query: `used` when there is an entry, `empty` when there is none,
 * `denied` when this user may not read it, `absent` without journalctl. Never throws.
 */
export function probeJournal(
  query: JournalQuery,
  env: NodeJS.ProcessEnv,
): Promise<'used' | 'empty' | 'denied' | 'absent'> {
  return new Promise((resolve) => {
    execFile(
      'journalctl',
      [...COMMON, '--lines=1', ...query.match],
      { env: ENV(env), timeout: 15_000, maxBuffer: 8 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (stdout.startsWith('{')) resolve('used')
        else if (error?.code === 'ENOENT') resolve('absent')
        // "No journal files were opened due to insufficient permissions", or for a user with a journal
        // of his own "You are currently not seeing messages from other users and the system".
        else if (/insufficient permissions|not seeing messages|Permission denied/i.test(stderr))
          resolve('denied')
        else resolve('empty')
      },
    )
  })
}

/**
 * Follows the journal with a `journalctl` child: first the last lines, then what comes. When the
 * child dies it is started again behind the last cursor, so that nothing is lost or told twice.
 */
export class JournalFollow implements Feed {
  readonly #match: readonly string[]
  readonly #lines: number
  readonly #env: NodeJS.ProcessEnv
  #sink: FeedSink | undefined
  #child: ChildProcess | undefined
  #loop: Promise<void> | undefined
  #cursor: string | undefined
  /** Microseconds of the last entry, as text. */
  #lastTime: string | undefined
  #stopped = new AbortController()

  constructor(query: JournalQuery, options: { lines: number; env: NodeJS.ProcessEnv }) {
    this.#match = query.match
    this.#lines = options.lines
    this.#env = options.env
  }

  /** Process id of the child, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  start(sink: FeedSink): void {
    if (this.#sink) return
    this.#sink = sink
    this.#stopped = new AbortController()
    this.#loop = this.#run(this.#stopped.signal)
  }

  async stop(): Promise<void> {
    this.#sink = undefined
    this.#stopped.abort()
    this.#child?.kill()
    await this.#loop
  }

  async #run(stopped: AbortSignal): Promise<void> {
    const startedAt = Date.now()
    if (this.#cursor === undefined) await this.#journalctl([`--lines=${this.#lines}`], true)
    else await this.#journalctl(['--no-tail', `--after-cursor=${this.#cursor}`], true)
    this.#sink?.caughtUp()
    let delay = 250
    while (!stopped.aborted) {
      const began = Date.now()
      const from =
        this.#cursor === undefined ? `--since=@${startedAt / 1000}` : `--after-cursor=${this.#cursor}`
      const { read, stderr } = await this.#journalctl(['--follow', '--no-tail', from], false)
      if (stopped.aborted) return
      if (/insufficient permissions/i.test(stderr))
        this.#sink?.state('denied', 'The journal may not be read by this user.')
      else this.#sink?.state('waiting', 'journalctl ended and is started again.')
      // A cursor that was vacuumed away is no place to start from any more; its time is.
      if (/cursor/i.test(stderr) && read === 0) await this.#resumeByTime()
      delay = Date.now() - began > 10_000 ? 500 : Math.min(delay * 2, 10_000)
      await pause(delay, stopped)
    }
  }

  /** Reads what came since the last entry's time, and so comes by a cursor that exists. */
  async #resumeByTime(): Promise<void> {
    this.#cursor = undefined
    if (this.#lastTime === undefined) return
    const next = (BigInt(this.#lastTime) + 1n).toString().padStart(7, '0')
    await this.#journalctl(['--no-tail', `--since=@${next.slice(0, -6)}.${next.slice(-6)}`], true)
  }

  /** Runs journalctl to its end. */
  #journalctl(args: string[], history: boolean): Promise<{ read: number; stderr: string }> {
    return new Promise((resolve) => {
      if (!this.#sink) {
        resolve({ read: 0, stderr: '' })
        return
      }
      let read = 0
      let stderr = ''
      // An entry may carry its message as a list of bytes, some five characters each.
      const splitter = new LineSplitter(8 * 1024 * 1024)
      const child = spawn('journalctl', [...COMMON, ...args, ...this.#match], {
        env: ENV(this.#env),
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      this.#child = child
      child.stdout.on('data', (chunk: Buffer) => {
        const lines: FedLine[] = []
        for (const text of splitter.push(chunk)) {
          const entry = readEntry(text)
          if (!entry) continue
          this.#cursor = entry.cursor ?? this.#cursor
          this.#lastTime = entry.micros ?? this.#lastTime
          read += 1
          for (const part of entry.message.split('\n'))
            lines.push(entry.at === undefined ? { text: part } : { text: part, at: entry.at })
        }
        if (lines.length > 0) this.#sink?.lines(lines, history)
      })
      child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr = (stderr + part).slice(-4_096)))
      if (!history) child.on('spawn', () => this.#sink?.state('live'))
      child.on('error', (error) => (stderr += error.message))
      child.on('close', () => {
        if (this.#child === child) this.#child = undefined
        resolve({ read, stderr })
      })
    })
  }
}

export interface JournalEntry {
  message: string
  cursor?: string
  /** Milliseconds since 1970. */
  at?: number
  /** The same in microseconds, as journald writes it. */
  micros?: string
}

/**
 * One entry of `journalctl -o json`: MESSAGE is text, or a list of bytes where it is not UTF-8, or
 * a list of such when the field is there twice. Undefined for what is no entry.
 */
export function readEntry(text: string): JournalEntry | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const entry = value as Record<string, unknown>
  const message = readMessage(entry['MESSAGE'])
  if (message === undefined) return undefined
  const result: JournalEntry = { message }
  const cursor = entry['__CURSOR']
  if (typeof cursor === 'string') result.cursor = cursor
  const micros = entry['__REALTIME_TIMESTAMP']
  if (typeof micros === 'string' && /^\d{1,18}$/.test(micros)) {
    result.micros = micros
    result.at = Math.floor(Number(micros) / 1000)
  }
  return result
}

function readMessage(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return undefined
  if (value.every((item) => typeof item === 'number')) return Buffer.from(value).toString('utf8')
  const parts = value.map(readMessage).filter((part) => part !== undefined)
  return parts.length > 0 ? parts.join('\n') : undefined
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
}
