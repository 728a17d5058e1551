import { describe, expect, it } from 'vitest'
import { asked, bytesOf, shown } from '../../../electron/helper/storage/names'
import { namesOf, pathOf } from '../../../electron/helper/storage/tree'
import { Random } from '../../support/random'

const NAMES = [
  'plain',
  'Grüße – 日本 🚀',
  'new\nline',
  '\x1b[31mred\x1b[0m',
  '<img src=x onerror=alert(1)>',
  'a\\b',
  '\\x41',
  'trailing\\',
  'question \ufffd mark',
].map((name) => Buffer.from(name))
const BYTES = [
  Buffer.from([0xff, 0xfe, 0x41]),
  Buffer.from([0xc3]),
  Buffer.from([0xe2, 0x82]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xf0, 0x9f, 0x9a, 0x41, 0x80]),
  Buffer.from([0x5c, 0x78, 0x66, 0x66, 0xff]),
]

describe('a name', () => {
  it.each([...NAMES, ...BYTES])('%j is found again by how it is asked', (bytes) => {
    expect(bytesOf(asked(bytes))).toEqual(bytes)
  })

  it('of any bytes is found again, and no two are spelled alike', () => {
    const random = new Random(5)
    const spelled = new Map<string, string>()
    for (let round = 0; round < 3_000; round += 1) {
      const bytes = Buffer.from(Array.from({ length: 1 + random.int(6) }, () => 1 + random.int(255)))
      expect(bytesOf(asked(bytes))).toEqual(bytes)
      expect(spelled.get(asked(bytes)) ?? bytes.toString('hex')).toBe(bytes.toString('hex'))
      spelled.set(asked(bytes), bytes.toString('hex'))
    }
  })

  it('is shown as it is where it is text, and byte by byte where it is not', () => {
    expect(shown(Buffer.from('a\\b'))).toBe('a\\b')
    expect(shown(Buffer.from([0x61, 0xff, 0x62]))).toBe('a\\xffb')
  })
})

describe('a path', () => {
  it('is taken apart to names, bytes where they are no text', () => {
    expect(namesOf('/volumes/a\\x5cb/\\xff/')).toEqual(['volumes', 'a\\b', Buffer.from([0xff])])
    expect(pathOf(namesOf('volumes/a\\x5cb/\\xff'))).toBe('volumes/a\\x5cb/\\xff')
  })

  it.each(['..', 'volumes/../../etc', 'volumes/\\x2e\\x2e', 'a\\x2fb', 'a\\x00b'])(
    '%s is refused',
    (path) => {
      expect(() => namesOf(path)).toThrow(expect.objectContaining({ code: 'helper/path-refused' }))
    },
  )
})
