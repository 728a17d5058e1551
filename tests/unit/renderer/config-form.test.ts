import { describe, expect, it } from 'vitest'
import { keyAt, readDocument } from '../../../renderer/src/features/configuration/document'
import { inForce } from '../../../renderer/src/features/configuration/effective'
import {
  maskedUrl,
  mirrorFault,
  networksOf,
  rotationOf,
  tlsStanding,
} from '../../../renderer/src/features/configuration/form/meaning'
import {
  listOf,
  mapOf,
  moved,
  pairRows,
  pastedItems,
  textRows,
} from '../../../renderer/src/features/configuration/form/rows'
import {
  bytesOf,
  fits,
  intOf,
  member,
  withMember,
} from '../../../renderer/src/features/configuration/form/values'
import { notesOf } from '../../../renderer/src/features/configuration/notes'
import {
  concerns,
  resetOf,
  rowsOf,
  same,
  selectStates,
  stateOf,
  strangerOption,
  type ConfigOption,
} from '../../../renderer/src/features/configuration/option'
import { describeOptions } from '../../../electron/services/config/describe'

const options: ConfigOption[] = await describeOptions('28.5.2', 'en')
const option = (key: string): ConfigOption => {
  const found = options.find((each) => each.key === key)
  if (!found) throw new Error(`There is no option ${key}.`)
  return found
}
const states = (values: Record<string, unknown>) =>
  rowsOf(options).map((each) =>
    stateOf(each, {
      values: new Map(Object.entries(values)),
      lines: new Map(),
      file: { effective: [], flags: [{ flag: '-H', key: 'hosts', value: 'fd://' }] },
      problems: [],
      changes: [],
    }),
  )

describe('a document', () => {
  it('gives its keys with their lines, the last of a double one as dockerd does', () => {
    const read = readDocument('{\n  "a": 1,\n  "b": {"c": ""},\n  "a": 2\n}')
    expect([...read.values]).toEqual([
      ['a', 2],
      ['b', { c: '' }],
    ])
    expect(read.lines.get('b')).toBe(3)
    expect(read.fault).toBeUndefined()
  })

  it.each([
    ['{\n  "a": 1,\n}', 3],
    ['{\n // x\n}', 2],
    ['{ "a": \u201c1\u201d }', 1],
    ['[]', 1],
    ['{"a": 1} x', 1],
  ])('that is none has a place and no values: %j', (text, line) => {
    const read = readDocument(text)
    expect(read.fault?.line).toBe(line)
    expect(read.values.size).toBe(0)
  })

  it('may be empty', () => {
    expect(readDocument('')).toMatchObject({ values: new Map() })
    expect(readDocument('').fault).toBeUndefined()
  })

  it('knows the key under the caret', () => {
    const text = '{\n  "debug": true,\n  "log-opts": {\n    "max-size": "1m"\n  }\n}'
    expect(keyAt(text, text.indexOf('max-size'))).toBe('log-opts')
    expect(keyAt(text, text.indexOf('true'))).toBe('debug')
    expect(keyAt(text, text.indexOf('  "debug'))).toBe('debug')
    expect(keyAt(text, 0)).toBeUndefined()
  })
})

describe('lists and maps', () => {
  it('never write an empty row, a blank one, or a half one', () => {
    const rows = [...textRows(['https://a', '']), { id: 0, text: '  ' }, { id: 1, text: ' https://b ' }]
    expect(listOf(rows)).toEqual(['https://a', 'https://b'])
    expect(listOf([{ id: 1, text: '' }])).toBeUndefined()
    expect(
      mapOf([
        { id: 1, name: 'max-size', text: '' },
        { id: 2, name: '', text: '3' },
        { id: 3, name: ' max-file ', text: ' 3 ' },
      ]),
    ).toEqual({ 'max-file': '3' })
    expect(mapOf([{ id: 1, name: '', text: '' }])).toBeUndefined()
  })

  it('keep what is no text as it is until it is typed over', () => {
    const [row] = pairRows({ 'max-file': 3 })
    expect(mapOf(row ? [row] : [])).toEqual({ 'max-file': 3 })
    expect(mapOf([{ id: 1, name: 'max-file', text: '4' }])).toEqual({ 'max-file': '4' })
  })

  it('take a paste of lines or commas as rows', () => {
    expect(pastedItems('https://a,\n"https://b" \r\n\n, https://c')).toEqual([
      'https://a',
      'https://b',
      'https://c',
    ])
  })

  it('move a row by one, and not past an end', () => {
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
    expect(moved(['a', 'b', 'c'], 0, -1)).toEqual(['a', 'b', 'c'])
    expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'b', 'c'])
  })
})

describe('values', () => {
  it('a number that is none is kept as typed, for the check to say so', () => {
    expect([
      intOf('7'),
      intOf('-1'),
      intOf(''),
      intOf('7x'),
      intOf('007'),
      intOf('99999999999999999999'),
    ]).toEqual([7, -1, undefined, '7x', '007', '99999999999999999999'])
  })

  it('an editor shows only what it can show whole', () => {
    expect(fits({ type: 'strings' }, ['a'])).toBe(true)
    expect(fits({ type: 'strings' }, ['a', 1])).toBe(false)
    expect(fits({ type: 'bool' }, 'yes')).toBe(false)
    expect(fits({ type: 'string-map' }, { a: { b: 1 } })).toBe(false)
    expect(fits({ type: 'pools' }, undefined)).toBe(true)
    expect(fits({ type: 'objects' }, undefined)).toBe(false)
  })

  it('a member is set and removed without touching its neighbours', () => {
    const before = { gc: { enabled: true, x: 1 }, other: [1] }
    expect(withMember(before, ['gc', 'enabled'], false)).toEqual({ gc: { enabled: false, x: 1 }, other: [1] })
    expect(withMember({ gc: { enabled: true } }, ['gc', 'enabled'], undefined)).toBeUndefined()
    expect(before.gc.enabled).toBe(true)
    expect(member(before, ['gc', 'x'])).toBe(1)
  })

  it('sizes are read as Docker reads them', () => {
    expect([
      bytesOf('10m', 1000),
      bytesOf('64M', 1024),
      bytesOf('1.5GiB', 1024),
      bytesOf('ten', 1000),
    ]).toEqual([10_000_000, 67_108_864, 1_610_612_736, undefined])
  })

  it('JSON is the same whatever the order of members', () => {
    expect(same({ a: 1, b: [1] }, { b: [1], a: 1 })).toBe(true)
    expect(same([1, 2], [2, 1])).toBe(false)
    expect(same({ a: undefined }, {})).toBe(false)
  })
})

describe('what values mean', () => {
  it('rotation of logs', () => {
    expect(rotationOf('json-file', undefined)).toEqual({ kind: 'endless' })
    expect(rotationOf('json-file', { 'max-file': '3' })).toEqual({ kind: 'endless' })
    expect(rotationOf('json-file', { 'max-size': '10m', 'max-file': '3' })).toMatchObject({
      total: 30_000_000,
    })
    expect(rotationOf('local', undefined)).toMatchObject({ files: 5, total: 100_000_000, compressed: true })
    expect(rotationOf('json-file', { 'max-size': 'ten' })).toEqual({ kind: 'unclear' })
    expect(rotationOf('syslog', {})).toEqual({ kind: 'elsewhere' })
  })

  it('networks of a pool', () => {
    expect(networksOf('172.30.0.0/16', 24)).toEqual({ count: 256, hosts: 254 })
    expect(networksOf('172.30.0.0/24', 16)).toBeUndefined()
    expect(networksOf('fd00::/48', 64)?.count).toBe(65_536)
  })

  it('faults of a mirror', () => {
    expect(
      ['https://a:5000/x', 'a.example', 'https://', 'https://a?x=1', 'https://u:p@a', ''].map(mirrorFault),
    ).toEqual([undefined, 'scheme', 'host', 'query', 'credentials', undefined])
  })

  it('a password in an address is hidden', () => {
    expect(maskedUrl('http://mara:secret@proxy:3128')).toBe('http://mara:•••@proxy:3128')
    expect(maskedUrl('http://proxy:3128')).toBeUndefined()
  })

  it('TLS and hosts together', () => {
    const keys = (values: Record<string, unknown>) => (key: string) => values[key]
    const files = { tlscacert: 'ca', tlscert: 'c', tlskey: 'k' }
    expect(tlsStanding(['unix:///x'], keys({}))).toBe('socket')
    expect(tlsStanding(['tcp://0.0.0.0:2375'], keys({}))).toBe('open')
    expect(tlsStanding(['tcp://0.0.0.0:2376'], keys({ tls: true, ...files }))).toBe('unverified')
    expect(tlsStanding(['tcp://0.0.0.0:2376'], keys({ tlsverify: true, tlscert: 'c' }))).toBe('incomplete')
    expect(tlsStanding(['tcp://0.0.0.0:2376'], keys({ tlsverify: true, ...files }))).toBe('verified')
  })
})

describe('a reset', () => {
  it('writes the default where removing would keep the running value', () => {
    expect(resetOf(option('debug'), true)).toEqual({ how: 'write', value: false })
    expect(resetOf(option('registry-mirrors'), true)).toEqual({ how: 'write', value: [] })
  })

  it('removes everything else, and a key that never was on disk', () => {
    expect(resetOf(option('log-level'), true).how).toBe('remove')
    expect(resetOf(option('max-concurrent-downloads'), true).how).toBe('remove')
    expect(resetOf(option('debug'), false).how).toBe('remove')
  })
})

describe('the list', () => {
  const shown = (query: string, more: Partial<Parameters<typeof selectStates>[1]> = {}, values = {}) =>
    selectStates(states(values), { query, category: 'all', onlyDiffering: false, ...more }).map(
      (state) => state.option.key,
    )

  it('is searched by key, help and flag, keys first', () => {
    expect(shown('mirror')[0]).toBe('registry-mirrors')
    expect(shown('--add-runtime')).toContain('runtimes')
    expect(shown('Docker Hub')).toContain('registry-mirrors')
    expect(shown('nothing of the kind')).toEqual([])
  })

  it('shows a category, and what differs', () => {
    expect(shown('', { category: 'container-logging' })).toEqual(['log-driver', 'log-opts'])
    const set = { 'log-driver': 'json-file', 'log-level': 'warn' }
    expect(shown('', { onlyDiffering: true }, set)).toEqual(['log-level', 'hosts'])
  })

  it('leaves out what this engine does not know, unless it is set or asked for', () => {
    expect(shown('')).not.toContain('firewall-backend')
    expect(shown('firewall-backend')).toContain('firewall-backend')
    expect(shown('', {}, { 'firewall-backend': 'nftables' })).toContain('firewall-backend')
  })

  it('has rows for keys nobody knows, and none for members of an object', () => {
    expect(strangerOption('colour').type).toBe('object')
    expect(rowsOf(options).map(({ key }) => key)).not.toContain('http-proxy')
    expect(concerns({ key: 'builder.gc.policy' }, 'builder')).toBe(true)
    expect(concerns({ key: 'builder' }, 'build')).toBe(false)
  })

  it('what is in force has every option this engine knows', () => {
    const rows = inForce(options, [{ key: 'debug', value: true, source: 'file', inFile: true }])
    expect(rows.find(({ key }) => key === 'debug')).toMatchObject({ value: true, source: 'file' })
    expect(rows.find(({ key }) => key === 'mtu')).toMatchObject({ value: 1500, source: 'default' })
    expect(rows.length).toBeGreaterThan(60)
  })
})

describe('notes of the page', () => {
  const plain = {
    file: { exists: true, readable: true, text: '{}', path: '/etc/docker/daemon.json' },
    block: undefined,
    dirty: false,
    link: 'connected' as const,
    desktop: false,
  }
  const kinds = (more: Partial<Parameters<typeof notesOf>[0]>) =>
    notesOf({ ...plain, ...more }).map(({ kind }) => kind)

  it('say what is unusual and nothing else', () => {
    expect(kinds({})).toEqual([])
    expect(kinds({ block: 'session', link: 'down' })).toEqual(['session', 'down'])
    expect(kinds({ file: { ...plain.file, exists: false, text: '' } })).toEqual(['absent'])
    expect(kinds({ file: { ...plain.file, text: ' \n' } })).toEqual(['empty'])
    expect(kinds({ link: 'down', file: { ...plain.file, readable: false } })).toEqual([])
    expect(kinds({ desktop: true, block: 'symlink' })).toEqual(['desktop', 'symlink'])
    expect(kinds({ file: { ...plain.file, path: '/var/snap/docker/current/config/daemon.json' } })).toEqual([
      'snap',
    ])
  })
})
