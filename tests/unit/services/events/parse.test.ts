import { describe, expect, it } from 'vitest'
import { LineSplitter } from '../../../../electron/services/events/lines'
import {
  compareNano,
  identityOf,
  isoTime,
  parseEvent,
  parseSince,
  sinceParameter,
} from '../../../../electron/services/events/parse'

const line = (attributes: Record<string, string> = {}, nano = '1795479776258590481'): string =>
  `{"status":"start","id":"abc","Type":"container","Action":"start","Actor":{"ID":"abc","Attributes":${JSON.stringify(attributes)}},"scope":"local","time":1795479776,"timeNano":${nano}}`

describe('one event', () => {
  it('keeps all digits of its time', () => {
    expect(parseEvent(line())?.timeNano).toBe('1795479776258590481')
    expect(JSON.parse(line())).not.toMatchObject({ timeNano: 1795479776258590481n })
  })

  it.each([
    [{ label: '"timeNano":1}' }],
    [{ label: '\\"timeNano\\":1,' }],
    [{ '"timeNano":5,': 'x' }],
    [{ timeNano: '5' }],
    [{ label: 'line\nbreak \u2028 <img src=x> \ud83d\udca9' }],
  ])('is not deceived by %j', (attributes) => {
    const event = parseEvent(line(attributes))
    expect(event?.timeNano).toBe('1795479776258590481')
    expect({ ...event?.attributes }).toEqual(attributes)
  })

  it('takes a label called __proto__ for a label', () => {
    const event = parseEvent(line().replace('{}', '{"__proto__":"x","constructor":"y"}'))
    expect(Object.entries(event?.attributes ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it.each([
    '',
    '{',
    '[]',
    'null',
    '7',
    '"x"',
    '{}',
    '{"Type":"a"}',
    '{"Type":"a","Action":"b"}',
    '{"Type":1,"Action":2,"timeNano":3}',
  ])('%j is none', (text) => {
    expect(parseEvent(text)).toBeUndefined()
  })

  it('does without an actor, and with an older daemon that has seconds only', () => {
    expect(parseEvent('{"Type":"daemon","Action":"reload","time":12}')).toMatchObject({
      id: '',
      timeNano: '12000000000',
    })
    expect(parseEvent('{"Type":"a","Action":"b","Actor":{"Attributes":null},"timeNano":1}')?.timeNano).toBe(
      '1',
    )
  })

  it('has an identity of time, type, action and actor', () => {
    const [one, two] = [parseEvent(line()), parseEvent(line({}, '1795479776258590482'))]
    if (!one || !two) throw new Error('unreadable')
    expect(identityOf(one)).toBe(identityOf({ ...one, scope: 'swarm' }))
    expect(identityOf(one)).not.toBe(identityOf(two))
  })
})

describe('lines', () => {
  const split = (chunks: Buffer[], maxBytes?: number): { lines: string[]; tooLong: number } => {
    const lines: string[] = []
    let tooLong = 0
    const splitter = new LineSplitter(
      (text) => lines.push(text),
      () => (tooLong += 1),
      maxBytes,
    )
    for (const chunk of chunks) splitter.push(chunk)
    return { lines, tooLong }
  }

  it('come whole whatever the chunks are', () => {
    const text = 'ein \u00e4\n\nzwei \ud83d\udca9\ndrei\nrest'
    const bytes = Buffer.from(text)
    for (let size = 1; size <= bytes.length; size += 1) {
      const chunks = []
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
      expect(split(chunks).lines).toEqual(['ein \u00e4', 'zwei \ud83d\udca9', 'drei'])
    }
  })

  it('that are too long are skipped to their end', () => {
    const chunks = ['short\n', 'x'.repeat(8), 'y'.repeat(8), 'z\nnext\n', `${'w'.repeat(11)}\nlast\n`]
    expect(
      split(
        chunks.map((text) => Buffer.from(text)),
        10,
      ),
    ).toEqual({
      lines: ['short', 'next', 'last'],
      tooLong: 2,
    })
  })
})

describe('times', () => {
  it('are written for since without losing a digit', () => {
    expect(sinceParameter('1795479776258590481')).toBe('1795479776.258590481')
    expect(sinceParameter('1795479776000000001', 5_000)).toBe('1795479771.000000001')
    expect(sinceParameter('1', 5_000)).toBe('1')
  })

  it.each([
    ['1795479776', '1795479776000000000'],
    ['1795479776.25', '1795479776250000000'],
    ['1795479776.258590481', '1795479776258590481'],
    ['0', '0'],
    ['2026-11-24T00:22:56Z', '1795479776000000000'],
    ['2026-11-24T00:22:56.258590481Z', '1795479776258590481'],
    ['2026-11-24T01:22:56.5+01:00', '1795479776500000000'],
    ['2026-11-24', '1795478400000000000'],
    ['yesterday', undefined],
    ['2026-13-45T00:00:00Z', undefined],
    ['-5', undefined],
    ['', undefined],
  ])('%j is read as %j', (text, nano) => {
    expect(parseSince(text)).toBe(nano)
  })

  it('compare by value', () => {
    expect(compareNano('9', '10')).toBeLessThan(0)
    expect(compareNano('1795479776258590482', '1795479776258590481')).toBeGreaterThan(0)
    expect(compareNano('5', '5')).toBe(0)
    expect(isoTime('1795479776258590481')).toBe('2026-11-24T00:22:56.258Z')
    expect(isoTime('9999999999999999999999')).toBe('1970-01-01T00:00:00.000Z')
    expect(isoTime('12')).toBe('1970-01-01T00:00:00.000Z')
  })
})
