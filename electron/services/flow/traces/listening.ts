import type { OutputOf } from '../../../contract/contract'
import { AppError } from '../../../contract/errors'
import { openTraceInbox, type TraceInbox } from './inbox'
import type { SpanBatch } from './otlp'

/** The port of OTLP over HTTP (opentelemetry.io, OTLP specification). */
const USUAL_PORT = 4_318

/** What is listened for now, without what has been heard. */
export type Listened = Omit<OutputOf<'flow.startTraces'>, 'heardAt'>

export interface TraceListeningOptions {
  /** The inbox of a sandbox that listens on this socket. */
  sandbox: (socketPath: string) => TraceInbox | undefined
  onSpans: (batch: SpanBatch) => void
  /** Called when it is listened for, or no longer. */
  changed: () => void
}

/**
 * Where traces of the engine in use come in: at a sandbox's own inbox, which is there as long as the
 * sandbox is, else at one that was asked for.
 */
export class TraceListening {
  #own: { inbox: TraceInbox; port: number } | undefined
  #sandbox: TraceInbox | undefined
  #read: { inbox: TraceInbox; stop: () => void } | undefined

  constructor(private readonly options: TraceListeningOptions) {}

  get now(): Listened | undefined {
    const inbox = this.#sandbox ?? this.#own?.inbox
    if (inbox === undefined) return undefined
    const { endpoint, since } = inbox
    return { endpoint, since, ...(inbox === this.#sandbox ? { sandbox: true } : {}) }
  }

  /** Another engine is in use: what another's inbox holds is not its own. */
  use(socketPath: string | undefined): void {
    this.#sandbox = socketPath === undefined ? undefined : this.options.sandbox(socketPath)
    this.#turn()
  }

  /**
   * Listens; one that listens already is answered when no other port is asked for. Throws
   * `flow/traces-running`, `flow/port-taken`.
   */
  async open(port: number | undefined): Promise<Listened> {
    const standing = this.now
    if (standing) {
      if (port === undefined || port === this.#own?.port || standing.endpoint.endsWith(`:${port}`))
        return standing
      throw new AppError('flow/traces-running', `Traces are listened for at ${standing.endpoint} already.`, {
        hint: 'Stop that first, or use it.',
        detail: { endpoint: standing.endpoint },
      })
    }
    const wanted = port ?? USUAL_PORT
    const inbox = await openTraceInbox(wanted).catch((error: unknown) => {
      throw new AppError('flow/port-taken', `Porthole could not listen on 127.0.0.1:${wanted}.`, {
        hint: 'Another program, or another Porthole, may collect traces there: end it, or name another port.',
        detail: { port: wanted, why: (error as NodeJS.ErrnoException).code ?? String(error) },
      })
    })
    this.#own = { inbox, port: wanted }
    this.#turn()
    const { endpoint, since } = inbox
    return { endpoint, since }
  }

  /** Listens no more. False when nothing was listened for; a sandbox's inbox is the sandbox's to close. */
  async close(): Promise<boolean> {
    const own = this.#own
    if (own === undefined) return false
    this.#own = undefined
    this.#turn()
    await own.inbox.close()
    return true
  }

  #turn(): void {
    const inbox = this.#sandbox ?? this.#own?.inbox
    if (this.#read?.inbox === inbox) return
    this.#read?.stop()
    this.#read = inbox && { inbox, stop: inbox.read(this.options.onSpans) }
    this.options.changed()
  }
}
