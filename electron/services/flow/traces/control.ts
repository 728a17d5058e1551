import type { OutputOf } from '../../../contract/contract'
import { AppError } from '../../../contract/errors'
import type { EngineService } from '../../engine'
import type { LifecycleService } from '../../lifecycle'
import type { Observers } from '../observers'
import type { TraceInbox } from './inbox'
import { TraceListening, type Listened } from './listening'
import type { SpanBatch } from './otlp'
import { Sending } from './sending'
import { TRACES_SINCE } from './since'

type Sent = OutputOf<'flow.sendTraces'>

export interface TraceControlOptions {
  engine: Pick<EngineService, 'settled' | 'status' | 'socketPath'>
  /** Made when it is first needed. */
  lifecycle: () => Promise<Pick<LifecycleService, 'state' | 'traces'>>
  /** The inbox of a sandbox that listens on this socket. */
  sandbox: (socketPath: string) => TraceInbox | undefined
  onSpans: (batch: SpanBatch) => void
  /** Called when anything of it is another. */
  changed: () => void
}

/** Both ends of dockerd's traces: what is listened at here, and what its unit has it send to. */
export class TraceControl {
  readonly #options: TraceControlOptions
  readonly #listening: TraceListening
  readonly #sending: Sending
  /** One after another. */
  #queue: Promise<unknown> = Promise.resolve()
  #looked: Promise<void> | undefined
  /** Listening only because the drop-in of the engine in use says so. */
  #forDropIn = false
  /** Told not to listen, whatever the drop-in says. */
  #stopped = false
  /** The port that dockerd sends to is another program's. */
  portTaken = false

  constructor(options: TraceControlOptions) {
    this.#options = options
    this.#listening = new TraceListening(options)
    this.#sending = new Sending(options.lifecycle)
    this.#listening.use(options.engine.socketPath)
  }

  get listened(): Listened | undefined {
    return this.#listening.now
  }

  get sending(): Observers['sending'] {
    return this.#sending.now
  }

  /** Looks at dockerd's unit, once, and listens where its drop-in sends. Never throws. */
  look(): Promise<void> {
    this.#looked ??= this.#alone(() => this.#lookAtUnit())
    return this.#looked
  }

  /** The engine may be another, or another process: what its unit says is to be looked at anew. */
  async turn(): Promise<void> {
    this.#looked = undefined
    this.#listening.use(this.#options.engine.socketPath)
    await this.#alone(async () => {
      if (this.#forDropIn) await this.#listening.close()
      this.#forDropIn = this.#stopped = false
    })
  }

  /** Throws `flow/traces-running`, `flow/port-taken`. */
  start(port: number | undefined): Promise<Listened> {
    return this.#alone(async () => {
      if (port === undefined && this.listened === undefined) await this.#sending.look()
      const listened = await this.#listening.open(port ?? this.#portFor())
      this.#stopped = this.portTaken = false
      this.#options.changed()
      return listened
    })
  }

  stop(): Promise<boolean> {
    return this.#alone(async () => {
      this.#stopped = true
      return this.#listening.close()
    })
  }

  /** `flow.sendTraces`. */
  send(port: number | undefined): Promise<Sent> {
    return this.#alone(async () => {
      await this.#requireAble()
      await this.#sending.look()
      if (this.#sending.now === undefined)
        throw new AppError(
          'flow/no-systemd',
          'This dockerd is no service of systemd that Porthole may change.',
          {
            hint: 'Listen with flow.startTraces, and start dockerd with OTEL_EXPORTER_OTLP_ENDPOINT set to that endpoint.',
          },
        )
      const listenedBefore = this.listened !== undefined
      // First the one who listens: nothing of dockerd's start is to be lost.
      const { endpoint } = await this.#listening.open(port ?? this.#portFor())
      let sent: Sent | undefined
      try {
        sent = await this.#sending.change(endpoint)
        return sent
      } finally {
        if (sent?.outcome !== 'done' && !listenedBefore) await this.#listening.close()
        else this.#stopped = this.portTaken = false
        await this.#lookAtUnit()
      }
    })
  }

  /** `flow.endTraces`. */
  end(): Promise<Sent> {
    return this.#alone(async () => {
      try {
        const ended = await this.#sending.change(null)
        if (ended.outcome === 'done') await this.#listening.close()
        return ended
      } finally {
        await this.#lookAtUnit()
      }
    })
  }

  async dispose(): Promise<void> {
    await this.#alone(() => this.#listening.close())
  }

  async #lookAtUnit(): Promise<void> {
    await this.#sending.look()
    const { port } = this.#sending
    this.portTaken = false
    if (port !== undefined && this.listened === undefined && !this.#stopped)
      await this.#listening.open(port).then(
        () => (this.#forDropIn = true),
        () => (this.portTaken = true),
      )
    this.#options.changed()
  }

  /** The port of the drop-in, which has to stay; undefined where any will do. */
  #portFor(): number | undefined {
    return this.listened === undefined ? this.#sending.port : undefined
  }

  async #requireAble(): Promise<void> {
    const { engine } = this.#options
    await engine.settled()
    const version = (await engine.status(new AbortController().signal)).engine?.version
    if (version === undefined)
      throw new AppError(
        'engine/no-process',
        'dockerd does not answer, so nobody knows whether it can send traces.',
        {
          hint: 'Start it first.',
        },
      )
    if (Number.parseInt(version, 10) < TRACES_SINCE)
      throw new AppError(
        'engine/too-old',
        `dockerd ${version} sends no traces; ${TRACES_SINCE}.0 and newer do.`,
        {
          hint: 'A tap shows the requests of any version.',
          detail: { version },
        },
      )
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => undefined)
    return done
  }
}
