import { OWN_AGENT } from '../engine'
import { maskedPath } from './path'
import type { Kept, RequestStore, Update } from './requests'
import { routeOf } from './route'
import type { Exchange } from './tap/exchange'
import type { Peer } from './tap/peers'
import type { TapListener } from './tap/tap'

/** Brings what passes through a tap into the store. */
export class TapObserver implements TapListener {
  readonly #store: RequestStore
  readonly #kept = new WeakMap<Exchange, Kept>()
  readonly changed: () => void
  readonly log: (line: string) => void

  /** `changed` is called when connections come and go. */
  constructor(store: RequestStore, changed: () => void, log: (line: string) => void) {
    this.#store = store
    this.changed = changed
    this.log = log
  }

  started(exchange: Exchange, peer: Peer | undefined): void {
    const { method, target, userAgent, contentType } = exchange.request
    const path = maskedPath(target)
    const known: Update = { state: 'open' }
    if (contentType !== undefined) known.requestType = contentType
    Object.assign(known, clientOf(peer, userAgent))
    const sighting = { by: 'tap', method, path, route: routeOf(path), at: exchange.startedAt } as const
    this.#kept.set(exchange, this.#store.begin(sighting, known))
  }

  named(exchanges: readonly Exchange[], peer: Peer): void {
    for (const exchange of exchanges) this.#update(exchange, clientOf(peer, exchange.request.userAgent))
  }

  answered(exchange: Exchange): void {
    this.#update(exchange, answerOf(exchange))
  }

  ended(exchange: Exchange, how: 'ended' | 'cut' | 'unseen'): void {
    const { durationMs, requestBytes, responseBytes } = exchange
    this.#update(exchange, {
      ...answerOf(exchange),
      state: how,
      requestBytes,
      responseBytes,
      ...(durationMs === undefined || how === 'unseen' ? {} : { durationMs: round(durationMs) }),
    })
  }

  #update(exchange: Exchange, update: Update): void {
    const kept = this.#kept.get(exchange)
    if (kept) this.#store.update(kept, update)
  }
}

function answerOf({ response }: Exchange): Update {
  if (!response) return {}
  const { status, contentType, upgrade } = response
  return {
    status,
    ...(contentType === undefined ? {} : { responseType: contentType }),
    ...(upgrade === undefined || status !== 101 ? {} : { upgrade: upgrade.slice(0, 32) }),
  }
}

function clientOf(peer: Peer | undefined, userAgent: string | undefined): Update {
  if (!peer && userAgent === undefined) return {}
  const own = peer?.pid === process.pid || userAgent === OWN_AGENT
  return {
    client: { ...peer, ...(userAgent === undefined ? {} : { userAgent }) },
    ...(own ? { own } : {}),
  }
}

/** Microseconds are what the clock can tell. */
function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
