import { describe, expect, it } from 'vitest'
import { RequestStore, type Sighting } from '../../../../electron/services/flow/requests'

const at = Date.parse('2026-01-31T12:00:00Z')
const sighting = (by: Sighting['by'], more: Partial<Sighting> = {}): Sighting => ({
  by,
  method: 'GET',
  path: '/v1.41/info',
  route: '/info',
  at,
  ...more,
})
function all(store: RequestStore) {
  const found = []
  for (let seq = store.oldestSeq; seq < store.nextSeq; seq += 1) {
    const request = store.at(seq)
    if (request) found.push(request)
  }
  return found
}

describe('requests seen by several observers', () => {
  it('are one request, with what each of them knew', () => {
    const store = new RequestStore(() => undefined)
    const kept = store.begin(sighting('tap'), { state: 'open', client: { pid: 7 } })
    store.begin(sighting('log', { at: at + 3 }), { state: 'unseen', traceId: 'ab' })
    store.update(kept, { state: 'ended', status: 200, durationMs: 5 })
    store.begin(sighting('trace', { at: at - 1 }), { state: 'ended', durationMs: 4.9, status: 200 })
    expect(all(store)).toEqual([
      {
        seq: 4,
        id: '1',
        method: 'GET',
        path: '/v1.41/info',
        route: '/info',
        startedAt: '2026-01-31T12:00:00.000Z',
        state: 'ended',
        status: 200,
        durationMs: 5,
        client: { pid: 7 },
        traceId: 'ab',
        observedBy: ['tap', 'log', 'trace'],
      },
    ])
  })

  it.each([
    ['another path', { path: '/v1.41/version' }],
    ['another method', { method: 'HEAD' }],
    ['more than two seconds later', { at: at + 2_001 }],
    ['earlier', { at: at - 101 }],
  ])('are two when one is of %s', (_what, more) => {
    const store = new RequestStore(() => undefined)
    store.begin(sighting('tap'), {})
    store.begin(sighting('log', more), {})
    expect(all(store)).toHaveLength(2)
  })

  it('are told apart when they are alike: each line takes one, the oldest first', () => {
    const store = new RequestStore(() => undefined)
    for (let i = 0; i < 5; i += 1) store.begin(sighting('tap', { at: at + i }), {})
    for (let i = 0; i < 6; i += 1) store.begin(sighting('log', { at: at + i + 1 }), {})
    const requests = all(store)
    expect(requests).toHaveLength(6)
    expect(requests.filter(({ observedBy }) => observedBy.length === 2)).toHaveLength(5)
    // The same observer twice is two requests.
    store.begin(sighting('tap'), {})
    expect(all(store)).toHaveLength(6)
    store.begin(sighting('tap'), {})
    expect(all(store)).toHaveLength(7)
  })

  it('are found by a trace, which knows neither the query nor how the path was written', () => {
    const store = new RequestStore(() => undefined)
    const path = '/images/a%2Fb/json?manifests=1'
    store.begin(sighting('tap', { path, at }), { state: 'open' })
    store.begin(sighting('tap', { path, at: at + 1_000 }), { state: 'open' })
    const trace = { path: '/images/a/b/json' }
    // The later one ended first.
    const later = store.begin(sighting('trace', { ...trace, at: at + 1_001 }), { state: 'ended' })
    const first = store.begin(sighting('trace', { ...trace, at: at + 1 }), { state: 'ended' })
    expect([first.request.id, later.request.id]).toEqual(['1', '2'])
    store.begin(sighting('trace', { ...trace, at: at + 500 }), {})
    expect(all(store)).toHaveLength(3)
  })

  it('are found by the trace that dockerd’s own line names, whenever that came', () => {
    const store = new RequestStore(() => undefined)
    store.begin(sighting('log', { at }), { traceId: 'aa' })
    store.begin(sighting('log', { at: at + 900 }), { traceId: 'bb' })
    const kept = store.begin(sighting('trace', { at: at + 10, traceId: 'bb' }), {})
    expect(kept.request.traceId).toBe('bb')
    expect(all(store)).toHaveLength(2)
  })

  it('stand where their last update is, so that a late reader meets each once', () => {
    const store = new RequestStore(() => undefined, 4)
    const first = store.begin(sighting('tap', { path: '/events', route: '/events' }), { state: 'open' })
    for (const path of ['/a', '/b']) store.begin(sighting('tap', { path }), {})
    store.update(first, { status: 200 })
    expect(all(store).map(({ path }) => path)).toEqual(['/a', '/b', '/events'])
    for (const path of ['/c', '/d', '/e', '/f']) store.begin(sighting('tap', { path }), {})
    store.update(first, { state: 'ended' })
    expect(all(store).map(({ path }) => path)).toEqual(['/c', '/d', '/e', '/f'])
    store.clear()
    expect(all(store)).toEqual([])
    expect(store.nextSeq).toBeGreaterThan(8)
  })

  it('do not grow without end when nobody else ever sees them', () => {
    const store = new RequestStore(() => undefined, 100)
    for (let i = 0; i < 60_000; i += 1)
      store.begin(sighting('tap', { path: `/${i % 7}`, at: at + i * 100 }), { state: 'open' })
    expect(all(store)).toHaveLength(100)
    store.begin(sighting('log', { path: '/3', at: at + 5_999_900 }), {})
    expect(all(store).filter(({ observedBy }) => observedBy.length === 2)).toHaveLength(1)
  })
})
