import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { metricsTarget } from '../../../../electron/services/runtime/metrics-address'
import { parseMetrics } from '../../../../electron/services/runtime/metrics-text'
import { readMetrics } from '../../../../electron/services/runtime/metrics-values'

const all = () => true
const recorded = (version: string) =>
  readFileSync(new URL(`../../../support/recorded/metrics-${version}.txt`, import.meta.url), 'utf8')

describe('the text format', () => {
  it('gives names, labels and values', () => {
    expect(
      parseMetrics('# HELP a b\n# TYPE a counter\na 1\nb{x="1",y="2"} 2.5e+06 1700000000000\n', all),
    ).toEqual([
      { name: 'a', labels: {}, value: 1 },
      { name: 'b', labels: { x: '1', y: '2' }, value: 2_500_000 },
    ])
  })

  it('takes labels that hold what separates them, and undoes escapes', () => {
    expect(parseMetrics('a{x="},{= \\"q\\" \\\\ \\n",} 3', all)).toEqual([
      { name: 'a', labels: { x: '},{= "q" \\ \n' }, value: 3 },
    ])
  })

  it.each(['a', 'a{x="1} 2', 'a{x=1} 2', 'a NaN', 'a +Inf', 'a b', '1a 2', 'a{x="1"', '{} 1', '<html>'])(
    'leaves out %j and keeps the next line',
    (line) => {
      expect(parseMetrics(`${line}\nok 1`, all)).toEqual([{ name: 'ok', labels: {}, value: 1 }])
    },
  )

  it('has no label that is more than text', () => {
    const [sample] = parseMetrics('a{__proto__="x",constructor="y"} 1', all)
    expect(Object.getPrototypeOf(sample?.labels)).toBe(Object.prototype)
  })

  it('is bounded', () => {
    expect(parseMetrics('a 1\n'.repeat(20_000), all)).toHaveLength(5_000)
  })
})

describe('what is charted', () => {
  it.each(['20.10', '28.5'])('is found in what a real %s serves', (version) => {
    const values = readMetrics(recorded(version))
    expect(values).toMatchObject({
      containers: { running: 0, paused: 0, stopped: 0 },
      healthChecks: 0,
      healthChecksFailed: 0,
      events: 0,
      builds: 0,
      buildsFailed: 0,
    })
    expect(values?.containerActions.map(({ action }) => action).sort()).toEqual([
      'changes',
      'commit',
      'create',
      'delete',
      'start',
    ])
    expect(values?.rssBytes).toBeGreaterThan(10_000_000)
    expect(values?.fds).toBeGreaterThan(5)
  })

  it('is nothing where another program answers', () => {
    expect(readMetrics('go_goroutines 5\nprocess_open_fds 3\n')).toBeUndefined()
    expect(readMetrics('<!doctype html>')).toBeUndefined()
  })
})

describe('the address', () => {
  it.each([
    ['127.0.0.1:9323', '127.0.0.1'],
    ['0.0.0.0:9323', '127.0.0.1'],
    [':9323', '127.0.0.1'],
    ['[::]:9323', '::1'],
    ['[::1]:9323', '::1'],
  ])('%s is asked at %s', async (address, host) => {
    expect(await metricsTarget(address)).toEqual({ host, port: 9323 })
  })

  it.each([
    '192.0.2.7:9323',
    '[2001:db8::1]:9323',
    '9323',
    'localhost',
    '127.0.0.1:0',
    '127.0.0.1:99999',
    'a:b:1',
  ])('%s is not asked', async (address) => {
    expect(typeof (await metricsTarget(address))).toBe('string')
  })
})
