import { describe, expect, it } from 'vitest'
import type { EngineHttp } from '../../../../electron/services/engine'
import { compileFilters, type Filterable } from '../../../../electron/services/events/filters'
import { HealthChecks, probeCommand } from '../../../../electron/services/events/health'
import type { RawEvent } from '../../../../electron/services/events/parse'
import { EventRing } from '../../../../electron/services/events/ring'

function event(
  type: string,
  action: string,
  id: string,
  attributes: Record<string, string> = {},
): Filterable {
  return {
    seq: 1,
    type,
    action,
    actor: { id, attributes },
    time: '',
    timeNano: '1',
    healthCheck: false,
    scope: 'local',
  }
}

describe('the ring', () => {
  const push = (ring: EventRing, bytes = 1): number => {
    const { seq: _seq, ...unnumbered } = event('a', 'b', 'c')
    return ring.push(unnumbered, bytes).seq
  }

  it('keeps as many as it may', () => {
    const ring = new EventRing(3)
    for (let n = 1; n <= 10; n += 1) expect(push(ring)).toBe(n)
    expect([ring.oldestSeq, ring.nextSeq]).toEqual([8, 11])
    expect(ring.at(7)).toBeUndefined()
    expect(ring.at(8)).toBeDefined()
    expect(ring.at(11)).toBeUndefined()
    ring.clear()
    expect([ring.oldestSeq, ring.nextSeq, ring.at(10)]).toEqual([11, 11, undefined])
  })

  it('is bounded by size too, and keeps the last whatever it weighs', () => {
    const ring = new EventRing(100, 10)
    for (let n = 0; n < 5; n += 1) push(ring, 4)
    expect(ring.nextSeq - ring.oldestSeq).toBe(2)
    push(ring, 1_000)
    expect(ring.nextSeq - ring.oldestSeq).toBe(1)
  })
})

describe('filters', () => {
  const start = event('container', 'start', 'abcdef', {
    name: 'web-1',
    image: 'docker.io/library/nginx:1.25',
    a: '1',
    b: '2',
  })
  const health = event('container', 'health_status: healthy', 'abcdef', { name: 'web-1' })
  const pull = event('image', 'pull', 'nginx:1.25', { name: 'nginx' })

  it.each<[Record<string, string[]>, Filterable, boolean]>([
    [{ type: ['image', 'container'] }, start, true],
    [{ type: ['image'] }, start, false],
    [{ type: ['container'], event: ['stop'] }, start, false],
    [{ container: ['web'] }, start, true],
    [{ container: ['abc'] }, start, true],
    [{ container: ['eb-1'] }, start, false],
    [{ label: ['a'] }, start, true],
    [{ label: ['a=1', 'b=2'] }, start, true],
    [{ label: ['a=1', 'b=3'] }, start, false],
    [{ label: ['toString'] }, start, false],
    [{ image: ['nginx'] }, start, true],
    [{ image: ['nginx'] }, pull, true],
    [{ image: ['nginx:1.25'] }, pull, true],
    [{ image: ['ngin'] }, pull, false],
    [{ event: ['health_status'] }, health, true],
    [{ event: ['health_status: healthy'] }, health, true],
    [{ event: ['health'] }, health, false],
    [{ scope: ['swarm'] }, start, false],
    [{ type: [] }, start, true],
  ])('%j', (filters, subject, included) => {
    expect(compileFilters(filters)?.(subject) ?? true).toBe(included)
  })

  it('refuse unknown keys', () => {
    for (const key of ['colour', '__proto__', 'constructor'])
      expect(() => compileFilters({ [key]: ['x'] })).toThrow(
        expect.objectContaining({ code: 'rpc/bad-input' }) as Error,
      )
    expect(compileFilters(undefined)).toBeUndefined()
  })
})

describe('health checks', () => {
  const raw = (action: string, id: string, execID?: string): RawEvent => ({
    type: 'container',
    action,
    id,
    attributes: execID === undefined ? {} : { execID },
    scope: 'local',
    timeNano: '1',
  })
  const http = (answers: Record<string, unknown>, asked: string[] = []): EngineHttp => ({
    apiVersion: '1.41',
    local: true,
    get: (path) => {
      asked.push(path)
      const config = answers[path.split('/')[2] ?? '']
      return config === undefined
        ? Promise.resolve({ status: 404, headers: {}, body: '{}' })
        : config === 'silent'
          ? Promise.reject(new Error('silent'))
          : Promise.resolve({ status: 200, headers: {}, body: JSON.stringify({ Config: config }) })
    },
    stream: () => Promise.reject(new Error('unused')),
    bare: () => Promise.reject(new Error('unused')),
  })

  it('are known by the command that dockerd builds', () => {
    expect(probeCommand({ Healthcheck: { Test: ['CMD-SHELL', 'curl -f x || exit 1'] } })).toBe(
      '/bin/sh -c curl -f x || exit 1',
    )
    expect(probeCommand({ Healthcheck: { Test: ['CMD-SHELL', 'x'] }, Shell: ['/bin/bash', '-ec'] })).toBe(
      '/bin/bash -ec x',
    )
    expect(probeCommand({ Healthcheck: { Test: ['CMD', 'check', '--all'] } })).toBe('check --all')
    expect(probeCommand({ Healthcheck: { Test: ['CMD', 'check'] } })).toBe('check ')
    expect(probeCommand({ Healthcheck: { Test: ['NONE'] } })).toBeNull()
    expect(probeCommand({})).toBeNull()
  })

  it('are told by command, then by exec', async () => {
    const checks = new HealthChecks()
    const asked: string[] = []
    const events = [
      raw('exec_create: check --all', 'c1', 'e1'),
      raw('exec_start: check --all', 'c1', 'e1'),
      raw('exec_create: sh', 'c1', 'e2'),
      raw('exec_die', 'c1', 'e1'),
      raw('exec_die', 'c1', 'e2'),
      raw('exec_die', 'c1', 'e9'),
      raw('health_status: healthy', 'c1'),
      raw('start', 'c1'),
    ]
    expect(checks.unknownContainers(events)).toEqual(['c1'])
    await checks.learn(['c1'], http({ c1: { Healthcheck: { Test: ['CMD', 'check', '--all'] } } }, asked))
    expect(asked).toEqual(['/containers/c1/json'])
    expect(checks.unknownContainers(events)).toEqual([])
    expect(events.map((one) => checks.judge(one))).toEqual([
      true,
      true,
      false,
      true,
      false,
      false,
      true,
      false,
    ])
  })

  it('are asked about again only when there was no answer', async () => {
    const checks = new HealthChecks()
    const events = [raw('exec_create: x', 'gone', 'e1'), raw('exec_create: x', 'mute', 'e2')]
    await checks.learn(['gone', 'mute'], http({ mute: 'silent' }))
    expect(checks.unknownContainers(events)).toEqual([])
    checks.forgetUnsure()
    expect(checks.unknownContainers(events)).toEqual(['mute'])
  })
})
