import { createServer, type Server, type Socket } from 'node:net'
import { AppError } from '../../../contract/errors'
import { ExchangeReader, type Exchange } from './exchange'
import { forward, QUEUE_BYTES } from './forward'
import { Naming } from './naming'
import { Peers, type Peer } from './peers'
import { takePlace, type TapPlace } from './place'

/** What passes through a tap. */
export interface TapListener {
  started(exchange: Exchange, peer: Peer | undefined): void
  /** The client of requests that have started was found. */
  named(exchanges: readonly Exchange[], peer: Peer): void
  answered(exchange: Exchange): void
  ended(exchange: Exchange, how: 'ended' | 'cut' | 'unseen'): void
  /** A connection was opened or closed, or cannot be read along any more. */
  changed(): void
  log(line: string): void
}

export interface TapOptions {
  /** Path of dockerd's socket. */
  upstream: string
  /** Path to listen on; one in a private folder when absent. */
  socket?: string | undefined
  env: NodeJS.ProcessEnv
  listener: TapListener
}

/**
 * A socket that is dockerd's to its clients. Each connection gets one of its own to dockerd, and
 * the bytes are read along beside their way; a dockerd that is gone closes connections, not the tap.
 */
export class Tap {
  readonly socket: string
  readonly upstream: string
  readonly since = new Date().toISOString()
  readonly #place: TapPlace
  readonly #server: Server
  readonly #listener: TapListener
  readonly #peers = new Peers()
  readonly #cuts = new Set<() => void>()
  #blind = 0

  /** Opens it. Throws `flow/path-refused`. */
  static async open(options: TapOptions): Promise<Tap> {
    const place = await takePlace(options)
    const tap = new Tap(place, options)
    try {
      await tap.#listen()
    } catch (error) {
      place.leave()
      throw new AppError('flow/path-refused', `Nothing can listen on ${place.path}.`, {
        hint: (error as Error).message,
        detail: { path: place.path },
        cause: error,
      })
    }
    return tap
  }

  private constructor(place: TapPlace, { upstream, listener }: TapOptions) {
    this.#place = place
    this.socket = place.path
    this.upstream = upstream
    this.#listener = listener
    this.#server = createServer({ allowHalfOpen: true, highWaterMark: QUEUE_BYTES }, (client) =>
      this.#accept(client),
    )
  }

  /** Connections that stand now. */
  get connections(): number {
    return this.#cuts.size
  }

  /** Connections so far that could not be read along to their end. */
  get blind(): number {
    return this.#blind
  }

  /** Ends it and the connections that stand. */
  async close(): Promise<void> {
    this.#peers.dispose()
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const cut of [...this.#cuts]) cut()
    await closed
    // The socket itself is removed by Node.
    this.#place.leave()
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      // The socket is bound within this call: it is never there with another mode.
      const before = process.umask(0o177)
      try {
        this.#server.listen(this.#place.path, () => {
          this.#server.off('error', reject)
          // Descriptors may run out for a while; whoever is connected stays.
          this.#server.on('error', (error) => this.#listener.log(`The tap: ${error.message}`))
          resolve()
        })
      } finally {
        process.umask(before)
      }
    })
  }

  #accept(client: Socket): void {
    const naming = new Naming(this.#peers, client, (exchanges, peer) => this.#listener.named(exchanges, peer))
    const reader = new ExchangeReader({
      started: (exchange) => {
        this.#listener.started(exchange, naming.peer)
        naming.began(exchange)
      },
      answered: (exchange) => this.#listener.answered(exchange),
      ended: (exchange, how) => this.#listener.ended(exchange, how),
      blind: (reason) => {
        this.#blind += 1
        this.#listener.log(`A connection of the tap is not read along: ${reason}`)
        this.#listener.changed()
      },
    })
    const cut = forward(client, this.upstream, {
      fromClient: (chunk) => reader.fromClient(chunk),
      fromEngine: (chunk) => reader.fromEngine(chunk),
      engineEnded: () => reader.engineEnded(),
      closed: () => {
        this.#cuts.delete(cut)
        reader.closed()
        this.#listener.changed()
      },
    })
    this.#cuts.add(cut)
    this.#listener.changed()
  }
}
