import { describe, expect, it } from 'vitest'
import { analyze } from '../../../../electron/services/images/tree/analyze'
import { LayerSink } from '../../../../electron/services/images/tree/layer-sink'
import { listFolder, type ListRequest } from '../../../../electron/services/images/tree/list'
import { OpenedTree } from '../../../../electron/services/images/tree/opened'
import { ImageTree } from '../../../../electron/services/images/tree/tree'
import { TarReader } from '../../../../electron/services/images/tar/reader'
import { file, folder, treeOf } from '../../../support/image-tree'
import { tar } from '../../../support/tar'

const { signal } = new AbortController()
/** Of a tree of at most three layers. */
async function list(tree: ImageTree, layer: number, path: string, more: Partial<ListRequest> = {}) {
  return listFolder(new OpenedTree(tree, 3), { layer, mode: 'merged', path, ...more })
}

async function shown(tree: ImageTree, layer: number, path: string, mode: 'layer' | 'merged' = 'merged') {
  const { entries } = await list(tree, layer, path, { mode })
  return entries.map(({ name, change }) => `${name} ${change}`)
}

describe('layers on each other', () => {
  const tree = treeOf([
    [folder('etc/'), file('etc/a', 10), file('etc/b', 20), folder('opt/'), file('opt/x', 5), file('top', 1)],
    [
      folder('etc/'),
      file('etc/.wh.a', 0),
      file('etc/b', 20, { mode: 0o600 }),
      file('etc/c', 3),
      file('.wh.opt', 0),
    ],
    [folder('etc/'), file('etc/.wh..wh..opq', 0), file('etc/d', 4), folder('opt/'), file('opt/y', 6)],
  ])

  it('are seen as a container sees them, with what the topmost changed', async () => {
    expect(await shown(tree, 0, '/')).toEqual(['etc added', 'opt added', 'top added'])
    expect(await shown(tree, 1, '/')).toEqual(['etc unchanged', 'opt removed', 'top unchanged'])
    expect(await shown(tree, 1, '/etc')).toEqual(['a removed', 'b metadata', 'c added'])
    expect(await shown(tree, 1, '/opt')).toEqual(['x removed'])
    expect(await shown(tree, 2, '/etc')).toEqual(['b removed', 'c removed', 'd added'])
    expect(await shown(tree, 2, '/opt')).toEqual(['y added'])
  })

  it('are seen one by one', async () => {
    expect(await shown(tree, 1, '/', 'layer')).toEqual(['etc unchanged', 'opt removed'])
    expect(await shown(tree, 2, '/etc', 'layer')).toEqual(['b removed', 'c removed', 'd added'])
  })

  it('have sizes of folders, and the layer each entry is from', async () => {
    const [etc, opt, top] = (await list(tree, 1, '')).entries
    expect([etc?.sizeBytes, opt?.sizeBytes, top?.sizeBytes]).toEqual([23, 5, 1])
    expect([etc?.layer, opt?.layer, top?.layer]).toEqual([1, 0, 0])
  })

  it('are counted, with what they waste', async () => {
    const { counts, efficiency, wastedBytes, wasted } = await analyze(new OpenedTree(tree, 3), signal)
    expect(counts).toMatchObject([
      { entries: 6, added: 6, removed: 0, bytes: 36 },
      { entries: 3, added: 1, metadata: 1, removed: 3, bytes: 23 },
      { entries: 4, added: 3, removed: 2, bytes: 10 },
    ])
    // a: 10 removed; b: 20 twice, removed; c: 3 removed; x: 5 removed; d, y and top are needed.
    expect(wasted.map(({ path, count, bytes }) => [path, count, bytes])).toEqual([
      ['/etc/b', 3, 40],
      ['/etc/a', 2, 10],
      ['/opt/x', 2, 5],
      ['/etc/c', 2, 3],
    ])
    expect(wastedBytes).toBe(58)
    expect(efficiency).toBeCloseTo((4 + 6 + 1) / 69, 12)
  })

  it('may be read in any order, and one of them stand twice', async () => {
    const a = [file('one', 1)]
    const b = [file('.wh.one', 0), file('two', 2)]
    const tree = treeOf([b, a], [1, 0, 1])
    expect(await shown(tree, 0, '')).toEqual(['one added'])
    expect(await shown(tree, 1, '')).toEqual(['one removed', 'two added'])
    expect(await shown(tree, 2, '')).toEqual(['one added', 'two unchanged'])
  })

  it('imply folders that an archive leaves out, and take the last of two entries', async () => {
    const tree = treeOf([
      [folder('a/', { uid: 5 }), file('a/x', 1)],
      [file('a/y', 1), file('a/y', 7)],
    ])
    const [a] = (await list(tree, 1, '')).entries
    expect(a).toMatchObject({ uid: 5, change: 'unchanged', layer: 0 })
    expect(await shown(tree, 1, '/a', 'layer')).toEqual(['y added'])
    expect((await list(tree, 1, '/a', { mode: 'layer' })).entries[0]?.sizeBytes).toBe(7)
  })

  it('replace a folder by a file and the other way round', async () => {
    const tree = treeOf([
      [folder('p/'), file('p/inner', 1)],
      [file('p', 2)],
      [folder('p/'), file('p/new', 3)],
    ])
    expect(await shown(tree, 1, '/')).toEqual(['p modified'])
    expect(await shown(tree, 2, '/p')).toEqual(['new added'])
  })
})

describe('paths', () => {
  it('from the root and through .. are what they mean inside the image', async () => {
    expect(await shown(treeOf([[file('/abs', 1), file('./a/../b', 1)]]), 0, '')).toEqual([
      'abs added',
      'b added',
    ])
  })

  it('that lead out are refused', async () => {
    expect(() => treeOf([[file('../../etc/passwd', 1)]])).toThrow(
      expect.objectContaining({ code: 'image/unreadable' }) as Error,
    )
  })

  it('of any bytes are asked for as they are shown', async () => {
    const tree = treeOf([
      [folder('d\\/'), { name: Buffer.from([0x64, 0x5c, 0x2f, 0xff]), body: Buffer.alloc(1) }],
    ])
    const [d] = (await list(tree, 0, '')).entries
    expect(d?.path).toBe('/d\\x5c')
    expect(await shown(tree, 0, d?.path ?? '')).toEqual(['\\xff added'])
  })

  it('that are not there are said to be not there', async () => {
    const tree = treeOf([[file('a', 1)]])
    for (const path of ['/b', '/a', '/a/b'])
      await expect(shown(tree, 0, path)).rejects.toMatchObject({ code: 'image/no-path' })
  })

  it('are listed in parts', async () => {
    const tree = treeOf([Array.from({ length: 4_500 }, (_, index) => file(`f${10_000 + index}`, 1))])
    const first = await list(tree, 0, '')
    const second = await list(tree, 0, '', { after: first.next })
    const third = await list(tree, 0, '', { after: second.next })
    expect([first, second, third].map(({ entries }) => entries.length)).toEqual([2_000, 2_000, 500])
    expect(third.next).toBeUndefined()
  })

  it('beyond the limit are refused', async () => {
    const tree = new ImageTree(3)
    const sink = new LayerSink(tree, 0)
    const reader = new TarReader((entry) => (sink.add(entry), undefined))
    expect(() => reader.push(tar(...'abcde'.split('').map((name) => file(name, 0))))).toThrow(
      expect.objectContaining({ code: 'image/too-large' }) as Error,
    )
  })
})
