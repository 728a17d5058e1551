import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { StorageKind, StorageScan } from '../../../renderer/src/app/storage/kinds'
import { faultOf, hoursOf, keepOf, NOTHING_KEPT } from '../../../renderer/src/features/storage/cleanup/keep'
import { grownInADay, growthOf, type StorageHistory } from '../../../renderer/src/features/storage/growth'
import { groupsOf, tilesOf } from '../../../renderer/src/features/storage/owner-map'
import { nearest, type Direction } from '../../../renderer/src/lib/nearest'
import { handle } from '../../../renderer/src/ui/tiles'
import { kindsOf, truthOf, type UsagePart } from '../../../renderer/src/features/storage/parts'
import {
  rowsOf,
  targetOf,
  wayTo,
  type Folder,
  type Place,
  type StorageEntry,
} from '../../../renderer/src/features/files/tree'
import { jsonTokens } from '../../../renderer/src/lib/json-tokens'
import { squarify, type Rect } from '../../../renderer/src/lib/squarify'
import { visibleText } from '../../../renderer/src/lib/visible-text'
import files from '../../../renderer/src/locales/en/files'
import owners from '../../../renderer/src/locales/en/owners'
import { fakeShares } from '../../support/fake-data-root'
import { Random } from '../../support/random'

const overlap = (a: Rect, b: Rect) =>
  Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) *
  Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y))

describe('squarified rectangles', () => {
  const box: Rect = { x: 10, y: 20, width: 600, height: 400 }

  it('have the areas of their values, lie in the box and on none other', () => {
    const chance = new Random(7)
    for (let round = 0; round < 40; round += 1) {
      const values = Array.from({ length: 1 + chance.int(60) }, () => chance.next() ** 4 * 1e9 + 1).sort(
        (a, b) => b - a,
      )
      const total = values.reduce((sum, value) => sum + value, 0)
      const rects = squarify(values, box)
      expect(rects).toHaveLength(values.length)
      rects.forEach((rect, index) => {
        const area = ((values[index] ?? 0) / total) * box.width * box.height
        expect(rect.width * rect.height).toBeCloseTo(area, 3)
        expect(rect.x).toBeGreaterThanOrEqual(box.x - 1e-6)
        expect(rect.x + rect.width).toBeLessThanOrEqual(box.x + box.width + 1e-3)
        expect(rect.y + rect.height).toBeLessThanOrEqual(box.y + box.height + 1e-3)
        for (const other of rects.slice(index + 1)) expect(overlap(rect, other)).toBeLessThan(1e-3)
      })
    }
  })

  it('are near to squares where values are alike', () => {
    for (const { width, height } of squarify(
      Array.from({ length: 24 }, () => 1),
      box,
    ))
      expect(Math.max(width / height, height / width)).toBeLessThan(1.6)
  })

  it('are nothing where there is nothing to divide', () => {
    expect(squarify([], box)).toEqual([])
    expect(squarify([0, 0], box).every(({ width }) => width === 0)).toBe(true)
    expect(squarify([1], { ...box, height: 0 })).toHaveLength(1)
  })
})

const SCAN: StorageScan = {
  state: 'done',
  roots: ['/var/lib/docker'],
  startedAt: '2026-01-01T00:00:00Z',
  elapsedMs: 1,
  entries: 1,
  bytes: fakeShares().reduce((sum, { bytes }) => sum + bytes, 0),
  rememberedBytes: 0,
  missed: 0,
  shares: fakeShares(),
  rest: [{ kind: 'build-cache', owners: 143, bytes: 12_400_000, entries: 5_120 }],
}

describe('the map', () => {
  const size = { width: 900, height: 420 }

  it('stands for every owner: drawn, or counted in a tile for the rest', () => {
    const tiles = tilesOf(SCAN, undefined, size)
    const drawn = tiles.filter(({ what }) => what === 'owner').length
    const more = tiles.filter(({ what }) => what === 'more').reduce((sum, { owners: n }) => sum + n, 0)
    const plain = tiles
      .filter(({ what, holds }) => what === 'kind' && !holds)
      .reduce((sum, { owners: n }) => sum + n, 0)
    expect(drawn + more + plain).toBe(SCAN.shares.length + 143)
    for (const { rect } of tiles) {
      expect(rect.x + rect.width).toBeLessThanOrEqual(size.width + 1)
      expect(rect.y + rect.height).toBeLessThanOrEqual(size.height + 1)
    }
  })

  it('keeps every owner within its kind, however small', () => {
    const chance = new Random(11)
    const kinds: StorageKind[] = ['volume', 'layer', 'log', 'container', 'swarm', 'engine']
    for (let round = 0; round < 60; round += 1) {
      const shares = fakeShares()
        .slice(0, 1 + chance.int(80))
        .map((share) => ({
          ...share,
          bytes: Math.ceil(chance.next() ** 6 * 1e9),
          owner: { ...share.owner, kind: chance.pick(kinds) },
        }))
      const tiles = tilesOf({ ...SCAN, shares, rest: [] }, undefined, { width: 747, height: 419 })
      for (const outer of tiles.filter(({ holds }) => holds))
        for (const { what, kinds: of, rect } of tiles) {
          if (what === 'kind' || of.length !== 1 || of[0] !== outer.kinds[0]) continue
          expect(rect.x).toBeGreaterThanOrEqual(outer.rect.x)
          expect(rect.y).toBeGreaterThanOrEqual(outer.rect.y)
          expect(rect.x + rect.width).toBeLessThanOrEqual(outer.rect.x + outer.rect.width + 1)
          expect(rect.y + rect.height).toBeLessThanOrEqual(outer.rect.y + outer.rect.height + 1)
        }
    }
  })

  it('zooms to a kind, whose owners then have the whole of it', () => {
    const tiles = tilesOf(SCAN, ['volume'], size)
    expect(new Set(tiles.flatMap(({ kinds }) => kinds))).toEqual(new Set(['volume']))
    expect(tiles[0]).toMatchObject({ what: 'owner', share: { owner: { name: 'pgdata' } } })
    expect(tilesOf(SCAN, ['swarm', 'network'], size).map(({ what }) => what)).toContain('kind')
    expect(tilesOf(SCAN, ['unmapped'], size)).toEqual([])
  })

  it('counts what is told by kind alone', () => {
    const group = groupsOf(SCAN, ['build-cache'])[0]
    expect(group?.owners).toBe(36 + 143)
  })

  it('is walked with the arrow keys, from its edges nowhere', () => {
    const tiles = tilesOf(SCAN, undefined, size)
    const neighbour = (from: (typeof tiles)[number], way: Direction) => nearest(tiles, from, way, handle)
    const [first] = tiles
    if (!first) throw new Error('no tile')
    const right = neighbour(first, 'right')
    expect(right && right.rect.x > first.rect.x).toBe(true)
    expect(neighbour(first, 'up')).toBeUndefined()
    expect(neighbour(first, 'left')).toBeUndefined()
    const below = neighbour(first, 'down')
    expect(below?.what).toBe('owner')
    // Whatever is drawn can be reached.
    const reached = new Set([first])
    for (const tile of reached)
      for (const direction of ['left', 'right', 'up', 'down'] as const) {
        const next = neighbour(tile, direction)
        if (next) reached.add(next)
      }
    expect(reached.size).toBe(tiles.length)
  })
})

describe('the bar of truth', () => {
  const part = (name: UsagePart['part'], bytes: number, from: UsagePart['from'] = 'scan'): UsagePart => ({
    part: name,
    bytes,
    from,
  })

  it('tells what the engine counts from what it leaves out, and what is not Docker’s at all', () => {
    const truth = truthOf([
      part('log', 300),
      part('volume', 500),
      part('layer', 700),
      part('orphan', 400),
      part('unexplained', 900, 'file-system'),
      part('elsewhere', 90_000, 'file-system'),
      part('network', 0),
    ])
    expect(truth).toMatchObject({
      bytes: 2_800,
      engineBytes: 1_200,
      leftOutBytes: 1_600,
      elsewhereBytes: 90_000,
    })
    expect(truth.sides.map(({ parts }) => parts.map((one) => one.part))).toEqual([
      ['layer', 'volume'],
      ['orphan', 'log', 'unexplained'],
    ])
  })

  it('puts together what is too small to be seen, if that is more than one', () => {
    const small = truthOf([part('volume', 1e9), part('swarm', 10), part('runtime', 20), part('log', 1e8)])
    expect(small.sides[1]).toMatchObject({
      parts: [{ part: 'log' }],
      small: [{ part: 'runtime' }, { part: 'swarm' }],
    })
    const one = truthOf([part('volume', 1e9), part('swarm', 10)])
    expect(one.sides[1]).toMatchObject({ parts: [{ part: 'swarm' }], small: [] })
  })

  it('leads to the owners of a stretch, where any are known', () => {
    expect(kindsOf('images')).toContain('layer')
    expect(kindsOf('log')).toEqual(['log'])
    expect(kindsOf('unexplained')).toEqual([])
  })
})

describe('growth', () => {
  const at = (day: number) => new Date(Date.UTC(2026, 0, day)).toISOString()
  const history = (points: StorageHistory['points']): StorageHistory => ({ points, grew: [] })
  const point = (day: number, kind: 'images' | 'layer', bytes: number): StorageHistory['points'][number] => ({
    takenAt: at(day),
    kinds: [{ kind, bytes }],
  })

  it('is drawn from scans alone where there are two, else from the engine’s figures', () => {
    const both = [
      point(1, 'images', 5),
      point(2, 'layer', 100),
      point(3, 'images', 6),
      point(4, 'layer', 120),
    ]
    expect(growthOf(history(both))).toMatchObject({ by: 'scans', line: [{ y: 100 }, { y: 120 }] })
    expect(growthOf(history(both.slice(0, 3)))).toMatchObject({ by: 'engine', line: [{ y: 5 }, { y: 6 }] })
  })

  it('in a day is told against a point of about a day before, and not without one', () => {
    const line = growthOf(history([1, 9, 10].map((day) => point(day, 'layer', day * 10)))).line
    expect(grownInADay(line)).toBe(10)
    expect(grownInADay(line.slice(0, 2))).toBeUndefined()
    expect(grownInADay([])).toBeUndefined()
  })
})

describe('what is spared', () => {
  it('is read from words however they are set apart', () => {
    expect(
      keepOf({ ...NOTHING_KEPT, names: ' web-*, db\n db ', labels: 'keep', age: '2', unit: 'days' }),
    ).toEqual({
      names: ['web-*', 'db'],
      labels: ['keep'],
      youngerThanHours: 48,
    })
    expect(keepOf(NOTHING_KEPT)).toEqual({})
  })

  it('is refused where it cannot be meant', () => {
    expect(hoursOf({ age: '1,5', unit: 'hours' })).toBe(1.5)
    for (const age of ['-1', 'x', '1e9', '0x10', 'Infinity'])
      expect(faultOf({ ...NOTHING_KEPT, age })).toBe('age')
    expect(faultOf({ ...NOTHING_KEPT, names: 'x'.repeat(257) })).toBe('names')
    expect(faultOf({ ...NOTHING_KEPT, labels: Array.from({ length: 201 }, (_, n) => n).join(' ') })).toBe(
      'labels',
    )
    expect(faultOf({ ...NOTHING_KEPT, names: 'web', age: '7' })).toBeUndefined()
  })
})

describe('names of others', () => {
  it('are shown with what cannot be seen in them', () => {
    expect(visibleText('line\nbreak \u001b[31m\u202Egnp.exe\u200b')).toBe(
      'line\\nbreak \\x1b[31m\\u{202e}gnp.exe\\u{200b}',
    )
    expect(visibleText('\u2028\ud800\u00ad')).toBe('\\u{2028}\\u{d800}\\xad')
    expect(visibleText('кафе 日本 <b>')).toBe('кафе 日本 <b>')
    expect(visibleText('a\tb\n\u0007', '\n\t')).toBe('a\tb\n\\x07')
  })
})

describe('JSON for a reader', () => {
  const laid = (text: string) =>
    jsonTokens(text)
      ?.map((token) => token.text)
      .join('')

  it('is laid out anew and else the same to the letter', () => {
    const text = '{"a":[1,2.50,{}],"b":{"c":"x,{\\"y","d":null},"e":[]}'
    const out = laid(text)
    expect(JSON.parse(out ?? '')).toEqual(JSON.parse(text))
    expect(out).toContain('2.50')
    expect(out?.split('\n')).toHaveLength(12)
    expect(jsonTokens('{"a":"b"}')?.map(({ kind }) => kind)).toEqual([
      'mark',
      'key',
      'mark',
      'string',
      'mark',
    ])
  })

  it('is left alone where it is none', () => {
    expect(jsonTokens('{"a":')).toBeUndefined()
  })
})

const place = (path: string, more: Partial<StorageEntry> = {}): StorageEntry => ({
  name: path.split('/').at(-1) ?? '',
  path,
  type: 'file',
  sizeBytes: 1,
  modifiedAt: '2026-01-01T00:00:00Z',
  mode: '-rw-------',
  uid: 0,
  gid: 0,
  owner: { id: 'engine', kind: 'engine', name: 'dockerd', inUse: true, because: [] },
  ...more,
})

describe('the tree', () => {
  const top: Place = { ...place(''), name: '/data', type: 'folder' }
  const folder = (entries: StorageEntry[], more: Partial<Folder> = {}): Folder => ({
    entries,
    loading: false,
    ...more,
  })
  const entries = [
    place('b10', { diskBytes: 5 }),
    place('b9', { diskBytes: 50 }),
    place('dir', { type: 'folder' }),
  ]
  const rows = (more: Partial<Parameters<typeof rowsOf>[0]>) =>
    rowsOf({
      tops: [top],
      folders: new Map([['', folder(entries)]]),
      open: new Set(['']),
      measures: new Map(),
      sort: 'name',
      ...more,
    }).map((row) => (row.kind === 'place' ? row.place.path : row.kind))

  it('has folders first, then names as people count; or the largest first', () => {
    expect(rows({})).toEqual(['', 'dir', 'b9', 'b10'])
    expect(rows({ sort: 'size', measures: new Map([['dir', { bytes: 20, entries: 2 }]]) })).toEqual([
      '',
      'b9',
      'dir',
      'b10',
    ])
  })

  it('says what it does not list: not yet, not at all, not everything, nothing', () => {
    expect(rows({ open: new Set(['', 'dir']) })).toContain('loading')
    const of = (inner: Folder) =>
      rows({
        open: new Set(['', 'dir']),
        folders: new Map([
          ['', folder(entries)],
          ['dir', inner],
        ]),
      })
    expect(of(folder([], { failure: { code: 'internal', message: 'x' } }))).toContain('failed')
    expect(of(folder([place('dir/x')], { next: 'x' }))).toContain('more')
    expect(of(folder([]))).toContain('empty')
  })

  it('sums a folder whose entries are all known, and never one of which some are not', () => {
    const of = (measures: Map<string, { bytes: number; entries: number }>) =>
      rowsOf({
        tops: [top],
        folders: new Map([['', folder(entries)]]),
        open: new Set(['']),
        measures,
        sort: 'name',
      })[0]
    expect(of(new Map())).toMatchObject({ measure: undefined })
    expect(of(new Map([['dir', { bytes: 100, entries: 7 }]]))).toMatchObject({
      measure: { bytes: 155, entries: 10 },
    })
  })

  it('knows the way to a path, and that there is none to some', () => {
    expect(wayTo('overlay2/x/diff', ['', '/ctd'])).toEqual(['', 'overlay2', 'overlay2/x', 'overlay2/x/diff'])
    expect(wayTo('/ctd/io/x', ['', '/ctd'])).toEqual(['/ctd', '/ctd/io', '/ctd/io/x'])
    expect(wayTo('', [''])).toEqual([''])
    expect(wayTo('/etc/passwd', ['', '/ctd'])).toBeUndefined()
    expect(wayTo('/ctdx', ['', '/ctd'])).toBeUndefined()
  })

  it('follows a link in the data-root, and none that a container reads otherwise', () => {
    const link = (path: string, linkTarget: string) =>
      targetOf(place(path, { type: 'link', linkTarget }), '/data')
    expect(link('overlay2/l/ABC', '../xyz/diff')).toBe('overlay2/xyz/diff')
    expect(link('a', '/data/volumes')).toBe('volumes')
    expect(link('overlay2/x/diff/bin', '/usr/bin')).toBeUndefined()
    expect(link('a', '../../etc')).toBeUndefined()
  })
})

describe('the words', () => {
  const folderOf = (path: string) => join(import.meta.dirname, '../../../electron/helper/storage', path)
  const source = readdirSync(folderOf('.'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(folderOf(name), 'utf8'))
    .join('\n')

  it('are there for each reason that the helper gives', () => {
    const given = [...source.matchAll(/because\(\s*'([a-z-]+)'|'(no-[a-z-]+)'/g)].map(
      ([, a, b]) => a ?? b ?? '',
    )
    expect(given.length).toBeGreaterThan(15)
    expect([...new Set(given)].filter((code) => !(code in owners.because))).toEqual([])
  })

  it('are there for each place that the helper knows', () => {
    const places = readFileSync(folderOf('places.ts'), 'utf8')
    const known = Object.keys(files.meaning)
    const given = [
      ...places.matchAll(/(?:whole|part)\([^()]*?\}, '([a-z0-9-]+)'|:\s*'([a-z0-9]+(?:-[a-z0-9]+)+)'/g),
    ]
      .map(([, a, b]) => a ?? b ?? '')
      .filter((code) => !KINDS_OF_PLACES.has(code))
    expect(given.length).toBeGreaterThan(40)
    expect([...new Set(given)].filter((code) => !known.includes(code))).toEqual([])
  })

  it('name every kind of owner in the singular, the plural and a sentence', () => {
    const kinds: StorageKind[] = Object.keys(owners.owner.kind) as StorageKind[]
    expect(Object.keys(owners.owner.kinds)).toEqual(kinds)
    expect(Object.keys(owners.owner.about)).toEqual(kinds)
  })
})

/** What places.ts calls kinds of places, in the same spelling as meanings. */
const KINDS_OF_PLACES = new Set([
  'image-data',
  'layer-temporary',
  'layer-folder',
  'container-files',
  'build-cache',
  'not-docker',
])
