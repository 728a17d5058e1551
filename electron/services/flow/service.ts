import type { FlowOptions, FlowService } from '.'
import type { InputOf, ItemOf, OutputOf, ParsedInputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import { maskText } from '../engine'
import { matcher, type RequestsInput } from './filter'
import { LogObserver } from './log-observer'
import { observersOf, type Observers } from './observers'
import { OwnRequests } from './own'
import { RequestStore, type FlowRequest } from './requests'
import { TapObserver } from './tap-observer'
import { TraceObserver } from './trace-observer'
import { TraceControl } from './traces/control'
import { makeContext, removeContext } from './tap/context'
import { Tap } from './tap/tap'
import { Wake } from '../wake'

const DEFAULT_TAIL = 200

/** The observers, the store they fill, and who reads it. */
export class Flow implements FlowService {
  readonly #options: FlowOptions
  readonly #requestsChanged = new Wake()
  readonly #observersChanged = new Wake()
  readonly #store = new RequestStore(() => this.#requestsChanged.all())
  readonly #logObserver: LogObserver
  readonly #disposed = new AbortController()
  readonly #offLink: () => void
  #endpoint: string
  /** Readers that need dockerd's log. */
  #logReaders = 0
  #offEvents: (() => void) | undefined
  #tap: { tap: Tap; context: string | undefined } | undefined
  readonly #traceObserver: TraceObserver
  readonly #traces: TraceControl
  /** Readers of requests that may be told by traces, and of what there is to see them with. */
  #traceReaders = 0
  /** Starts and stops of the tap, one after another. */
  #queue: Promise<unknown> = Promise.resolve()
  #engine: { version: string; debug: boolean; rootless: boolean } | undefined

  constructor(options: FlowOptions) {
    this.#options = options
    this.#logObserver = new LogObserver({
      daemonLog: options.daemonLog,
      store: this.#store,
      own: new OwnRequests(),
      log: options.options.log,
      changed: () => this.#observersChanged.all(),
    })
    this.#traceObserver = new TraceObserver(this.#store, () => this.#observersChanged.all())
    this.#traces = new TraceControl({
      engine: options.engine,
      lifecycle: options.lifecycle,
      sandbox: options.sandboxTraces,
      onSpans: (batch) => this.#traceObserver.take(batch),
      changed: () => this.#observersChanged.all(),
    })
    this.#endpoint = options.engine.link.endpoint
    this.#offLink = options.engine.onLink((link) => {
      if (link.endpoint !== this.#endpoint) {
        this.#endpoint = link.endpoint
        this.#store.clear()
        this.#logObserver.clear()
        this.#traceObserver.clear()
        void this.#traces.turn()
        if (this.#traceReaders > 0) void this.#traces.look()
      }
      this.#engine = undefined
      this.#observersChanged.all()
      if (this.#logReaders > 0) void this.#askEngine()
    })
  }

  async *observers(signal: AbortSignal): AsyncGenerator<Observers> {
    const ended = AbortSignal.any([signal, this.#disposed.signal])
    const release = this.#readLog()
    const releaseTraces = this.#readTraces()
    try {
      await this.#options.engine.settled()
      await this.#askEngine()
      let told = ''
      while (!ended.aborted) {
        const seen = this.#observersChanged.calls
        const now = this.#observersNow()
        const text = JSON.stringify(now)
        if (text !== told) {
          told = text
          yield now
        }
        await this.#observersChanged.after(seen, ended)
      }
    } finally {
      release()
      releaseTraces()
    }
  }

  async *requests(input: RequestsInput, signal: AbortSignal): AsyncGenerator<FlowRequest> {
    const matches = matcher(input)
    const ended = AbortSignal.any([signal, this.#disposed.signal])
    const release = input.by === undefined || input.by.includes('log') ? this.#readLog() : undefined
    const releaseTraces =
      input.by === undefined || input.by.includes('trace') ? this.#readTraces() : undefined
    /** Requests that were shown and go on: their end is told even where it no longer matches. */
    const shown = new Set<string>()
    try {
      let cursor = this.#startOf(input, matches)
      while (!ended.aborted) {
        const seen = this.#requestsChanged.calls
        cursor = Math.max(cursor, this.#store.oldestSeq)
        for (; cursor < this.#store.nextSeq && !ended.aborted; cursor += 1) {
          const request = this.#store.at(cursor)
          if (!request || !(matches(request) || shown.has(request.id))) continue
          if (request.state === 'open') shown.add(request.id)
          else shown.delete(request.id)
          yield request
        }
        await this.#requestsChanged.after(seen, ended)
      }
    } finally {
      release?.()
      releaseTraces?.()
    }
  }

  startTap(input: InputOf<'flow.startTap'>): Promise<OutputOf<'flow.startTap'>> {
    return this.#oneByOne(() => this.#openTap(input))
  }

  stopTap(): Promise<OutputOf<'flow.stopTap'>> {
    return this.#oneByOne(async () => ({ stopped: await this.#closeTap() }))
  }

  async startTraces({ port }: InputOf<'flow.startTraces'>): Promise<OutputOf<'flow.startTraces'>> {
    const listened = await this.#traces.start(port)
    const { heardAt } = this.#traceObserver
    return { ...listened, ...(heardAt === undefined ? {} : { heardAt }) }
  }

  async stopTraces(): Promise<OutputOf<'flow.stopTraces'>> {
    return { stopped: await this.#traces.stop() }
  }

  sendTraces({ port }: InputOf<'flow.sendTraces'>): Promise<OutputOf<'flow.sendTraces'>> {
    return this.#traces.send(port)
  }

  endTraces(): Promise<OutputOf<'flow.endTraces'>> {
    return this.#traces.end()
  }

  spans({ id }: ParsedInputOf<'flow.spans'>): OutputOf<'flow.spans'> {
    const placed = this.#traceObserver.spansOf(id)
    const origin = placed[0]?.startNano ?? 0n
    return {
      spans: placed.map(({ spanId, parentId, name, kind, service, depth, failed, message, ...of }) => ({
        id: spanId,
        ...(parentId === undefined ? {} : { parentId }),
        name,
        kind,
        ...(service === undefined ? {} : { service }),
        depth,
        startMs: Number(of.startNano - origin) / 1e6,
        durationMs: Number(of.endNano - of.startNano) / 1e6,
        failed,
        ...(message === undefined ? {} : { message: maskText(message) }),
      })),
    }
  }

  async dispose(): Promise<void> {
    if (this.#disposed.signal.aborted) return
    this.#disposed.abort()
    this.#offLink()
    this.#offEvents?.()
    this.#logObserver.stop()
    await this.#oneByOne(() => this.#closeTap())
    await this.#traces.dispose()
  }

  /** The number to begin with: behind `after`, or such that the last `tail` matching ones come first. */
  #startOf(input: RequestsInput, matches: (request: FlowRequest) => boolean): number {
    const { oldestSeq, nextSeq } = this.#store
    if (input.after !== undefined) return Math.min(input.after + 1, nextSeq)
    let wanted = input.tail ?? DEFAULT_TAIL
    let cursor = nextSeq
    while (wanted > 0 && cursor > oldestSeq) {
      cursor -= 1
      const request = this.#store.at(cursor)
      if (request && matches(request)) wanted -= 1
    }
    return cursor
  }

  #observersNow(): Observers {
    const { engine } = this.#options
    const { socketPath, link } = engine
    return observersOf({
      link,
      version: this.#engine?.version,
      debug: this.#engine?.debug === true,
      rootless: this.#engine?.rootless === true,
      localSocket: socketPath !== undefined,
      log: this.#logObserver.following ? this.#logObserver.link : this.#unreadLog(),
      tap: this.#tapOf(socketPath),
      traces: this.#tracesNow(),
      sending: this.#traces.sending,
      portTaken: this.#traces.portTaken,
    })
  }

  /** A log that was looked for and is not followed is no source, whatever was found of it. */
  #unreadLog() {
    const link = this.#logObserver.link
    return link?.state === 'none' || link?.state === 'denied' ? link : undefined
  }

  /** The tap, when it leads to the engine in use; the engine may also be used through it. */
  #tapOf(socketPath: string | undefined): ItemOf<'flow.observers'>['tap'] {
    const standing = this.#tap
    if (!standing) return undefined
    const { tap } = standing
    return tap.upstream === socketPath || tap.socket === socketPath ? describe(standing) : undefined
  }

  /** Follows the log as long as anybody needs it. */
  #readLog(): () => void {
    this.#logReaders += 1
    if (this.#logReaders === 1) {
      this.#logObserver.start()
      // A reload may have switched debug on or off.
      this.#offEvents = this.#options.events.onEvent((event) => {
        if (event.type === 'daemon' && event.action === 'reload') void this.#askEngine()
      })
    }
    return () => {
      this.#logReaders -= 1
      if (this.#logReaders > 0) return
      this.#logObserver.stop()
      this.#offEvents?.()
      this.#offEvents = undefined
    }
  }

  /** Listens where dockerd's unit sends, as soon as anybody wants to see. */
  #readTraces(): () => void {
    this.#traceReaders += 1
    void this.#traces.look()
    return () => {
      this.#traceReaders -= 1
    }
  }

  async #askEngine(): Promise<void> {
    try {
      const { engine } = await this.#options.engine.status(this.#disposed.signal)
      this.#engine = engine && {
        version: engine.version,
        debug: engine.debug,
        rootless: engine.rootless,
      }
      this.#observersChanged.all()
    } catch (error) {
      if (!this.#disposed.signal.aborted) this.#options.options.log(`Observers: ${String(error)}`)
    }
  }

  async #openTap({ socket, context }: InputOf<'flow.startTap'>): Promise<OutputOf<'flow.startTap'>> {
    const { engine, options } = this.#options
    if (this.#tap) {
      const { tap } = this.#tap
      const same =
        (socket ?? tap.socket) === tap.socket && (context ?? this.#tap.context) === this.#tap.context
      if (same) return describe(this.#tap)
      throw new AppError('flow/tap-running', `A tap stands already at ${tap.socket}.`, {
        hint: 'Stop it first, or use it.',
        detail: { path: tap.socket },
      })
    }
    await engine.settled()
    const upstream = engine.socketPath
    if (upstream === undefined)
      throw new AppError(
        'flow/no-local-socket',
        'A tap needs a daemon behind a unix socket of this machine.',
        {
          hint: 'Name one with --endpoint unix:///path.',
          detail: { endpoint: engine.link.endpoint },
        },
      )
    const listener = new TapObserver(this.#store, () => this.#observersChanged.all(), options.log)
    const tap = await Tap.open({ upstream, socket, env: options.env, listener })
    try {
      if (context !== undefined) await makeContext(context, tap.socket, options.env)
    } catch (error) {
      await tap.close()
      throw error
    }
    this.#tap = { tap, context }
    this.#observersChanged.all()
    return describe(this.#tap)
  }

  async #closeTap(): Promise<boolean> {
    const standing = this.#tap
    if (!standing) return false
    this.#tap = undefined
    await standing.tap.close()
    this.#observersChanged.all()
    if (standing.context !== undefined) await removeContext(standing.context, this.#options.options.env)
    return true
  }

  #tracesNow(): ItemOf<'flow.observers'>['traces'] {
    const { listened } = this.#traces
    const { heardAt } = this.#traceObserver
    return listened && { ...listened, ...(heardAt === undefined ? {} : { heardAt }) }
  }
  #oneByOne<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => undefined)
    return done
  }
}

function describe({ tap, context }: { tap: Tap; context: string | undefined }): OutputOf<'flow.startTap'> {
  return {
    socket: tap.socket,
    endpoint: `unix://${tap.socket}`,
    upstream: tap.upstream,
    ...(context === undefined ? {} : { context }),
    since: tap.since,
    connections: tap.connections,
    blind: tap.blind,
  }
}
