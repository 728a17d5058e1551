import type { EngineEvent, EventsService } from '.'
import type { InputOf, OutputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import type { EngineService } from '../engine'
import { compileFilters, type Filterable } from './filters'
import { HealthChecks } from './health'
import { compareNano, isoTime, parseSince } from './parse'
import { EventRing } from './ring'
import { EventSource, type SourceEvent } from './source'

/** Events that may wait for an answer about their container before the stream is held back. */
const MAX_WAITING = 5_000
/** History waits this long for what the daemon remembers, in milliseconds. */
const REPLAY_MS = 3_000

interface Subscriber {
  listener: (event: EngineEvent) => void
  /** Our time of the subscription, until the first event after it has come. */
  since: number | undefined
}

export class Events implements EventsService {
  readonly #engine: EngineService
  readonly #log: (line: string) => void
  readonly #source: EventSource
  readonly #ring = new EventRing()
  #health = new HealthChecks()
  readonly #subscribers = new Set<Subscriber>()
  readonly #wakers = new Set<() => void>()
  #waiting: SourceEvent[] = []
  #taking = false
  #replayed: Promise<void> | undefined
  #markReplayed: (() => void) | undefined
  #disposed = false

  constructor(engine: EngineService, log: (line: string) => void) {
    this.#engine = engine
    this.#log = log
    this.#source = new EventSource(engine, {
      onEvents: (events) => this.#receive(events),
      onReplayed: () => void this.#afterTaking(() => this.#markReplayed?.()),
      onOtherEngine: () => this.#reset(),
      log,
    })
  }

  start(): void {
    if (this.#replayed || this.#disposed) return
    this.#replayed = new Promise((resolve) => (this.#markReplayed = resolve))
    this.#source.start()
  }

  async *watch(input: InputOf<'events.watch'>, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const matches = compileFilters(input.filters)
    const since = input.since === undefined ? undefined : readSince(input.since)
    const asked = Date.now()
    this.start()
    let cursor = this.#ring.nextSeq
    // Until the first event that is late enough: after it, the order of arrival is what counts.
    let from: { since: string } | { asked: number } | undefined
    if (input.after !== undefined) {
      cursor = Math.min(Math.max(input.after + 1, this.#ring.oldestSeq), this.#ring.nextSeq)
    } else if (since !== undefined) {
      cursor = this.#ring.oldestSeq
      from = { since }
    } else from = { asked }

    const wake = waiter(signal)
    this.#wakers.add(wake.call)
    // Timers and idle sockets here let the process end; a reader that waits keeps it.
    const hold = setInterval(() => undefined, 2 ** 30)
    let gap = false
    try {
      while (!signal.aborted && !this.#disposed) {
        if (cursor < this.#ring.oldestSeq) cursor = this.#ring.oldestSeq
        const event = this.#ring.at(cursor)
        if (!event) {
          await wake.wait()
          continue
        }
        cursor += 1
        // A reader that filters the first event behind a gap must still hear of it.
        gap ||= event.gapBefore === true
        if (from) {
          // The difference of the clocks is known by now: an event has come.
          const nano = 'since' in from ? from.since : this.#nanoOf(from.asked)
          if (compareNano(event.timeNano, nano) < 0) continue
          from = undefined
        }
        if (input.hideHealthChecks === true && event.healthCheck) continue
        if (matches && !matches(event)) continue
        yield gap ? { ...strip(event), gapBefore: true } : strip(event)
        gap = false
      }
    } finally {
      clearInterval(hold)
      this.#wakers.delete(wake.call)
      wake.end()
    }
  }

  async history(input: InputOf<'events.history'>): Promise<OutputOf<'events.history'>> {
    const matches = compileFilters(input.filters)
    const limit = input.limit ?? 100
    await this.#whenReplayed()
    const { oldestSeq, nextSeq } = this.#ring
    const events: EngineEvent[] = []
    let more = false
    for (let seq = Math.min(input.before ?? nextSeq, nextSeq) - 1; seq >= oldestSeq; seq -= 1) {
      const event = this.#ring.at(seq)
      if (!event || (input.hideHealthChecks === true && event.healthCheck)) continue
      if (matches && !matches(event)) continue
      if (events.length === limit) {
        more = true
        break
      }
      events.push(strip(event))
    }
    return { events, more, ...(oldestSeq < nextSeq ? { oldestSeq } : {}) }
  }

  onEvent(listener: (event: EngineEvent) => void): () => void {
    const subscriber: Subscriber = { listener, since: Date.now() }
    this.#subscribers.add(subscriber)
    this.start()
    return () => this.#subscribers.delete(subscriber)
  }

  dispose(): Promise<void> {
    this.#disposed = true
    this.#source.dispose()
    this.#subscribers.clear()
    this.#markReplayed?.()
    for (const wake of [...this.#wakers]) wake()
    return Promise.resolve()
  }

  /** The daemon's clock at a time of ours. */
  #nanoOf(ms: number): string {
    return String(BigInt(Math.round(ms + this.#source.skewMs)) * 1_000_000n)
  }

  async #whenReplayed(): Promise<void> {
    this.start()
    const link = await this.#engine.settled()
    if (link.state !== 'connected' || !this.#replayed) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, REPLAY_MS)))
    await Promise.race([this.#replayed, late])
    clearTimeout(timer)
  }

  #receive(events: SourceEvent[]): void {
    for (const event of events) this.#waiting.push(event)
    if (this.#taking) {
      if (this.#waiting.length > MAX_WAITING) this.#source.pause()
      return
    }
    // Almost always nothing has to be asked: then nothing has to be awaited either.
    if (this.#health.unknownContainers(this.#waiting).length === 0) this.#take()
    else void this.#askAndTake()
  }

  async #askAndTake(): Promise<void> {
    this.#taking = true
    try {
      for (;;) {
        const unknown = this.#health.unknownContainers(this.#waiting)
        if (unknown.length === 0) break
        await this.#health.learn(unknown, this.#source.http)
      }
    } finally {
      this.#taking = false
      this.#take()
      this.#source.resume()
    }
  }

  async #afterTaking(action: () => void): Promise<void> {
    while (this.#taking && !this.#disposed) await new Promise((resolve) => setTimeout(resolve, 10))
    action()
  }

  #take(): void {
    const events = this.#waiting
    this.#waiting = []
    for (const raw of events) {
      const name = raw.attributes['name']
      const event = this.#ring.push(
        {
          type: raw.type,
          action: raw.action,
          actor: { id: raw.id, ...(name === undefined ? {} : { name }), attributes: raw.attributes },
          time: isoTime(raw.timeNano),
          timeNano: raw.timeNano,
          healthCheck: this.#health.judge(raw),
          ...(raw.gapBefore ? { gapBefore: true } : {}),
          scope: raw.scope,
        },
        raw.bytes,
      )
      this.#tell(event)
    }
    this.#health.forgetUnsure()
    for (const wake of [...this.#wakers]) wake()
  }

  #reset(): void {
    this.#waiting = []
    this.#ring.clear()
    this.#health = new HealthChecks()
  }

  #tell(event: Filterable): void {
    for (const subscriber of [...this.#subscribers]) {
      const { since } = subscriber
      if (since !== undefined && compareNano(event.timeNano, this.#nanoOf(since)) < 0) continue
      subscriber.since = undefined
      try {
        subscriber.listener(strip(event))
      } catch (error) {
        this.#log(`A listener of events failed: ${String(error)}`)
      }
    }
  }
}

function readSince(text: string): string {
  const nano = parseSince(text)
  if (nano !== undefined) return nano
  throw new AppError('rpc/bad-input', `"${text.slice(0, 64)}" is not a time.`, {
    hint: 'Give ISO 8601, for example 2026-01-31T12:00:00Z, or seconds since 1970.',
    detail: { path: 'since' },
  })
}

/** Without what only filters look at. */
function strip(event: Filterable): EngineEvent {
  const item = { ...event }
  delete item.scope
  return item
}

/** Waits for calls, or for the end of `signal`; a call in between is not lost. */
function waiter(signal: AbortSignal): { call: () => void; wait: () => Promise<void>; end: () => void } {
  let called = false
  let resume: (() => void) | undefined
  const call = (): void => {
    called = true
    resume?.()
  }
  signal.addEventListener('abort', call)
  return {
    call,
    wait: async () => {
      if (!called) await new Promise<void>((resolve) => (resume = resolve))
      resume = undefined
      called = false
    },
    end: () => signal.removeEventListener('abort', call),
  }
}
