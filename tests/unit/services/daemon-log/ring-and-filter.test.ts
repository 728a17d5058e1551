import { describe, expect, it } from 'vitest'
import { matcher, readSince, startOf } from '../../../../electron/services/daemon-log/filter'
import { parseLine } from '../../../../electron/services/daemon-log/parse'
import { LogRing } from '../../../../electron/services/daemon-log/ring'
import { LineSplitter } from '../../../../electron/services/daemon-log/splitter'

function ringOf(lines: string[], capacity?: number): LogRing {
  const ring = new LogRing(capacity)
  lines.forEach((text, index) => {
    const { at: _at, ...rest } = parseLine(text)
    ring.push({ time: new Date(index * 1000).toISOString(), ...rest, source: 'test' }, index * 1000)
  })
  return ring
}
const seqs = (ring: LogRing) => {
  const all: number[] = []
  for (let seq = ring.first; seq <= ring.last; seq += 1) all.push(ring.at(seq)?.line.seq ?? -1)
  return all
}

describe('the ring', () => {
  it('keeps the last lines and numbers without holes', () => {
    const ring = ringOf(['a', 'b', 'c', 'd', 'e'], 3)
    expect(seqs(ring)).toEqual([3, 4, 5])
    expect(ring.at(2)).toBeUndefined()
    expect(ring.at(6)).toBeUndefined()
    ring.clear()
    expect(seqs(ring)).toEqual([])
    expect(ring.last).toBe(5)
  })

  it('is bounded in memory, not only in lines', () => {
    const ring = new LogRing(1_000, 1_000)
    for (let index = 0; index < 50; index += 1) {
      const { at: _at, ...rest } = parseLine('x'.repeat(100))
      ring.push({ time: '', ...rest, source: '' }, 0)
    }
    expect(seqs(ring)).toEqual([46, 47, 48, 49, 50])
  })
})

describe('where a reader begins', () => {
  const ring = ringOf([
    'level=info msg=a',
    'level=error msg=b',
    'level=debug msg=C',
    'level=error msg=d',
    'e',
  ])
  const begins = (input: Parameters<typeof startOf>[0]) => startOf(input, ring, matcher(input))

  it.each([
    [{ tail: 2 }, 3],
    [{ tail: 0 }, 5],
    [{ tail: 100 }, 0],
    [{}, 0],
    [{ after: 3 }, 3],
    [{ after: 1, tail: 1 }, 4],
    // Numbers of another instance mean nothing.
    [{ after: 99 }, 0],
    // Counted are the lines that are asked for.
    [{ tail: 1, level: 'error' as const }, 2],
    [{ tail: 1, text: 'msg=c' }, 0],
  ])('%j → behind %i', (input, expected) => {
    expect(begins(input)).toBe(expected)
  })

  it('keeps a level and graver ones, and none that does not say', () => {
    const matches = matcher({ level: 'info' })
    const kept = [1, 2, 3, 4, 5].filter((seq) => {
      const line = ring.at(seq)
      return line !== undefined && matches(line)
    })
    expect(kept).toEqual([1, 2, 4])
  })
})

describe('since', () => {
  it.each([
    ['1970-01-01T00:01:00Z', 60_000],
    ['60', 60_000],
    ['60.5', 60_500],
    ['10m', 1_000_000 - 600_000],
    ['1m30s', 1_000_000 - 90_000],
  ])('%s', (text, expected) => {
    expect(readSince(text, 1_000_000)).toBe(expected)
  })

  it.each(['', 'yesterday', '-5', '10 m', '1e9', '2026-99-99'])('refuses %j', (text) => {
    expect(() => readSince(text, 0)).toThrowError(expect.objectContaining({ code: 'rpc/bad-input' }))
  })
})

describe('cutting into lines', () => {
  it('joins what comes in pieces, at any byte', () => {
    const bytes = Buffer.from('é one\r\ntwo 😀\n\nlast')
    for (let size = 1; size < bytes.length; size += 1) {
      const splitter = new LineSplitter()
      const lines: string[] = []
      for (let at = 0; at < bytes.length; at += size)
        lines.push(...splitter.push(bytes.subarray(at, at + size)))
      expect(lines).toEqual(['é one', 'two 😀', ''])
      expect(splitter.flush()).toBe('last')
      expect(splitter.flush()).toBeUndefined()
    }
  })

  it('cuts a line of a megabyte and goes on behind it', () => {
    const splitter = new LineSplitter(1_000)
    const lines = splitter.push(Buffer.from(`${'x'.repeat(1_000_000)}\nnext\n`))
    expect(lines).toEqual([`${'x'.repeat(1_000)}… [999000 more bytes not shown]`, 'next'])
  })

  it('replaces bytes that are no UTF-8 and skips a hole of NULs', () => {
    const splitter = new LineSplitter()
    expect(splitter.push(Buffer.from([0, 0, 0, 0x61, 0xff, 0xfe, 0x0a]))).toEqual(['a\ufffd\ufffd'])
  })
})
