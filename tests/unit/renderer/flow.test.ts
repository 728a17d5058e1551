import { describe, expect, it } from 'vitest'
import { Dots, MAX_DOTS, TRAVEL_MS, type Dot } from '../../../renderer/src/features/flow/dots'
import { placesOf, type Topology } from '../../../renderer/src/features/flow/places'
import { hasFailed, isSlow, reachOf, type FlowRequest } from '../../../renderer/src/features/flow/reach'

const request = (of: Partial<FlowRequest>): FlowRequest => ({
  seq: 1,
  id: 'a',
  method: 'GET',
  path: '/v1.41/info',
  route: '/info',
  startedAt: '2026-01-01T00:00:00.000Z',
  state: 'ended',
  observedBy: ['tap'],
  ...of,
})

describe('how far a request goes', () => {
  it.each([
    ['POST', '/containers/{id}/start', 'container'],
    ['POST', '/exec/{id}/start', 'container'],
    ['GET', '/containers/{id}/top', 'container'],
    ['POST', '/containers/create', 'dockerd'],
    ['POST', '/containers/{id}/wait', 'dockerd'],
    ['GET', '/containers/{id}/logs', 'dockerd'],
    ['GET', '/containers/json', 'dockerd'],
    ['POST', '/containers/prune', 'dockerd'],
    ['HEAD', '/_ping', 'dockerd'],
  ])('%s %s: to %s', (method, route, reach) => {
    expect(reachOf({ method, route })).toBe(reach)
  })
})

describe('what is worth a look', () => {
  it('failed by its status, by a cut, or in dockerd’s own words', () => {
    expect(hasFailed(request({ status: 404 }))).toBe(true)
    expect(hasFailed(request({ state: 'cut' }))).toBe(true)
    expect(hasFailed(request({ error: 'no such image' }))).toBe(true)
    expect(hasFailed(request({ status: 304 }))).toBe(false)
    expect(hasFailed(request({ state: 'open' }))).toBe(false)
  })

  it('is slow, unless it is meant to stay open', () => {
    expect(isSlow(request({ durationMs: 1_500 }))).toBe(true)
    expect(isSlow(request({ durationMs: 900 }))).toBe(false)
    expect(isSlow(request({}))).toBe(false)
    expect(isSlow(request({ durationMs: 60_000, route: '/events' }))).toBe(false)
    expect(isSlow(request({ durationMs: 60_000, upgrade: 'tcp', route: '/exec/{id}/start' }))).toBe(false)
  })
})

describe('the dots on the road', () => {
  const dot = (startedAt: number): Dot => ({ from: 0, to: 1, failed: false, startedAt })

  it('go from one end to the other and are taken off', () => {
    const dots = new Dots()
    dots.add([dot(0)])
    expect(dots.places(0)).toEqual([{ at: 0, failed: false }])
    expect(dots.places(TRAVEL_MS / 2)[0]?.at).toBeCloseTo(0.5)
    expect(dots.places(TRAVEL_MS)).toEqual([])
    expect(dots.size).toBe(0)
  })

  it('are no more than can be told apart, however many requests there are', () => {
    const dots = new Dots()
    for (let now = 0; now < 2_000; now += 10) {
      dots.count(50, now)
      dots.add(Array.from({ length: 50 }, () => dot(now)))
      expect(dots.places(now).length).toBeLessThanOrEqual(MAX_DOTS)
    }
    expect(dots.rate(1_990)).toBe(5_000)
    expect(dots.rate(2_500)).toBeLessThan(5_000)
    expect(dots.rate(4_000)).toBe(0)
  })
})

describe('the places of the road', () => {
  const process = (of: Partial<Topology['processes'][number]>): Topology['processes'][number] => ({
    pid: 1,
    role: 'process',
    ppid: 1,
    name: 'x',
    command: 'x',
    startedAt: '2026-01-01T00:00:00.000Z',
    cpuPercent: 0,
    rssBytes: 0,
    uid: 0,
    ...of,
  })
  const container = { id: 'c'.repeat(64), name: 'web' }

  it('are this machine’s processes in the order of the road', () => {
    const places = placesOf({
      at: '',
      unseen: [],
      processes: [
        process({ pid: 30, role: 'init', name: 'nginx', container }),
        process({ pid: 20, role: 'shim', container }),
        process({ pid: 10, role: 'dockerd' }),
        process({ pid: 11, role: 'containerd', managed: true }),
        process({ pid: 40, role: 'init', name: 'sh' }),
      ],
      sockets: [
        {
          kind: 'api',
          path: '/run/docker.sock',
          peers: [
            { pid: 5, name: 'docker', connections: 1 },
            { pid: 6, name: 'node', connections: 2, self: true },
          ],
          unknownPeers: 3,
        },
        { kind: 'containerd', path: '/run/containerd.sock', peers: [], unknownPeers: 9 },
      ],
    })
    expect(places).toMatchObject({
      socket: '/run/docker.sock',
      unknownCallers: 3,
      dockerd: { pid: 10 },
      containerd: { pid: 11 },
      callers: [
        { name: 'docker', pid: 5, connections: 1, self: false },
        { name: 'node', pid: 6, connections: 2, self: true },
      ],
      ends: [
        { name: 'web', pid: 30, shim: 20 },
        { name: 'sh', pid: 40 },
      ],
    })
    expect(places.ends[1]).not.toHaveProperty('shim')
  })

  it('are empty where nothing is to be seen', () => {
    expect(placesOf({ at: '', unseen: ['dockerd'], processes: [], sockets: [] })).toEqual({
      callers: [],
      unknownCallers: 0,
      ends: [],
    })
  })
})
