import { describe, expect, it } from 'vitest'
import { folderOf, targetOf, wayTo, type Entry } from '../../../renderer/src/features/images/image/contents'
import { encoded } from '../../../renderer/src/features/images/image/file/content'
import { asciiText, hexText, linesOf, offsetText } from '../../../renderer/src/features/images/image/file/hex'
import { tilesOf, wantedOf } from '../../../renderer/src/features/images/image/map/tiles'
import { stepOf, wordsOf } from '../../../renderer/src/features/images/image/step'
import { modeText } from '../../../renderer/src/features/images/image/tree/mode'
import { rowsOf, sorted } from '../../../renderer/src/features/images/image/tree/rows'

const entry = (name: string, more: Partial<Entry> = {}): Entry => ({
  ...{ name, path: `/${name}`, type: 'file', change: 'added', mode: 0o644, uid: 0, gid: 0 },
  ...{ sizeBytes: 0, modifiedAt: '2026-01-05T10:00:00.000Z', layer: 0 },
  ...more,
})

describe('a path of an image', () => {
  it('has a folder, and folders on the way to it', () => {
    expect([folderOf('/a/b'), folderOf('/a'), folderOf('/')]).toEqual(['/a', '/', '/'])
    expect(wayTo('/a/b/c')).toEqual(['/', '/a', '/a/b'])
    expect(wayTo('/a')).toEqual(['/'])
  })

  it.each([
    ['/bin', 'usr/bin', '/usr/bin'],
    ['/usr/lib/x', '../bin/y', '/usr/bin/y'],
    ['/a', '/etc/./z', '/etc/z'],
    ['/a/b', '../../../../etc/passwd', '/etc/passwd'],
  ])('%s leads by %s to %s, and never out', (path, target, to) => {
    expect(targetOf(path, target)).toBe(to)
  })
})

describe('an instruction', () => {
  it.each([
    ['/bin/sh -c #(nop) ADD file:ab in / ', 'ADD', 'file:ab in /'],
    [
      '/bin/sh -c apt-get update &&\t apt-get -y install curl',
      'RUN',
      'apt-get update && apt-get -y install curl',
    ],
    ['RUN |1 A=b /bin/sh -c make # buildkit', 'RUN', 'make'],
    [`/bin/sh -c #(nop) COPY dir:${'1234abcd'.repeat(8)} in /app `, 'COPY', 'dir:1234abcd… in /app'],
    ['COPY . /app # buildkit', 'COPY', '. /app'],
    ['WORKDIR /a\u202eb', 'WORKDIR', '/a\\u{202e}b'],
    ['imported', undefined, 'imported'],
  ])('%j is told as %s', (createdBy, word, rest) => {
    expect(stepOf(createdBy)).toEqual(word === undefined ? { rest } : { word, rest })
  })

  it('is counted with others that made no layer', () => {
    expect(wordsOf(['ENV A=1', 'ENV B=2', '/bin/sh -c #(nop)  CMD ["sh"]'])).toBe('ENV ×2, CMD')
  })
})

describe('a mode', () => {
  it.each([
    ['folder', 0o755, 'drwxr-xr-x'],
    ['folder', 0o1777, 'drwxrwxrwt'],
    ['file', 0o4755, '-rwsr-xr-x'],
    ['file', 0o2644, '-rw-r-Sr--'],
    ['symlink', 0o777, 'lrwxrwxrwx'],
    ['char', 0o666, 'crw-rw-rw-'],
  ] as const)('of a %s is written as ls does', (type, mode, text) => {
    expect(modeText({ type, mode })).toBe(text)
  })
})

describe('lines of the tree', () => {
  const folders = new Map([
    [
      '/',
      {
        entries: [entry('b', { sizeBytes: 50 }), entry('a', { type: 'folder', sizeBytes: 200 })],
        loading: false,
      },
    ],
    ['/a', { entries: [], loading: false }],
  ])

  it('are folders first by name, or all by size, each with its share of the largest', () => {
    const rows = rowsOf({ folders, open: new Set(), sort: 'name' })
    expect(rows.map(({ key }) => key)).toEqual(['/a', '/b'])
    expect(rows[1]).toMatchObject({ share: 0.25 })
    expect(sorted([entry('x', { sizeBytes: 1 }), entry('y', { sizeBytes: 2 })], 'size')[0]?.name).toBe('y')
  })

  it('say of an open folder that it is empty, unknown, or goes on', () => {
    expect(rowsOf({ folders, open: new Set(['/a']), sort: 'name' })[1]).toMatchObject({
      kind: 'empty',
      depth: 1,
    })
    expect(rowsOf({ folders: new Map(), open: new Set(), sort: 'name' })).toMatchObject([{ kind: 'loading' }])
    const more = new Map([['/', { entries: [entry('a')], next: 'a', loading: false }]])
    expect(rowsOf({ folders: more, open: new Set(), sort: 'name' })[1]).toMatchObject({
      kind: 'more',
      shown: 1,
    })
  })
})

describe('a map of a folder', () => {
  it('gives each entry its share, those too small together, and nothing to what is removed', () => {
    const entries = [
      entry('large', { sizeBytes: 9_000 }),
      entry('gone', { sizeBytes: 9_000, change: 'removed' }),
      ...Array.from({ length: 30 }, (_, n) => entry(`s${n}`, { sizeBytes: 1 })),
    ]
    const box = { width: 400, height: 200 }
    const tiles = tilesOf('/', box, () => entries)
    expect(tiles.map(({ key, entries }) => [key, entries])).toEqual([
      ['/large', 1],
      ['+/', 30],
    ])
    expect(tilesOf('/', box, () => [entry('empty')])).toEqual([])
  })

  it('draws folders with what is in them, where there is room and they are listed', () => {
    const folder = entry('f', { type: 'folder', sizeBytes: 10 })
    const inner = entry('x', { path: '/f/x', sizeBytes: 10 })
    const box = { width: 400, height: 200 }
    const before = tilesOf('/', box, (path) => (path === '/' ? [folder] : undefined))
    expect(before.map(({ key, holds }) => [key, holds])).toEqual([['/f', false]])
    expect(wantedOf(before, () => undefined)).toEqual(['/f'])
    const after = tilesOf('/', box, (path) => (path === '/' ? [folder] : [inner]))
    expect(after.map(({ key, holds, folder }) => [key, holds, folder])).toEqual([
      ['/f', true, '/'],
      ['/f/x', false, '/f'],
    ])
    expect(after[1]?.rect.y).toBeGreaterThanOrEqual(20)
  })
})

describe('bytes', () => {
  it('stand in lines of sixteen, with the letters they would be', () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('Porthole 0.1\n'), 0, 255, 127, 65])
    expect(linesOf(bytes)).toEqual([0, 1])
    expect(hexText(bytes, 0)).toBe('50 6f 72 74 68 6f 6c 65  20 30 2e 31 0a 00 ff 7f')
    expect(asciiText(bytes, 0)).toBe('Porthole 0.1....')
    expect([offsetText(1), hexText(bytes, 1), asciiText(bytes, 1)]).toEqual(['00000010', '41', 'A'])
  })

  it('are base64 in any length', () => {
    const bytes = new Uint8Array(100_001).map((_, index) => index % 251)
    expect(encoded(bytes)).toBe(Buffer.from(bytes).toString('base64'))
  })
})
