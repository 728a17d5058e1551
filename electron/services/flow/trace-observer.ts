import { OWN_AGENT } from '../engine'
import { maskedPath } from './path'
import type { Kept, RequestStore, Update } from './requests'
import { routeOf } from './route'
import type { SpanBatch } from './traces/otlp'
import { TraceStore, type PlacedSpan, type TracedRequest } from './traces/requests'

/** Requests whose spans can be asked for. */
const KEEP = 20_000

/**
 * Brings what dockerd and containerd tell of themselves into the store. A trace is told after its
 * request has ended, so most requests are there already by then.
 */
export class TraceObserver {
  readonly #store: RequestStore
  readonly #traces = new TraceStore({ onRequest: (request) => this.#take(request) })
  /** By the request's own span, in the order in which they came. */
  readonly #kept = new Map<string, Kept>()
  /** By the id of the request in the store. */
  readonly #traced = new Map<string, TracedRequest>()
  readonly #changed: () => void
  /** When the first spans came, ISO 8601. */
  heardAt: string | undefined

  /** `changed` is called when the first spans come. */
  constructor(store: RequestStore, changed: () => void) {
    this.#store = store
    this.#changed = changed
  }

  take({ spans }: SpanBatch): void {
    if (spans.length === 0) return
    this.#traces.add(spans)
    if (this.heardAt !== undefined) return
    this.heardAt = new Date().toISOString()
    this.#changed()
  }

  /** The waterfall of a request: itself first, then everything below it. Empty when none was told. */
  spansOf(requestId: string): PlacedSpan[] {
    const traced = this.#traced.get(requestId)
    return traced === undefined ? [] : this.#traces.spansOf(traced.traceId, traced.spanId)
  }

  /** Forgets everything: it was another daemon's. */
  clear(): void {
    this.#traces.clear()
    this.#kept.clear()
    this.#traced.clear()
    this.heardAt = undefined
  }

  /** Called again for a request whenever more of its trace comes: it is itself told only once. */
  #take(traced: TracedRequest): void {
    if (this.#kept.has(traced.spanId)) return
    const path = maskedPath(traced.query === undefined ? traced.path : `${traced.path}?${traced.query}`)
    const at = Number(traced.startNano / 1_000n) / 1_000
    const { method, traceId } = traced
    const kept = this.#store.begin(
      { by: 'trace', method, path, route: routeOf(path), at, traceId },
      knownOf(traced),
    )
    this.#kept.set(traced.spanId, kept)
    this.#traced.set(kept.request.id, traced)
    if (this.#kept.size <= KEEP) return
    const [oldest] = this.#kept
    if (oldest === undefined) return
    this.#kept.delete(oldest[0])
    this.#traced.delete(oldest[1].request.id)
  }
}

function knownOf({ startNano, endNano, status, userAgent, traceId }: TracedRequest): Update {
  return {
    state: 'ended',
    durationMs: Number(endNano - startNano) / 1e6,
    traceId,
    ...(status === undefined ? {} : { status }),
    ...(userAgent === undefined ? {} : { client: { userAgent } }),
    ...(userAgent === OWN_AGENT ? { own: true } : {}),
  }
}
