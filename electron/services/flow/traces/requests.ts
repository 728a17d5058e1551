import type { Span } from './otlp'

/** A request to the Engine API as dockerd's own traces tell it. */
export interface TracedRequest {
  traceId: string
  /** Of the span that is the request itself. */
  spanId: string
  method: string
  /** Without its query. */
  path: string
  query?: string
  /** The route as it is registered, e.g. `/containers/{name:.*}/start`. */
  route?: string
  status?: number
  userAgent?: string
  startNano: bigint
  endNano: bigint
}

/** A span below a request, with its place in the waterfall. */
export interface PlacedSpan extends Span {
  /** 0 for the request itself. */
  depth: number
}

export interface TraceStoreOptions {
  /** Spans that are kept in all; the oldest traces go first, and as a whole. */
  keepSpans?: number
  /** Spans that are kept of one trace. */
  keepOfTrace?: number
  /** A request whose span has come, and again whenever more of its trace has. */
  onRequest(request: TracedRequest): void
}

const KEEP_SPANS = 50_000
const KEEP_OF_TRACE = 1_000

/**
 * Joins spans into requests. They come in batches and from two programs, children before their
 * parents: a span is sent when it ends, and containerd sends its own.
 */
export class TraceStore {
  /** In the order in which the traces were first seen. */
  readonly #traces = new Map<string, Map<string, Span>>()
  readonly #keepSpans: number
  readonly #keepOfTrace: number
  readonly #onRequest: (request: TracedRequest) => void
  #size = 0

  constructor({ keepSpans = KEEP_SPANS, keepOfTrace = KEEP_OF_TRACE, onRequest }: TraceStoreOptions) {
    this.#keepSpans = keepSpans
    this.#keepOfTrace = keepOfTrace
    this.#onRequest = onRequest
  }

  /** Takes a batch. A span that is there already stays as it came first. */
  add(spans: readonly Span[]): void {
    const touched = new Set<string>()
    for (const span of spans) {
      const trace = this.#traces.get(span.traceId) ?? new Map<string, Span>()
      if (trace.has(span.spanId) || trace.size >= this.#keepOfTrace) continue
      this.#traces.set(span.traceId, trace.set(span.spanId, span))
      touched.add(span.traceId)
      this.#size += 1
    }
    this.#forgetOldest()
    for (const id of touched)
      for (const span of this.#traces.get(id)?.values() ?? []) {
        const request = requestOf(span)
        if (request !== undefined) this.#onRequest(request)
      }
  }

  /**
   * The request's span and everything below it, parents before their children and these by their
   * start. Empty when it is no longer kept. A span whose parent never came stands below the request.
   */
  spansOf(traceId: string, spanId: string): PlacedSpan[] {
    const trace = this.#traces.get(traceId)
    const root = trace?.get(spanId)
    if (trace === undefined || root === undefined) return []
    const requests = [...trace.values()].filter((span) => requestOf(span) !== undefined)
    const children = new Map<string, Span[]>()
    for (const span of trace.values()) {
      if (span === root) continue
      const parent = span.parentId !== undefined && trace.has(span.parentId) ? span.parentId : undefined
      // What lost its parent is the request's own only where the trace holds no other request.
      const above = parent ?? (requests.length === 1 ? root.spanId : undefined)
      if (above === undefined) continue
      const siblings = children.get(above)
      if (siblings === undefined) children.set(above, [span])
      else siblings.push(span)
    }
    const placed: PlacedSpan[] = []
    const seen = new Set<string>()
    const waiting: PlacedSpan[] = [{ ...root, depth: 0 }]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      // Spans that name each other as parents would have no end.
      if (seen.has(next.spanId)) continue
      seen.add(next.spanId)
      placed.push(next)
      const below = (children.get(next.spanId) ?? []).sort(latestFirst)
      for (const span of below) waiting.push({ ...span, depth: next.depth + 1 })
    }
    return placed
  }

  /** Forgets everything: the daemon it was about is not the one any more. */
  clear(): void {
    this.#traces.clear()
    this.#size = 0
  }

  #forgetOldest(): void {
    for (const [id, trace] of this.#traces) {
      if (this.#size <= this.#keepSpans) return
      this.#traces.delete(id)
      this.#size -= trace.size
    }
  }
}

function latestFirst(a: Span, b: Span): number {
  return a.startNano === b.startNano ? 0 : a.startNano < b.startNano ? 1 : -1
}

/**
 * The request that a span is: the server's side of HTTP. The names of the attributes changed with
 * the semantic conventions of OpenTelemetry 1.20 to 1.26, and so did the span's (29: `POST` alone).
 */
export function requestOf(span: Span): TracedRequest | undefined {
  if (span.kind !== 'server') return undefined
  const of = span.attributes
  const method = of['http.request.method'] ?? of['http.method']
  if (method === undefined) return undefined
  const target = of['url.path'] ?? of['http.target'] ?? pathOf(of['http.url']) ?? ''
  const [path = '', inTarget] = target.split('?', 2)
  const query = of['url.query'] ?? inTarget
  const route = of['http.route']
  const userAgent = of['user_agent.original'] ?? of['http.user_agent']
  const status = Number(of['http.response.status_code'] ?? of['http.status_code'])
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    method,
    path,
    ...(query === undefined || query === '' ? {} : { query }),
    ...(route === undefined ? {} : { route }),
    ...(Number.isInteger(status) && status >= 100 && status < 600 ? { status } : {}),
    ...(userAgent === undefined ? {} : { userAgent }),
    startNano: span.startNano,
    endNano: span.endNano,
  }
}

function pathOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined
  const { pathname, search } = new URL(url)
  return pathname + search
}
