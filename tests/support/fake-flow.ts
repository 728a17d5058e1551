import type { Handlers, ItemOf, OutputOf } from '../../electron/contract/contract'

type FlowRequest = ItemOf<'flow.requests'>

/** A `docker run` as a tap sees it, a request of Porthole's own, and one that failed. */
function requests(): FlowRequest[] {
  const id = '3f9c'.repeat(16)
  const rows: [method: string, path: string, route: string, status: number, ms: number][] = [
    ['HEAD', '/_ping', '/_ping', 200, 0.4],
    ['POST', '/v1.50/containers/create?name=web', '/containers/create', 201, 48.9],
    ['POST', `/v1.50/containers/${id}/start`, '/containers/{id}/start', 204, 107.2],
    ['GET', '/v1.50/containers/nobody/json', '/containers/{id}/json', 404, 0.7],
    ['GET', '/v1.50/info', '/info', 200, 12.1],
  ]
  return rows.map(([method, path, route, status, durationMs], index) => ({
    seq: index + 1,
    id: String(index + 1),
    method,
    path,
    route,
    startedAt: new Date(Date.UTC(2026, 0, 31, 12, 0, index)).toISOString(),
    state: 'ended',
    durationMs,
    status,
    requestBytes: method === 'POST' ? 1_204 : 0,
    responseBytes: method === 'HEAD' ? 0 : 312,
    client: { pid: 4_242, process: 'docker', userAgent: 'Docker-Client/28.5.2 (linux)' },
    observedBy: ['tap', 'log'],
    ...(route === '/_ping' ? { healthCheck: true } : {}),
    ...(route === '/info' ? { own: true } : {}),
    ...(status === 404 ? { error: 'No such container: nobody' } : {}),
  }))
}

type FlowHandlers = Pick<
  Handlers,
  | 'flow.observers'
  | 'flow.requests'
  | 'flow.startTap'
  | 'flow.stopTap'
  | 'flow.startTraces'
  | 'flow.stopTraces'
  | 'flow.sendTraces'
  | 'flow.endTraces'
  | 'flow.spans'
>

/** The flow of a fake daemon: what has happened is there, and a tap can be opened and closed. */
export function fakeFlow({ connected, empty }: { connected: boolean; empty: boolean }): FlowHandlers {
  let tap: ItemOf<'flow.observers'>['tap']
  let traces: ItemOf<'flow.observers'>['traces']
  let dropIn: NonNullable<ItemOf<'flow.observers'>['sending']>['dropIn']
  let changed: (() => void) | undefined
  const sent = (): OutputOf<'flow.sendTraces'> => {
    changed?.()
    const at = new Date().toISOString()
    const steps = (['write', 'activate', 'verify'] as const).map((step) => ({
      step,
      state: 'done' as const,
      at,
    }))
    return { outcome: 'done', evidence: { log: ['systemctl daemon-reload'] }, steps, problems: [] }
  }
  const never = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  return {
    async *'flow.observers'(_input, { signal }) {
      while (!signal.aborted) {
        const down = connected ? {} : { obstacle: 'engine-down' as const }
        yield {
          ...(connected ? { standsOn: tap ? ('tap' as const) : ('events' as const) } : {}),
          observers: [
            connected
              ? { kind: 'trace', state: 'possible', ...(dropIn ? {} : { needs: 'send-traces' }) }
              : { kind: 'trace', state: 'impossible', obstacle: 'engine-down' },
            tap ? { kind: 'tap', state: 'on' } : { kind: 'tap', state: 'possible', needs: 'start-tap' },
            connected
              ? { kind: 'log', state: 'possible', needs: 'debug' }
              : { kind: 'log', state: 'impossible', ...down },
            { kind: 'events', state: connected ? 'on' : 'impossible', ...down },
          ],
          ...(tap ? { tap } : {}),
          ...(traces ? { traces } : {}),
          sending: { unit: 'docker.service', ...(dropIn ? { dropIn } : {}) },
        }
        await Promise.race([never(signal), new Promise<void>((resolve) => (changed = resolve))])
      }
    },
    async *'flow.requests'({ after }, { signal }) {
      for (const request of empty ? [] : requests()) if (request.seq > (after ?? 0)) yield request
      await never(signal)
    },
    'flow.startTap': ({ socket = '/run/user/1000/porthole-tap-x/docker.sock', context }) => {
      tap ??= {
        socket,
        endpoint: `unix://${socket}`,
        upstream: '/run/docker.sock',
        ...(context === undefined ? {} : { context }),
        since: new Date().toISOString(),
        connections: 0,
        blind: 0,
      }
      changed?.()
      return Promise.resolve(tap)
    },
    'flow.startTraces': ({ port = 4_318 }) => {
      traces ??= { endpoint: `http://127.0.0.1:${port}`, since: new Date().toISOString() }
      changed?.()
      return Promise.resolve(traces)
    },
    'flow.stopTraces': () => {
      const stopped = traces !== undefined
      traces = undefined
      changed?.()
      return Promise.resolve({ stopped })
    },
    'flow.sendTraces': ({ port = 4_318 }) => {
      const endpoint = `http://127.0.0.1:${port}`
      traces ??= { endpoint, since: new Date().toISOString() }
      dropIn = { path: '/etc/systemd/system/docker.service.d/porthole-traces.conf', endpoint }
      return Promise.resolve(sent())
    },
    'flow.endTraces': () => {
      traces = dropIn = undefined
      return Promise.resolve(sent())
    },
    'flow.spans': () => Promise.resolve({ spans: [] }),
    'flow.stopTap': () => {
      const stopped = tap !== undefined
      tap = undefined
      changed?.()
      return Promise.resolve({ stopped })
    },
  }
}
