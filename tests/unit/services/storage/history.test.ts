import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createHistory, type HistoryEntry } from '../../../../electron/services/storage/history'
import { compact, MAX_BYTES, MAX_ENTRIES } from '../../../../electron/services/storage/history/compact'
import { asLine } from '../../../../electron/services/storage/history/entry'
import { grownSince } from '../../../../electron/services/storage/history/growth'
import { daysToFull } from '../../../../electron/services/storage/history/slope'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const start = Date.parse('2026-01-01T00:30:00Z')

function entry(at: number, more: Partial<HistoryEntry> = {}): HistoryEntry {
  return { takenAt: new Date(at).toISOString(), usedBytes: 1_000, freeBytes: 9_000, kinds: [], ...more }
}
const owners = (count: number, bytes = 1_000) =>
  Array.from({ length: count }, (_, index) => ({
    id: `layer:sha256:${String(index).padStart(64, '0')}`,
    kind: 'layer' as const,
    name: `name-${index}`,
    bytes: bytes + index,
  }))

describe('compaction', () => {
  it('keeps one an hour of the last days, one a day before, one a week before that, and the newest', () => {
    const now = start + 200 * DAY
    const every20Minutes = Array.from({ length: 200 * 72 + 1 }, (_, index) =>
      entry(start + index * 20 * 60_000),
    )
    const kept = compact(every20Minutes, now)
    const age = (item: HistoryEntry) => now - Date.parse(item.takenAt)
    expect(kept.filter((item) => age(item) <= 2 * DAY).length).toBeLessThanOrEqual(50)
    expect(kept.filter((item) => age(item) > 2 * DAY && age(item) <= 60 * DAY).length).toBeLessThanOrEqual(60)
    expect(kept.filter((item) => age(item) > 60 * DAY).length).toBeLessThanOrEqual(22)
    expect(kept.at(-1)).toEqual(every20Minutes.at(-1))
    expect(compact(kept, now)).toEqual(kept)
  })

  it('never grows beyond its bounds, and drops owners before points', () => {
    const same = owners(200)
    const many = Array.from({ length: 5_000 }, (_, index) => entry(start + index * HOUR, { owners: same }))
    const kept = compact(many, start + 5_000 * HOUR)
    expect(kept.length).toBeLessThanOrEqual(MAX_ENTRIES)
    expect(kept.map(asLine).join('').length).toBeLessThanOrEqual(MAX_BYTES)
    expect(kept.at(-1)?.owners).toHaveLength(200)
    expect(kept.length).toBeGreaterThan(100)
  })

  it('does not let a usage push out the scan of that hour', () => {
    const kept = compact(
      [entry(start, { owners: owners(3) }), entry(start + 60_000), entry(start + 2 * HOUR)],
      start + DAY,
    )
    expect(kept.filter((item) => item.owners !== undefined)).toHaveLength(1)
  })
})

describe('days to full', () => {
  it('go by the pace, whatever a single pull or prune does', () => {
    const steady = Array.from({ length: 20 }, (_, day) =>
      entry(start + day * DAY, { usedBytes: day * 100, freeBytes: 10_000 - day * 100 }),
    )
    expect(daysToFull(steady)).toBeCloseTo(81)
    const spiked = steady.map((item, day) => (day === 15 ? { ...item, usedBytes: 90_000 } : item))
    expect(daysToFull(spiked)).toBeCloseTo(81)
  })

  it('are not told of a disk that shrinks or stands, nor of too little', () => {
    const with_ = (used: number[]) => used.map((usedBytes, hour) => entry(start + hour * HOUR, { usedBytes }))
    expect(daysToFull(with_([5, 4, 3, 2]))).toBeUndefined()
    expect(daysToFull(with_([5, 5, 5]))).toBeUndefined()
    expect(daysToFull(with_([1, 2]))).toBeUndefined()
    expect(daysToFull([0, 1, 2].map((each) => entry(start + each, { usedBytes: each })))).toBeUndefined()
    expect(daysToFull([])).toBeUndefined()
  })
})

describe('who grew', () => {
  const named = (name: string, bytes: number) => ({ id: name, kind: 'volume' as const, name, bytes })
  it('is told since a time, the most first, those that shrank last', () => {
    const entries = [
      entry(start, { owners: [named('a', 10), named('b', 50), named('c', 7)] }),
      entry(start + DAY, { owners: [named('a', 20), named('b', 50), named('c', 7)] }),
      entry(start + 2 * DAY, { owners: [named('a', 25), named('b', 40), named('d', 30), named('c', 7)] }),
    ]
    const told = (since: number) =>
      grownSince(entries, since).map(({ name, grownBytes }) => [name, grownBytes])
    expect(told(start + DAY)).toEqual([
      ['d', 30],
      ['a', 5],
      ['b', -10],
    ])
    expect(told(start)).toEqual([
      ['d', 30],
      ['a', 15],
      ['b', -10],
    ])
    expect(told(start - DAY)).toEqual(told(start))
    expect(told(start + 3 * DAY)).toEqual([])
  })

  it('promises no more growth than is known of one that was not among the largest', () => {
    const entries = [
      entry(start, { owners: owners(200, 1_000) }),
      entry(start + DAY, { owners: [named('new', 5_000), named('small', 10)] }),
    ]
    expect(grownSince(entries, start)).toMatchObject([{ name: 'new', grownBytes: 4_000 }])
  })
})

describe('the file', () => {
  function history() {
    const home = mkdtempSync(join(tmpdir(), 'porthole-history-'))
    onTestFinished(() => rmSync(home, { recursive: true, force: true }))
    const folder = join(home, 'porthole', 'storage')
    const file = () => join(folder, readdirSync(folder)[0] ?? '')
    return { history: createHistory({ XDG_STATE_HOME: home }), home, folder, file }
  }
  const now = Date.now()

  it('survives what a crash tore off, and what somebody else wrote', async () => {
    const { history: kept, file } = history()
    await kept.add('id', entry(now - 3 * HOUR))
    appendFileSync(file(), '{"takenAt":"2026-')
    await kept.add('id', entry(now - 2 * HOUR, { usedBytes: 7 }))
    appendFileSync(
      file(),
      [
        'null',
        '[]',
        '{}',
        '{"takenAt":"x","kinds":[]}',
        '{"takenAt":"2026-01-01T00:00:00Z","kinds":[{"kind":"evil","bytes":1}]}',
        '"\u0000"',
        'x'.repeat(300_000),
      ].join('\n'),
    )
    await kept.add('id', entry(now))
    const { points } = await kept.read('id', undefined)
    expect(points.map(({ usedBytes }) => usedBytes)).toEqual([1_000, 7, 1_000])
  })

  it('is one an engine, whatever its id, and only for its user to read', async () => {
    const { history: kept, folder, file } = history()
    await kept.add('../../../etc/passwd\u0000', entry(now))
    expect(readdirSync(folder)).toHaveLength(1)
    expect(statSync(file()).mode & 0o077).toBe(0)
    expect((await kept.read('another', undefined)).points).toEqual([])
  })

  it('is written anew before it is too large', async () => {
    const { history: kept, file } = history()
    await kept.add('id', entry(now - 1_000))
    writeFileSync(file(), `${asLine(entry(now - 5 * HOUR, { owners: owners(200) })).repeat(200)}`)
    expect(statSync(file()).size).toBeGreaterThan(2 * MAX_BYTES)
    await kept.add('id', entry(now))
    expect(readFileSync(file(), 'utf8').trim().split('\n')).toHaveLength(2)
    await Promise.all(Array.from({ length: 20 }, () => kept.add('id', entry(now))))
    expect((await kept.read('id', undefined)).points.length).toBeGreaterThan(1)
  })

  it('is not written through a link', async () => {
    const { history: kept, home, file } = history()
    await kept.add('id', entry(now))
    const other = join(home, 'other')
    writeFileSync(other, 'mine')
    rmSync(file())
    symlinkSync(other, join(home, 'porthole/storage', 'x'))
    const name =
      (await kept.add('id', entry(now)),
      readdirSync(join(home, 'porthole/storage')).find((each) => each !== 'x')) ?? ''
    rmSync(join(home, 'porthole/storage', name))
    symlinkSync(other, join(home, 'porthole/storage', name))
    await expect(kept.add('id', entry(now))).rejects.toThrow()
    expect(readFileSync(other, 'utf8')).toBe('mine')
  })
})
