import { AppError } from '../../contract/errors'
import { findStopped } from '../config'
import type { DaemonLogOptions, DaemonLogService, LogLine, LogLink } from '.'
import type { FedLine, Feed, FeedSink } from './feed'
import { matcher, startOf, type WatchInput } from './filter'
import { JournalFollow } from './journal'
import { parseLine } from './parse'
import { LogRing } from './ring'
import { discover, type Discovery, type Found } from './sources'
import { FileTail } from './tail'
import { Wake } from '../wake'

/** Lines that are read of what is there already. */
const HISTORY_LINES = 10_000
/** Milliseconds between searches while there is no source. */
const SEARCH_AGAIN_MS = 10_000

/**
 * One source shared by all readers. The first reader starts the search and the feed; a while after
 * the last has left the feed is stopped, and goes on where it was when somebody comes again.
 */
export class DaemonLog implements DaemonLogService {
  readonly #options: DaemonLogOptions
  readonly #ring = new LogRing()
  readonly #lines = new Wake()
  readonly #changes = new Wake()
  readonly #disposed = new AbortController()
  readonly #offLink: () => void
  #link: LogLink = { state: 'waiting', looked: [] }
  #readers = 0
  #linger: NodeJS.Timeout | undefined
  #searchTimer: NodeJS.Timeout | undefined
  #feed: { found: Found; feed: Feed; endpoint: string; running: boolean } | undefined
  /** The first search has ended and what was there has been read. */
  #ready = false
  /** Searches, starts and stops happen one after another. */
  #queue: Promise<void> = Promise.resolve()
  #engineKey = ''
  #lastTime: { time: string; at: number } | undefined

  constructor(options: DaemonLogOptions) {
    this.#options = options
    this.#offLink = options.engine.onLink((link) => {
      const key = `${link.state} ${link.endpoint}`
      if (key === this.#engineKey) return
      this.#engineKey = key
      if (this.#readers > 0) this.#enqueue(() => this.#search())
    })
  }

  async *watch(input: WatchInput, signal: AbortSignal): AsyncIterable<LogLine> {
    const matches = matcher(input)
    const ended = AbortSignal.any([signal, this.#disposed.signal])
    const release = this.#hold()
    try {
      while (!this.#ready && !ended.aborted) await this.#changes.next(ended)
      if (ended.aborted) return
      this.#refuse()
      let seen = startOf(input, this.#ring, matches)
      while (!ended.aborted) {
        // A reader that was away for longer than the ring goes on with what is still there.
        seen = Math.max(seen, this.#ring.first - 1)
        const kept = this.#ring.at(seen + 1)
        if (!kept) {
          await this.#lines.next(ended)
          continue
        }
        seen += 1
        if (matches(kept)) yield kept.line
      }
    } finally {
      release()
    }
  }

  async kept(input: WatchInput, signal: AbortSignal): Promise<LogLine[]> {
    const matches = matcher(input)
    const ended = AbortSignal.any([signal, this.#disposed.signal])
    const release = this.#hold()
    try {
      while (!this.#ready && !ended.aborted) await this.#changes.next(ended)
      if (ended.aborted) return []
      this.#refuse()
      const lines: LogLine[] = []
      for (let seq = startOf(input, this.#ring, matches) + 1; seq <= this.#ring.last; seq += 1) {
        const kept = this.#ring.at(seq)
        if (kept && matches(kept)) lines.push(kept.line)
      }
      return lines
    } finally {
      release()
    }
  }

  async *watchLink(signal: AbortSignal): AsyncIterable<LogLink> {
    const ended = AbortSignal.any([signal, this.#disposed.signal])
    const release = this.#hold()
    try {
      while (!this.#ready && !ended.aborted) await this.#changes.next(ended)
      let told: LogLink | undefined
      while (!ended.aborted) {
        if (told !== this.#link) {
          told = this.#link
          yield told
        } else await this.#changes.next(ended)
      }
    } finally {
      release()
    }
  }

  async dispose(): Promise<void> {
    if (this.#disposed.signal.aborted) return
    this.#disposed.abort()
    this.#offLink()
    clearTimeout(this.#linger)
    clearTimeout(this.#searchTimer)
    this.#enqueue(() => this.#stopFeed())
    await this.#queue
  }

  #hold(): () => void {
    this.#readers += 1
    clearTimeout(this.#linger)
    if (this.#readers === 1) {
      // What came since the feed was stopped is read before a new reader begins.
      if (this.#feed?.running !== true) this.#ready = false
      this.#enqueue(() => this.#search())
    }
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#readers -= 1
      if (this.#readers > 0 || this.#disposed.signal.aborted) return
      this.#linger = setTimeout(() => {
        clearTimeout(this.#searchTimer)
        this.#enqueue(async () => {
          if (this.#readers === 0) await this.#stopFeed()
        })
      }, this.#options.lingerMs ?? 5_000)
    }
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      this.#options.options.log(`daemon-log: ${error instanceof Error ? error.message : String(error)}`)
      this.#setReady()
    })
  }

  /** File a person named for the daemon the program was started for. */
  get #named(): string | undefined {
    const { engine, options } = this.#options
    return engine.moved ? undefined : options.daemonLog
  }

  async #search(): Promise<void> {
    if (this.#disposed.signal.aborted) return
    clearTimeout(this.#searchTimer)
    const { engine } = this.#options
    if (this.#named === undefined) await engine.settled()
    const { state, endpoint } = engine.link
    if (state !== 'connected' && this.#feed?.endpoint === endpoint) {
      // The daemon is down: its process cannot tell any more where its log is, and why it
      // went down stands in the one that is known.
      if (this.#readers > 0) this.#startFeed()
      return
    }
    const discovery = await this.#discover()
    if (this.#disposed.signal.aborted) return
    const { found } = discovery
    if (!found) {
      await this.#stopFeed()
      this.#feed = undefined
      this.#setLink(nothingFound(discovery, endpoint))
      this.#setReady()
      this.#searchTimer = setTimeout(() => {
        if (this.#readers > 0) this.#enqueue(() => this.#search())
      }, SEARCH_AGAIN_MS)
      return
    }
    if (this.#feed && sameSource(this.#feed.found, found)) {
      this.#setLink({ ...this.#link, source: found.source, looked: discovery.looked })
    } else {
      await this.#stopFeed()
      // Another daemon's lines: numbers go on, so that a reader notices nothing but new lines.
      this.#ring.clear()
      this.#lastTime = undefined
      this.#ready = false
      this.#feed = { found, feed: this.#makeFeed(found), endpoint, running: false }
      this.#setLink({ state: 'waiting', source: found.source, looked: discovery.looked })
    }
    if (this.#readers > 0) this.#startFeed()
  }

  async #discover(): Promise<Discovery> {
    const { engine, options, sandboxLog, journalMatch } = this.#options
    // A file a person named needs no engine to be found.
    const process = this.#named === undefined ? await engine.process() : undefined
    const elsewhere = isElsewhere(engine.link.endpoint, process !== undefined)
    const isDown = process === undefined && !elsewhere && engine.link.state !== 'connected'
    const stopped = isDown ? await findStopped(engine, options) : undefined
    return discover({
      daemonLog: this.#named,
      sandboxLog: sandboxLog?.(engine.socketPath),
      process,
      stoppedLog: stopped?.logFile,
      elsewhere,
      journalMatch,
      uid: globalThis.process.getuid?.() ?? -1,
      env: options.env,
    })
  }

  #makeFeed(found: Found): Feed {
    const { options, pollMs } = this.#options
    return found.reader === 'file'
      ? new FileTail(found.path, { lines: HISTORY_LINES, ...(pollMs === undefined ? {} : { pollMs }) })
      : new JournalFollow({ match: found.match }, { lines: HISTORY_LINES, env: options.env })
  }

  #startFeed(): void {
    const current = this.#feed
    if (!current || current.running) return
    current.running = true
    const mine = () => this.#feed === current
    const sink: FeedSink = {
      lines: (lines, history) => {
        if (mine()) this.#take(lines, history, current.found.source.name)
      },
      caughtUp: () => {
        if (mine()) this.#setReady()
      },
      state: (state, message) => {
        if (!mine()) return
        const { source, looked, state: before, message: said } = this.#link
        if (before === state && said === message) return
        this.#setLink({
          state,
          ...(source ? { source } : {}),
          ...(message === undefined ? {} : { message }),
          ...(state === 'denied' ? deniedHelp(source?.name ?? '') : {}),
          looked,
        })
      },
    }
    current.feed.start(sink)
  }

  async #stopFeed(): Promise<void> {
    const current = this.#feed
    if (!current?.running) return
    current.running = false
    await current.feed.stop()
    if (this.#link.state === 'live') this.#setLink({ ...this.#link, state: 'waiting' })
  }

  #take(lines: FedLine[], history: boolean, source: string): void {
    for (const { text, at } of lines) {
      const { time, at: said, ...rest } = parseLine(text)
      const moment = this.#momentOf(time, said ?? at, history)
      this.#lastTime = moment
      this.#ring.push({ ...rest, time: moment.time, source }, moment.at)
    }
    this.#lines.all()
  }

  #momentOf(time: string | undefined, at: number | undefined, history: boolean) {
    if (at !== undefined) return { time: time ?? new Date(at).toISOString(), at }
    // A line without a time that was there before this reader: it is as old as the one above it.
    if (history && this.#lastTime) return this.#lastTime
    const now = Date.now()
    return { time: new Date(now).toISOString(), at: now }
  }

  #setReady(): void {
    if (this.#ready) return
    this.#ready = true
    this.#changes.all()
  }

  #setLink(link: LogLink): void {
    this.#link = link
    this.#changes.all()
  }

  /** Says at the beginning of a stream that nothing would ever come. */
  #refuse(): void {
    const { state, message = '', hint, detail } = this.#link
    if (state === 'none' || (state === 'denied' && this.#ring.first > this.#ring.last))
      throw new AppError(state === 'none' ? 'log/none' : 'log/denied', message, { hint, detail })
  }
}

function nothingFound({ looked }: Discovery, endpoint: string): LogLink {
  const denied = looked.find(({ found }) => found === 'denied')
  if (denied)
    return {
      state: 'denied',
      message: `The daemon's log (${denied.source.name}) may not be read by this user.`,
      ...deniedHelp(denied.source.name),
      looked,
    }
  if (looked.every(({ found }) => found === 'other') && looked.length > 0)
    return {
      state: 'none',
      message: `The daemon behind ${endpoint} keeps its log where Porthole cannot look.`,
      hint: 'Read it on the machine the daemon runs on, or name the file with --daemon-log FILE.',
      looked,
    }
  return {
    state: 'none',
    message: 'No log of the daemon was found on this machine.',
    hint: 'Name the file with --daemon-log FILE if dockerd writes one.',
    looked,
  }
}

function deniedHelp(source: string): Pick<LogLink, 'hint' | 'detail'> {
  return {
    hint: 'Join the group systemd-journal (or adm) with “sudo usermod -aG systemd-journal USER”, then log in again; or run Porthole as root.',
    detail: { group: 'systemd-journal', groups: 'systemd-journal, adm', source },
  }
}

function sameSource(one: Found, other: Found): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/**
 * A daemon behind a network address without a process here runs on another machine; one of Docker
 * Desktop runs in a virtual machine. A unix socket whose owner is not seen may still be of here.
 */
function isElsewhere(endpoint: string, hasProcess: boolean): boolean {
  return !hasProcess && (!endpoint.startsWith('unix:') || /\.docker\/(?:desktop|run)\//.test(endpoint))
}
