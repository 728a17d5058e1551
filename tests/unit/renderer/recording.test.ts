import { describe, expect, it } from 'vitest'
import { eventNames, lineNames, objectsOf, timeOf, within } from '../../../renderer/src/features/flow/around'
import { ClientTally } from '../../../renderer/src/features/flow/clients'
import type { FlowRequest } from '../../../renderer/src/features/flow/reach'
import {
  piecesOf,
  recordedOf,
  type RecordingEntry,
  type RecordingHead,
} from '../../../renderer/src/features/flow/recording-file'

const ID = '0123456789ab'.padEnd(64, 'f')
const request: FlowRequest = {
  seq: 1,
  id: '1',
  method: 'POST',
  path: `/v1.41/containers/${ID}/start?t=1`,
  route: '/containers/{id}/start',
  startedAt: '2026-01-31T12:00:00.000Z',
  state: 'ended',
  durationMs: 100,
  observedBy: ['tap'],
}
const line = (message: string, fields: Record<string, string> = {}) => ({ message, fields })
const event = (id: string, attributes: Record<string, string> = {}, name?: string) => ({
  actor: { id, attributes, ...(name === undefined ? {} : { name }) },
})

describe('what is around a request', () => {
  it('is what names it: its path, its trace, or the object it is about', () => {
    expect(lineNames(line(`Calling POST /v1.41/containers/${ID}/start`), request)).toBe(true)
    expect(
      lineNames(line('handling POST request', { 'request-url': `/v1.41/containers/${ID}/start` }), request),
    ).toBe(true)
    expect(lineNames(line('starting', { container: '0123456789ab' }), request)).toBe(true)
    expect(lineNames(line('any', { traceID: 'a'.repeat(32) }), { ...request, traceId: 'a'.repeat(32) })).toBe(
      true,
    )
    expect(lineNames(line('Calling GET /v1.41/info'), request)).toBe(false)
    expect(lineNames(line('container fedcba987654 started'), request)).toBe(false)
  })

  it('takes no part of a longer name for a name', () => {
    const web = { path: '/v1.41/containers/create?name=web', route: '/containers/create' }
    expect(objectsOf(web)).toEqual(['web'])
    expect(lineNames(line('container web created'), web)).toBe(true)
    expect(lineNames(line('container website and web-2 created'), web)).toBe(false)
    expect(lineNames(line('Calling GET /_ping'), { path: '/', route: '/' })).toBe(false)
  })

  it('has the events of its object', () => {
    expect(eventNames(event(ID), request)).toBe(true)
    expect(eventNames(event('network', { container: ID }), request)).toBe(true)
    expect(eventNames(event('other', {}, 'other'), request)).toBe(false)
    const web = { path: '/v1.41/containers/web/stop', route: '/containers/{id}/stop' }
    expect(eventNames(event(ID, { name: 'web' }, 'web'), web)).toBe(true)
  })

  it('lies within its time', () => {
    const times = ['11:59:59.900', '11:59:59.960', '12:00:00.140', '12:00:00.200'].map((time) => ({
      time: `2026-01-31T${time}Z`,
    }))
    expect(within(times, timeOf(request))).toEqual(times.slice(1, 3))
  })
})

describe('who asks', () => {
  it('is counted by program, Porthole last', () => {
    const tally = new ClientTally()
    const ask = (process: string, pid: number, own = false): void =>
      tally.add({ client: { process, pid }, own })
    for (const pid of [7, 8, 8]) ask('docker', pid)
    ask('compose', 9)
    for (let n = 0; n < 5; n += 1) ask('node', 1, true)
    const connected = [{ name: 'idle', pid: 10, connections: 1, self: false }]
    expect(tally.list(connected)).toEqual([
      { name: 'docker', processes: 2, requests: 3, self: false },
      { name: 'compose', processes: 1, requests: 1, self: false, pid: 9 },
      { name: 'idle', processes: 1, requests: 0, self: false, pid: 10 },
      { name: 'node', processes: 1, requests: 5, self: true, pid: 1 },
    ])
  })

  it('is bounded', () => {
    const tally = new ClientTally()
    for (let pid = 1; pid <= 2_000; pid += 1) tally.add({ client: { process: `p${pid}`, pid } })
    expect(tally.list()).toHaveLength(500)
  })
})

describe('a recording that is opened', () => {
  const head: RecordingHead = {
    porthole: 'recording',
    version: 1,
    startedAt: request.startedAt,
    forMs: 1_000,
    endpoint: 'unix:///run/docker.sock',
    debug: 'left',
  }

  it('tells each request once, as it was known last', () => {
    const entries: RecordingEntry[] = [
      { t: 'request', request: { ...request, state: 'open' } },
      { t: 'request', request: { ...request, id: '2', startedAt: '2026-01-31T11:00:00.000Z' } },
      { t: 'request', request },
    ]
    const recorded = recordedOf([
      { head, entries, skipped: 1 },
      { entries: [], skipped: 2 },
    ])
    expect(recorded?.requests.map(({ id, state }) => `${id} ${state}`)).toEqual(['2 ended', '1 ended'])
    expect(recorded?.skipped).toBe(3)
    expect(recordedOf([{ entries, skipped: 0 }])).toBeUndefined()
  })

  it('is asked about in pieces of whole lines', () => {
    const text = `${Array.from({ length: 30_000 }, (_, n) => `line ${n}`).join('\n')}\n`
    const pieces = piecesOf(text)
    expect(pieces.length).toBeGreaterThan(1)
    expect(pieces.join('')).toBe(text)
    expect(pieces.every((piece) => piece.endsWith('\n'))).toBe(true)
    expect(piecesOf('x'.repeat(300_000)).join('')).toHaveLength(300_000)
    expect(piecesOf('')).toEqual([])
  })
})
