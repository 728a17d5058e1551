import { describe, expect, it } from 'vitest'
import { pointsOf, perMinute, secondsEach } from '../../../renderer/src/features/runtime/chart-points'
import type { MetricsReading } from '../../../renderer/src/features/runtime/health'
import { metricsCharts } from '../../../renderer/src/features/runtime/metrics-lines'
import {
  adding,
  knowsShims,
  nameFault,
  programOf,
  PRESETS,
  removing,
} from '../../../renderer/src/features/runtime/presets'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 31) + seconds * 1_000).toISOString()
const x = (seconds: number) => Date.UTC(2026, 0, 31) + seconds * 1_000

describe('a line', () => {
  it('breaks where nobody looked, and where another life of dockerd began', () => {
    const readings = [
      { at: at(0), pid: 1, n: 5 },
      { at: at(15), pid: 1, n: 6 },
      { at: at(30), pid: 2, n: 1 },
      { at: at(400), pid: 2 },
    ]
    const points = pointsOf(
      readings,
      ({ n }) => n,
      (before, now) => before.pid !== now.pid,
    )
    expect(points).toEqual([
      { x: x(0), y: 5 },
      { x: x(15), y: 6 },
      { x: x(30) - 1, y: null },
      { x: x(30), y: 1 },
      { x: x(400) - 1, y: null },
      { x: x(400), y: null },
    ])
  })

  it('of a counter is what it grew by, and nothing where it began anew', () => {
    const readings = [10, 25, 25, 3, 4].map((n, index) => ({ at: at(index * 15), n }))
    expect(perMinute(readings, ({ n }) => n).map(({ y }) => y)).toEqual([60, 0, null, 4])
    expect(
      perMinute(
        [
          { at: at(0), n: 1 },
          { at: at(200), n: 9 },
        ],
        ({ n }) => n,
      ),
    ).toEqual([{ x: x(200), y: null }])
  })

  it('of a duration has a point for each time in which something was done', () => {
    const readings = [
      { at: at(0), count: 1, seconds: 0 },
      { at: at(15), count: 3, seconds: 1 },
      { at: at(30), count: 3, seconds: 1 },
      { at: at(45), count: 4, seconds: 4 },
    ]
    expect(secondsEach(readings, (each) => each)).toEqual([
      { x: x(15), y: 0.5 },
      { x: x(45), y: 3 },
    ])
  })
})

it('charts of metrics are those that have something to show', () => {
  const reading = (n: number): MetricsReading => ({
    seq: n,
    at: at(n * 15),
    state: 'read',
    values: {
      containers: { running: n, paused: 0, stopped: 2 },
      containerActions: [{ action: 'start', count: n, seconds: n / 2 }],
      networkActions: [],
      events: n * 3,
    },
  })
  const charts = metricsCharts(
    [reading(0), reading(1), { seq: 2, at: at(30), state: 'failed' }],
    (key) => key,
  )
  expect(charts.map(({ key }) => key)).toEqual(['containers', 'actions', 'actionSeconds', 'events'])
  expect(charts.find(({ key }) => key === 'events')?.lines[0]?.points).toEqual([{ x: x(15), y: 12 }])
})

describe('a runtime to add', () => {
  it.each(PRESETS.filter(({ id }) => id !== 'own').map(({ entry }) => entry))(
    '$name has a program and a free name',
    (entry) => {
      expect(nameFault(entry.name, [])).toBeUndefined()
      expect(programOf(entry)).toMatch(/^[a-z0-9-]+$/)
    },
  )

  it.each([
    ['runc', 'reserved'],
    ['crun', 'taken'],
    ['', 'shape'],
    ['a b', 'shape'],
    ['-x', 'shape'],
    ['__proto__', 'shape'],
  ])('%j is refused as a name', (name, fault) => {
    expect(nameFault(name, ['crun'])).toBe(fault)
  })

  it('by its type has the shim that containerd makes of it', () => {
    expect(programOf({ name: 'k', means: 'runtimeType', value: 'io.containerd.kata.v2' })).toBe(
      'containerd-shim-kata-v2',
    )
    expect(programOf({ name: 'k', means: 'runtimeType', value: 'kata' })).toBeUndefined()
    expect(programOf({ name: 'k', means: 'path', value: 'bin/kata' })).toBeUndefined()
    expect([knowsShims('20.10.24'), knowsShims('24.0.1'), knowsShims(undefined)]).toEqual([
      false,
      true,
      false,
    ])
  })

  it('joins those that are there, and leaves an empty object when the last one goes', () => {
    const entry = { name: 'crun', means: 'path', value: '/usr/bin/crun' } as const
    expect(adding(entry, false)({ runtimes: { kata: { path: '/k' } } })).toEqual({
      runtimes: { kata: { path: '/k' }, crun: { path: '/usr/bin/crun' } },
    })
    expect(adding(entry, true)({})).toEqual({
      runtimes: { crun: { path: '/usr/bin/crun' } },
      'default-runtime': 'crun',
    })
    expect(removing('crun')({ runtimes: { crun: { path: 'crun' } }, 'default-runtime': 'crun' })).toEqual({
      runtimes: {},
      'default-runtime': 'runc',
    })
  })
})
