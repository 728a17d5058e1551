import { describe, expect, it } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { formatBytes, formatPercent, formatRate, shortId } from '../../../renderer/src/lib/format'
import { useLiveList } from '../../../renderer/src/lib/live-list'
import { maskSecrets } from '../../../renderer/src/lib/mask'
import { fileName, jsonLines } from '../../../renderer/src/lib/save-file'
import { compileSearch } from '../../../renderer/src/lib/search'
import { formatAgo, formatClock, formatDuration } from '../../../renderer/src/lib/time'
import { until } from '../../support/until'

describe('formats', () => {
  it('write bytes in the powers of 1000 that Docker uses', () => {
    expect(formatBytes(0, 'en')).toBe('0\u00a0B')
    expect(formatBytes(999, 'en')).toBe('999\u00a0B')
    expect(formatBytes(1_000, 'en')).toBe('1\u00a0kB')
    expect(formatBytes(84_213_760, 'en')).toBe('84.2\u00a0MB')
    expect(formatBytes(999_999, 'en')).toBe('1\u00a0MB')
    expect(formatBytes(84_213_760, 'ru')).toBe('84,2\u00a0МБ')
  })

  it('write shares, rates and ids', () => {
    expect(formatPercent(1.234, 'en')).toBe('1.2\u00a0%')
    expect(formatPercent(187.2, 'en')).toBe('187\u00a0%')
    expect(formatRate(0.011, 'en')).toBe('0.01')
    expect(shortId('sha256:0123456789abcdef')).toBe('0123456789ab')
  })

  it('write times relative to now and lengths in their largest unit', () => {
    expect(formatAgo(0, 6 * 86_400_000, 'en')).toBe('6 days ago')
    expect(formatAgo(1_000, 0, 'en')).toBe('now')
    expect(formatDuration(90 * 60_000, 'en')).toBe('1 hour')
    expect(formatClock('2026-01-02T03:04:05.006Z')).toBe('03:04:05.006')
    expect(formatClock('not a time')).toBe('not a time')
  })

  it('show no password of daemon.json', () => {
    expect(maskSecrets('  "http-proxy": "http://me:a@b@proxy:3128",')).toBe(
      '  "http-proxy": "http://*****@proxy:3128",',
    )
    expect(maskSecrets('{"splunk-token":"a\\"b","splunk-url":"https://s"}')).toBe(
      '{"splunk-token":"*****","splunk-url":"https://s"}',
    )
    const plain = '{"labels":["me@home=1"],"registry-mirrors":["https://m.example"]}'
    expect(maskSecrets(plain)).toBe(plain)
  })

  it('name and write an export', () => {
    expect(jsonLines([{ a: 1 }, 'b'])).toBe('{"a":1}\n"b"\n')
    expect(fileName('events', 'jsonl', new Date('2026-01-02T03:04:05.678Z'))).toBe(
      'porthole-events-20260102T030405Z.jsonl',
    )
  })
})

describe('a search', () => {
  it('takes plain text by the letter and without regard to case', () => {
    const search = compileSearch('a.b', false)
    expect(search.test('xA.By')).toBe(true)
    expect(search.test('axb')).toBe(false)
    expect(search.pieces('xA.By')).toEqual([
      { text: 'x', hit: false },
      { text: 'A.B', hit: true },
      { text: 'y', hit: false },
    ])
  })

  it('takes a regular expression, and says what is wrong with a broken one', () => {
    expect(compileSearch('^Got (signal|word)', true).test('Got signal to reload')).toBe(true)
    const broken = compileSearch('(unclosed', true)
    expect(broken.error).toBeTruthy()
    expect(broken.test('anything')).toBe(true)
  })

  it('survives an expression that matches nothing everywhere', () => {
    expect(compileSearch('x*', true).pieces('abc')).toEqual([{ text: 'abc', hit: false }])
  })
})

describe('a live list', () => {
  function list(limit = 1_000) {
    const matches = ref((value: number) => value % 2 === 0)
    const paused = ref(false)
    const scope = effectScope()
    const live = scope.run(() => useLiveList<number>({ limit, matches, paused }))
    if (!live) throw new Error('no scope')
    return { live, matches, paused, scope }
  }

  it('shows what matches, and everything that matches after the filter changed', async () => {
    const { live, matches } = list()
    live.push([1, 2, 3, 4])
    await until('the paint', () => live.visible.value.length === 2)
    matches.value = (value) => value > 2
    await until('the repaint', () => live.visible.value.join() === '3,4')
    expect(live.total.value).toBe(4)
  })

  it('loses nothing while paused and counts what came', async () => {
    const { live, paused } = list()
    live.push([2])
    await until('the paint', () => live.visible.value.length === 1)
    paused.value = true
    await nextTick()
    live.push([4, 5, 6])
    await until('the count', () => live.held.value === 2)
    expect(live.visible.value).toEqual([2])
    paused.value = false
    await until('all of it', () => live.visible.value.join() === '2,4,6')
    expect(live.held.value).toBe(0)
  })

  it('keeps a bounded number, the newest', async () => {
    const { live } = list(100)
    live.push(Array.from({ length: 250 }, (_, index) => index))
    await until('the paint', () => live.visible.value.length > 0)
    expect(live.all()).toHaveLength(90)
    expect(live.all().at(-1)).toBe(249)
    expect(live.visible.value).toHaveLength(45)
  })

  it('puts older ones before the present ones', async () => {
    const { live } = list()
    live.push([4])
    live.unshift([2])
    await until('the paint', () => live.visible.value.join() === '2,4')
  })
})
