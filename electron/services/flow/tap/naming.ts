import type { Socket } from 'node:net'
import type { Exchange } from './exchange'
import type { Peer, Peers } from './peers'

/** Who is at the other end of one connection: looked for at its first request. */
export class Naming {
  readonly #peers: Peers
  readonly #client: Socket
  readonly #named: (exchanges: readonly Exchange[], peer: Peer) => void
  #sought: 'not-yet' | 'now' | 'done' = 'not-yet'
  #waiting: Exchange[] = []
  /** Once it was found. */
  peer: Peer | undefined

  /** `named` is told of the requests that began before the client was found. */
  constructor(peers: Peers, client: Socket, named: (exchanges: readonly Exchange[], peer: Peer) => void) {
    this.#peers = peers
    this.#client = client
    this.#named = named
  }

  /** A request has begun. */
  began(exchange: Exchange): void {
    if (this.#sought === 'done') return
    this.#waiting.push(exchange)
    if (this.#sought === 'now') return
    this.#sought = 'now'
    this.#peers.find(this.#client, (peer) => {
      this.#sought = 'done'
      this.peer = peer
      if (peer) this.#named(this.#waiting, peer)
      this.#waiting = []
    })
  }
}
