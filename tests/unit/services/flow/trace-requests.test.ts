import { describe, expect, it } from 'vitest'
import type { Span } from '../../../../electron/services/flow/traces/otlp'
import { requestOf, TraceStore, type TracedRequest } from '../../../../electron/services/flow/traces/requests'

const TRACE = 'a'.repeat(32)
const id = (n: number): string => n.toString(16).padStart(16, '0')
const span = (n: number, more: Partial<Span> = {}): Span => ({
  traceId: TRACE,
  spanId: id(n),
  name: `span ${n}`,
  kind: 'internal',
  startNano: BigInt(n) * 1_000n,
  endNano: BigInt(n) * 1_000n + 500n,
  attributes: {},
  failed: false,
  ...more,
})
const http = (n: number, attributes: Record<string, string>, more: Partial<Span> = {}): Span =>
  span(n, { kind: 'server', attributes, ...more })
const CREATE = { 'http.request.method': 'POST', 'url.path': '/v1.50/containers/create' }

describe('a request among spans', () => {
  it('is told by the attributes of newer and of older conventions', () => {
    expect(
      requestOf(
        http(1, {
          ...CREATE,
          'url.query': 'name=c1',
          'http.route': '/containers/create',
          'http.response.status_code': '201',
          'user_agent.original': 'Docker-Client/28.5.2 (linux)',
        }),
      ),
    ).toEqual({
      traceId: TRACE,
      spanId: id(1),
      method: 'POST',
      path: '/v1.50/containers/create',
      query: 'name=c1',
      route: '/containers/create',
      status: 201,
      userAgent: 'Docker-Client/28.5.2 (linux)',
      startNano: 1_000n,
      endNano: 1_500n,
    })
    expect(
      requestOf(http(1, { 'http.method': 'GET', 'http.target': '/info?x=1', 'http.status_code': 'soon' })),
    ).toMatchObject({ method: 'GET', path: '/info', query: 'x=1' })
    expect(requestOf(http(1, { 'http.method': 'GET', 'http.url': 'http://d/v1.44/info' }))).toMatchObject({
      path: '/v1.44/info',
    })
  })

  it('is no client’s side of one, and no other server’s call', () => {
    expect(requestOf(span(1, { kind: 'client', attributes: CREATE }))).toBeUndefined()
    expect(requestOf(http(1, { 'rpc.method': 'Create' }))).toBeUndefined()
  })
})

describe('the spans of a request', () => {
  const store = (options: { keepSpans?: number; keepOfTrace?: number } = {}) => {
    const requests: TracedRequest[] = []
    return { requests, traces: new TraceStore({ ...options, onRequest: (one) => requests.push(one) }) }
  }
  const shape = (traces: TraceStore, n = 1): string[] =>
    traces.spansOf(TRACE, id(n)).map(({ depth, spanId }) => `${'-'.repeat(depth)}${Number(`0x${spanId}`)}`)

  it('are put in order although children come first and another program tells of some later', () => {
    const { requests, traces } = store()
    traces.add([span(4, { parentId: id(2) }), span(3, { parentId: id(2) }), span(2, { parentId: id(1) })])
    expect(requests).toEqual([])
    traces.add([http(1, CREATE)])
    expect(shape(traces)).toEqual(['1', '-2', '--3', '--4'])
    traces.add([span(5, { parentId: id(3), service: 'containerd' })])
    expect(shape(traces)).toEqual(['1', '-2', '--3', '---5', '--4'])
    expect(requests.map(({ spanId }) => spanId)).toEqual([id(1), id(1)])
  })

  it('hang from the request itself where their parent never came, unless there are two requests', () => {
    const { traces } = store()
    traces.add([http(1, CREATE), span(2, { parentId: id(99) })])
    expect(shape(traces)).toEqual(['1', '-2'])
    traces.add([http(7, CREATE)])
    expect(shape(traces)).toEqual(['1'])
    expect(shape(traces, 7)).toEqual(['7'])
  })

  it('have an end though they name each other as parents', () => {
    const { traces } = store()
    traces.add([http(1, CREATE, { parentId: id(2) }), span(2, { parentId: id(1) })])
    expect(shape(traces)).toEqual(['1', '-2'])
  })

  it('are kept in bounds, the newest of all and the first of one trace', () => {
    const { traces } = store({ keepSpans: 3, keepOfTrace: 2 })
    traces.add([http(1, CREATE), span(2, { parentId: id(1) }), span(3, { parentId: id(1) })])
    expect(shape(traces)).toEqual(['1', '-2'])
    const other = 'b'.repeat(32)
    traces.add([http(4, CREATE, { traceId: other }), span(5, { traceId: other, parentId: id(4) })])
    expect(shape(traces)).toEqual([])
    expect(traces.spansOf(other, id(4))).toHaveLength(2)
  })
})
