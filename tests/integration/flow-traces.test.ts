import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDaemonLogService } from '../../electron/services/daemon-log'
import { createEngineService } from '../../electron/services/engine'
import { createEventsService } from '../../electron/services/events'
import { createFlowService, type FlowRequest } from '../../electron/services/flow'
import type { Span } from '../../electron/services/flow/traces/otlp'
import { startTraceReceiver, type TraceReceiver } from '../../electron/services/flow/traces/receiver'
import { TraceStore, type PlacedSpan, type TracedRequest } from '../../electron/services/flow/traces/requests'
import { runDocker } from '../support/docker-command'
import { Lab, nextBin } from '../support/lab'
import { noUnit } from '../support/no-unit'
import { until } from '../support/until'

// dockerd tells of its work since 25; the one of the system may be older.
describe('the traces of a real dockerd', () => {
  const all: Span[] = []
  const requests = new Map<string, TracedRequest>()
  const traces = new TraceStore({ onRequest: (request) => requests.set(request.spanId, request) })
  let receiver: TraceReceiver | undefined
  let lab: Lab

  beforeEach((context) =>
    context.skip(nextBin === undefined, 'There is no dockerd of 25 or newer: set PORTHOLE_TEST_DOCKERD.'),
  )
  beforeAll(async () => {
    if (nextBin === undefined) return
    receiver = await startTraceReceiver({
      onSpans: ({ spans }) => {
        all.push(...spans)
        traces.add(spans)
      },
    })
    lab = await Lab.start({
      generation: 'next',
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY: '200' },
    })
    requests.clear()
  })
  afterAll(async () => {
    if (receiver === undefined) return
    await lab.stop()
    await receiver.close()
  })

  const request = (method: string, path: RegExp) =>
    until(`${method} ${path.source}`, () =>
      [...requests.values()].find((one) => one.method === method && path.test(one.path)),
    )
  const named = (spans: readonly PlacedSpan[], name: RegExp): PlacedSpan | undefined =>
    spans.find((span) => name.test(span.name))

  it('show one docker run as its requests, each with what it set in motion', async () => {
    lab.docker('run', '--rm', '--network', 'none', lab.importBusybox(), 'true')
    const create = await request('POST', /\/containers\/create$/)
    const wait = await request('POST', /\/containers\/[0-9a-f]{64}\/wait$/)
    const start = await request('POST', /\/containers\/[0-9a-f]{64}\/start$/)
    expect([create.status, wait.status, start.status]).toEqual([201, 200, 204])
    expect(create.userAgent).toMatch(/^Docker-Client\//)

    const spans = await until('the shim to have started its task', () => {
      const placed = traces.spansOf(start.traceId, start.spanId)
      return named(placed, /containerd\.task\.v[23]\.Task\/Start$/) && placed
    })
    for (const name of [
      /^daemon\.containerStart$/,
      /containers\.v1\.Containers\/Create$/,
      /tasks\.v1\.Tasks\/Create$/,
      /tasks\.v1\.Tasks\/Start$/,
    ])
      expect(named(spans, name), name.source).toBeDefined()

    // Parent and child as the hops themselves say it, and no child outside of its parent's time
    // (attach and wait outlive what they wait for; a start does not).
    const byId = new Map(spans.map((span) => [span.spanId, span]))
    for (const span of spans.slice(1)) {
      const parent = byId.get(span.parentId ?? '')
      expect(parent?.depth, span.name).toBe(span.depth - 1)
      expect(span.startNano >= (parent?.startNano ?? 0n), span.name).toBe(true)
    }
    const told = all.find(({ spanId }) => spanId === start.spanId)
    expect([start.startNano, start.endNano]).toEqual([told?.startNano, told?.endNano])
  })

  it('tell what failed, by whom it was asked and with which status', async () => {
    expect(() => lab.docker('inspect', 'nobody')).toThrow()
    expect(await request('GET', /\/containers\/nobody\/json$/)).toMatchObject({ status: 404 })
  })
})

describe('a request that everybody sees', () => {
  beforeEach((context) =>
    context.skip(nextBin === undefined, 'There is no dockerd of 25 or newer: set PORTHOLE_TEST_DOCKERD.'),
  )

  it('is one: by a tap, by dockerd’s line and by its trace, with its waterfall', async () => {
    // dockerd has to know where to send before it starts, as the port of a collector is known.
    const probe = await startTraceReceiver({ onSpans: () => undefined })
    const port = Number(new URL(probe.endpoint).port)
    await probe.close()
    const lab = await Lab.start({
      generation: 'next',
      config: '{"debug": true}\n',
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: probe.endpoint, OTEL_BSP_SCHEDULE_DELAY: '200' },
    })
    const options = {
      endpoint: lab.endpoint,
      daemonLog: lab.logFile,
      env: { PATH: lab.path },
      log: () => undefined,
    }
    const engine = createEngineService(options)
    const events = createEventsService(engine, options)
    const daemonLog = createDaemonLogService({ engine, options, pollMs: 100 })
    const flow = createFlowService({ engine, events, daemonLog, options, ...noUnit })
    const stop = new AbortController()
    const seen = new Map<string, FlowRequest>()
    try {
      expect(await flow.startTraces({ port })).toMatchObject({ endpoint: probe.endpoint })
      await expect(flow.startTraces({ port: port + 1 })).rejects.toMatchObject({
        code: 'flow/traces-running',
      })
      const { endpoint } = await flow.startTap({})
      const reading = (async () => {
        for await (const item of flow.requests({}, stop.signal)) seen.set(item.id, item)
      })()
      for await (const { observers } of flow.observers(AbortSignal.timeout(60_000)))
        if (observers.every(({ state }) => state === 'on')) break
      await runDocker(endpoint, ['volume', 'create', 'flow-probe'])
      const found = await until('the request to be seen by all', () =>
        [...seen.values()].find(
          ({ route, method, observedBy }) =>
            method === 'POST' && route === '/volumes/create' && observedBy.length === 3,
        ),
      )
      expect(found).toMatchObject({ state: 'ended', status: 201 })
      // In the order in which they told of it.
      expect([...found.observedBy].sort()).toEqual(['log', 'tap', 'trace'])
      expect([...seen.values()].filter(({ route }) => route === '/volumes/create')).toHaveLength(1)
      const { spans } = flow.spans({ id: found.id })
      expect(spans[0]).toMatchObject({ depth: 0, startMs: 0, kind: 'server' })
      expect(flow.spans({ id: 'nobody' })).toEqual({ spans: [] })
      expect(await flow.stopTraces()).toEqual({ stopped: true })
      expect(flow.spans({ id: found.id }).spans).toEqual(spans)
      stop.abort()
      await reading
    } finally {
      stop.abort()
      await flow.dispose()
      await daemonLog.dispose()
      await events.dispose()
      await engine.dispose()
      await lab.stop()
    }
  })
})
