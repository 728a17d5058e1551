import type { EngineLink } from '.'
import type { ResolvedEndpoint } from './endpoint'
import type { LinkFailure } from './failure'

/** First pause after a failed attempt and the longest, in milliseconds. */
const BACKOFF_MIN_MS = 500
const BACKOFF_MAX_MS = 10_000
/** How often a link that stands is asked whether it still answers, in milliseconds. */
const BEAT_MS = 5_000

/** What the state machine needs of the world, so that a test can be the world. */
export interface LinkWorld {
  /** The endpoint in use: an attempt may find another one of this machine. */
  endpoint(): ResolvedEndpoint
  /** One full attempt; undefined when the link stands. */
  attempt(): Promise<LinkFailure | undefined>
  /** A cheap sign of life over the present link; the failure when there is none. */
  beat(): Promise<LinkFailure | undefined>
  /** Calls back when something happens to the socket file; returns the end of it. */
  watchSocket(onChange: () => void): () => void
  /** 0 to 1, for the jitter of the back-off. */
  random(): number
}

/**
 * The link to the engine: `unknown → connected | unreachable | denied`.
 *
 * It stands as long as `beat` answers each five seconds; a connection lost in between, or the
 * event stream's end, makes it look at once (`doubt`). Down, it tries again after 0.5 s doubling
 * to 10 s, and at once when the socket file appears or changes.
 */
export class Link {
  readonly #world: LinkWorld
  readonly #listeners = new Set<(link: EngineLink) => void>()
  #present: EngineLink
  #timer: NodeJS.Timeout | undefined
  #stopWatching: (() => void) | undefined
  #failures = 0
  #attempting: Promise<void> | undefined
  #again = false
  #settle: (() => void) | undefined
  readonly #settled: Promise<void>
  #started = false
  #disposed = false

  constructor(world: LinkWorld) {
    this.#world = world
    this.#settled = new Promise((resolve) => (this.#settle = resolve))
    this.#present = {
      state: 'unknown',
      ...about(world.endpoint()),
      since: new Date().toISOString(),
      events: 'waiting',
    }
  }

  get present(): EngineLink {
    return this.#present
  }

  /** Makes the first attempt; later calls do nothing. */
  start(): void {
    if (this.#started || this.#disposed) return
    this.#started = true
    this.#run()
  }

  /** Resolves when the first attempt has ended, or the link was disposed of before. */
  async settled(): Promise<EngineLink> {
    await this.#settled
    return this.#present
  }

  onChange(listener: (link: EngineLink) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  setEvents(events: EngineLink['events']): void {
    if (this.#disposed || this.#present.events === events) return
    this.#publish({ ...this.#present, events })
    if (events === 'waiting' && this.#present.state === 'connected') this.doubt()
  }

  /** Something suggests that the link is lost, or back: look now. */
  doubt(): void {
    if (!this.#started || this.#disposed) return
    if (this.#attempting) this.#again = true
    else this.#run()
  }

  dispose(): void {
    this.#disposed = true
    clearTimeout(this.#timer)
    this.#stopWatching?.()
    this.#stopWatching = undefined
    this.#listeners.clear()
    this.#settle?.()
  }

  #run(): void {
    clearTimeout(this.#timer)
    this.#attempting = this.#once().finally(() => {
      this.#attempting = undefined
      if (!this.#again || this.#disposed) return
      this.#again = false
      this.#run()
    })
  }

  async #once(): Promise<void> {
    const failure = await this.#world.attempt()
    if (this.#disposed) return
    if (failure) this.#down(failure)
    else this.#up()
    this.#settle?.()
  }

  #up(): void {
    this.#failures = 0
    this.#stopWatching?.()
    this.#stopWatching = undefined
    if (this.#present.state !== 'connected') {
      this.#publish({
        state: 'connected',
        ...about(this.#world.endpoint()),
        since: new Date().toISOString(),
        events: this.#present.events,
      })
    }
    this.#schedule(BEAT_MS, () => void this.#beat())
  }

  async #beat(): Promise<void> {
    const failure = await this.#world.beat()
    // An attempt has begun meanwhile: it decides, and schedules what comes next.
    if (this.#disposed || this.#attempting) return
    if (!failure) this.#schedule(BEAT_MS, () => void this.#beat())
    // Silence has been waited for already; anything else may be a connection that was cut.
    else if (failure.reason === 'silent') this.#down(failure)
    else this.doubt()
  }

  #down(failure: LinkFailure): void {
    const state = failure.reason === 'permission' ? 'denied' : 'unreachable'
    const before = this.#present
    const same = before.state === state && before.reason === failure.reason
    const pause = this.#pause(failure)
    this.#stopWatching ??= this.#world.watchSocket(() => this.doubt())
    this.#schedule(pause, () => this.#run())
    this.#publish({
      state,
      reason: failure.reason,
      message: failure.message,
      hint: failure.hint,
      detail: failure.detail,
      ...about(this.#world.endpoint()),
      since: same ? before.since : new Date().toISOString(),
      retryAt: new Date(Date.now() + pause).toISOString(),
      events: 'waiting',
    })
  }

  #pause(failure: LinkFailure): number {
    // A silent listener is often a daemon that starts: the attempt itself waits for it, so the
    // pause between two may be short without costing either side anything.
    const doubled = failure.reason === 'silent' ? BACKOFF_MIN_MS : BACKOFF_MIN_MS * 2 ** this.#failures
    this.#failures = Math.min(this.#failures + 1, 16)
    const longest = Math.min(doubled, BACKOFF_MAX_MS)
    return Math.round(longest * (0.8 + 0.2 * this.#world.random()))
  }

  #schedule(afterMs: number, action: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(action, afterMs)
    // A command that has its answer must be able to end.
    this.#timer.unref()
  }

  #publish(link: EngineLink): void {
    this.#present = link
    for (const listener of [...this.#listeners]) listener(link)
  }
}

function about(endpoint: ResolvedEndpoint): Pick<EngineLink, 'endpoint' | 'source' | 'context'> {
  return {
    endpoint: endpoint.url,
    source: endpoint.source,
    ...(endpoint.context === undefined ? {} : { context: endpoint.context }),
  }
}
