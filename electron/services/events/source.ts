import type { EngineHttp, EngineService } from '../engine'
import { LineSplitter } from './lines'
import { identityOf, parseEvent, sinceParameter, type RawEvent } from './parse'

/** The daemon remembers this many events (moby daemon/events: eventsLimit). */
export const DAEMON_KEEPS = 256
/** Identities remembered at least: many times what a replay can hold. */
const SEEN_KEPT = 8 * DAEMON_KEEPS
/** Events of one instant may arrive in another order: a replay begins this much earlier. */
const OVERLAP_MS = 5_000
/** A replay that has paused this long is over, in milliseconds. */
const QUIET_MS = 150
const RETRY_MIN_MS = 500
const RETRY_MAX_MS = 10_000

export interface SourceEvent extends RawEvent {
  bytes: number
  gapBefore: boolean
}

/** What the source tells of its stream. */
export interface SourceListener {
  /** New events in the order they came, without repetitions. */
  onEvents(events: SourceEvent[]): void
  /** What the daemon remembered from before has been handed over. */
  onReplayed(): void
  /** The program was turned to another daemon: what came before is not of this one. */
  onOtherEngine(): void
  log(line: string): void
}

/**
 * The one event stream to the engine. Open while the link stands; taken up again where it was cut.
 *
 * A new stream asks for everything since a little before the last event, and what was seen already
 * is recognised by its identity, so nothing the daemon still has is lost and nothing comes twice.
 */
export class EventSource {
  readonly #engine: EngineService
  readonly #listener: SourceListener
  /** Identities of the last events in two generations: dropping one is cheaper than the oldest of all. */
  #seen = new Set<string>()
  #seenBefore = new Set<string>()
  #last: string | undefined
  #abort: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #quiet: NodeJS.Timeout | undefined
  #failures = 0
  #endpoint = ''
  #unsubscribe: (() => void) | undefined
  /** Events of a replay that may turn out to have a gap before it. */
  #held: SourceEvent[] | undefined
  #replaying = false
  #openedNano = ''
  #brokenAt: string | undefined
  #batch: SourceEvent[] = []
  #http: EngineHttp | undefined
  #pausedStream: { pause(): void; resume(): void } | undefined
  /** Milliseconds the daemon's clock is ahead of ours; 0 on this machine. */
  skewMs = 0

  constructor(engine: EngineService, listener: SourceListener) {
    this.#engine = engine
    this.#listener = listener
  }

  /** For questions about containers; undefined while the link is down. */
  get http(): EngineHttp | undefined {
    return this.#http
  }

  start(): void {
    if (this.#unsubscribe) return
    this.#endpoint = this.#engine.link.endpoint
    this.#unsubscribe = this.#engine.onLink((link) => {
      if (link.endpoint !== this.#endpoint) {
        this.#endpoint = link.endpoint
        this.#close()
        this.#last = undefined
        this.#seen = new Set()
        this.#seenBefore = new Set()
        this.#listener.onOtherEngine()
      }
      if (link.state !== 'connected') this.#close()
      else if (!this.#abort && this.#timer === undefined) void this.#open()
    })
    this.#engine.start()
    if (this.#engine.link.state === 'connected') void this.#open()
  }

  /** Holds the stream back while its events cannot be taken. */
  pause(): void {
    this.#pausedStream?.pause()
  }

  resume(): void {
    this.#pausedStream?.resume()
  }

  dispose(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = () => undefined
    this.#close()
  }

  async #open(): Promise<void> {
    const abort = new AbortController()
    this.#abort = abort
    try {
      const http = await this.#engine.http()
      const since = this.#last === undefined ? '1' : sinceParameter(this.#last, OVERLAP_MS)
      const response = await http.stream(`/events?since=${since}`, { signal: abort.signal })
      if (response.statusCode !== 200) {
        response.destroy()
        throw new Error(`/events answered ${response.statusCode ?? 0}`)
      }
      if (abort.signal.aborted) return
      this.#http = http
      this.#pausedStream = response
      const theirs = Date.parse(String(response.headers['date'] ?? ''))
      const ahead = theirs - Date.now()
      // The header has whole seconds: less than two are no difference.
      this.skewMs = !http.local && Math.abs(ahead) > 2_000 ? ahead : 0
      this.#openedNano = String(BigInt(Date.now() + Math.round(this.skewMs)) * 1_000_000n)
      this.#replaying = true
      this.#held = this.#last === undefined ? undefined : []
      this.#restartQuiet()
      const lines = new LineSplitter(
        (line) => this.#line(line, abort),
        () => this.#listener.log('An event of more than 1 MiB was dropped.'),
      )
      response.on('data', (chunk: Buffer) => {
        lines.push(chunk)
        this.#flush()
      })
      response.on('error', () => this.#lost(abort))
      response.on('close', () => this.#lost(abort))
      this.#engine.setEventsState('live')
    } catch (error) {
      if (abort.signal.aborted) return
      this.#listener.log(
        `The event stream could not be opened: ${error instanceof Error ? error.message : ''}`,
      )
      this.#lost(abort)
    }
  }

  #line(line: string, abort: AbortController): void {
    if (abort.signal.aborted) return
    const event = parseEvent(line)
    if (!event) {
      this.#broken(abort)
      return
    }
    const identity = identityOf(event)
    const repeated = this.#seen.has(identity) || this.#seenBefore.has(identity)
    if (!repeated) {
      this.#seen.add(identity)
      if (this.#seen.size >= SEEN_KEPT) {
        this.#seenBefore = this.#seen
        this.#seen = new Set()
      }
      this.#last = event.timeNano
    }
    this.#accept({ ...event, bytes: line.length * 2 + 256, gapBefore: false }, repeated)
  }

  /**
   * After a cut, the replay repeats the last event seen before anything new if the daemon still
   * remembers it. If it does not, the daemon may have forgotten others too: when it replays as many
   * as it can remember, it has.
   */
  #accept(event: SourceEvent, repeated: boolean): void {
    if (!this.#held) {
      if (!repeated) this.#batch.push(event)
      if (this.#replaying) this.#restartQuiet()
      return
    }
    if (repeated) {
      this.#release(false)
      return
    }
    this.#held.push(event)
    if (this.#held.length >= DAEMON_KEEPS) this.#release(true)
    else if (event.timeNano.length === this.#openedNano.length && event.timeNano > this.#openedNano)
      this.#release(false)
    else this.#restartQuiet()
  }

  #release(gap: boolean): void {
    const held = this.#held ?? []
    this.#held = undefined
    const [first] = held
    if (first && gap) first.gapBefore = true
    for (const event of held) this.#batch.push(event)
    this.#restartQuiet()
  }

  #restartQuiet(): void {
    if (this.#quiet) this.#quiet.refresh()
    else this.#quiet = setTimeout(() => this.#endReplay(), QUIET_MS)
  }

  #endReplay(): void {
    clearTimeout(this.#quiet)
    this.#quiet = undefined
    if (this.#held) this.#release(false)
    clearTimeout(this.#quiet)
    this.#quiet = undefined
    this.#flush()
    if (!this.#replaying) return
    this.#replaying = false
    // Only a stream that has lived a while makes the next loss a first one.
    this.#failures = 0
    this.#listener.onReplayed()
  }

  #flush(): void {
    if (this.#batch.length === 0) return
    const batch = this.#batch
    this.#batch = []
    this.#listener.onEvents(batch)
  }

  /** A line nobody can read: asked for anew once, for it may have been garbled on its way. */
  #broken(abort: AbortController): void {
    const place = this.#last ?? 'start'
    if (this.#brokenAt === place) {
      this.#listener.log('An event that cannot be read was dropped.')
      return
    }
    this.#brokenAt = place
    this.#listener.log('An event could not be read; the stream is opened again.')
    abort.abort()
    this.#lost(abort)
  }

  #lost(abort: AbortController): void {
    if (this.#abort !== abort) return
    this.#end()
    // Ours alone may have been cut: the link looks for itself and, when it stands, we go on.
    const pause = this.#failures === 0 ? 0 : Math.min(RETRY_MIN_MS * 2 ** this.#failures, RETRY_MAX_MS)
    this.#failures = Math.min(this.#failures + 1, 10)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#engine.link.state === 'connected' && !this.#abort) void this.#open()
    }, pause)
    this.#timer.unref()
    this.#engine.setEventsState('waiting')
  }

  #close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#failures = 0
    this.#end()
  }

  #end(): void {
    const abort = this.#abort
    this.#abort = undefined
    this.#http = undefined
    this.#pausedStream = undefined
    clearTimeout(this.#quiet)
    this.#quiet = undefined
    if (this.#held) {
      const held = this.#held
      this.#held = undefined
      for (const event of held) this.#batch.push(event)
    }
    this.#flush()
    this.#replaying = false
    abort?.abort()
  }
}
