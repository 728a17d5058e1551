import { describe, expect, it } from 'vitest'
import { analyze, listFolder, search } from '../../../../electron/services/images/tree'
import type { Change } from '../../../../electron/services/images/tree/visible'
import { CutsOfTree } from '../../../../electron/services/images/tree/cuts-of-tree'
import { file, folder, opened, treeOf } from '../../../support/image-tree'

const { signal } = new AbortController()

/** A folder that stays, one that goes, one that is emptied and filled again, and one that a layer only goes through. */
const IMAGE = opened(
  [
    folder('app/'),
    folder('app/keep/'),
    file('app/keep/one', 10),
    folder('app/gone/'),
    folder('app/gone/deep/'),
    file('app/gone/deep/two', 20),
    folder('app/again/'),
    file('app/again/old', 5),
    file('app/.env', 7),
    file('readme', 1),
  ],
  [
    file('app/.wh.gone', 0),
    folder('app/again/'),
    file('app/again/.wh..wh..opq', 0),
    file('app/again/new', 6),
    file('app/.wh..env', 0),
  ],
  [file('app/keep/one', 11), file('app/keep/three', 3)],
)

const shown = async (
  layer: number,
  path: string,
  changes?: Change[],
  mode: 'layer' | 'merged' = 'merged',
) => {
  const { entries } = await listFolder(IMAGE, { layer, mode, path, ...(changes ? { changes } : {}) })
  return entries.map(({ name, change, sizeBytes, changesBelow }) =>
    [name, change, sizeBytes, ...(changesBelow === undefined ? [] : [changesBelow])].join(' '),
  )
}

describe('a folder that is listed', () => {
  it('tells what the layer did below each folder', async () => {
    expect(await shown(0, '/')).toEqual(['app added 42 8', 'readme added 1'])
    expect(await shown(1, '/')).toEqual(['app unchanged 16 6', 'readme unchanged 1'])
    expect(await shown(1, '/app')).toEqual([
      '.env removed 7',
      'again unchanged 6 2',
      'gone removed 20 2',
      'keep unchanged 10 0',
    ])
    expect(await shown(2, '/app')).toEqual(['again unchanged 6 0', 'keep unchanged 14 2'])
    expect(await shown(2, '/', undefined, 'layer')).toEqual(['app unchanged 14 2'])
  })

  it.each([
    [1, '/', ['removed'], ['app unchanged 16 6']],
    [1, '/app', ['removed'], ['.env removed 7', 'again unchanged 6 2', 'gone removed 20 2']],
    [1, '/app', ['added'], ['again unchanged 6 2']],
    [1, '/app/again', ['added'], ['new added 6']],
    [1, '/app/gone/deep', ['removed'], ['two removed 20']],
    [2, '/app', ['modified'], ['keep unchanged 14 2']],
    [2, '/app', ['metadata'], []],
    [0, '/', ['added', 'removed'], ['app added 42 8', 'readme added 1']],
  ] as [number, string, Change[], string[]][])(
    'holds of layer %i in %s with %j alone',
    async (layer, path, changes, entries) => {
      expect(await shown(layer, path, changes)).toEqual(entries)
    },
  )

  it('marks what looks like a credential', async () => {
    const { entries } = await listFolder(IMAGE, { layer: 0, mode: 'merged', path: '/app' })
    expect(entries.filter(({ credential }) => credential !== undefined)).toMatchObject([
      { name: '.env', credential: 'environment' },
    ])
  })

  it('fits into a message however long its names are', async () => {
    const long = opened([
      folder('d/'),
      ...Array.from({ length: 1_500 }, (_, n) => file(`d/${String(n).padStart(4, '0')}${'é'.repeat(40)}`, 1)),
    ])
    const names: string[] = []
    for (let after: string | undefined, pages = 0; pages < 50; pages += 1) {
      const page = await listFolder(long, { layer: 0, mode: 'merged', path: 'd', after })
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(1_000_000)
      names.push(...page.entries.map(({ name }) => name))
      after = page.next
      if (after === undefined) break
    }
    expect(names).toHaveLength(1_500)
  })
})

describe('a search over all layers', () => {
  const find = async (text: string, credentials = false) =>
    (await search(IMAGE, { text, credentials }, signal)).hits.map(
      ({ path, versions, visible }) =>
        `${path} ${versions.map(({ layer, change }) => `${layer}${change[0] ?? ''}`).join('')} ${visible ?? '-'}`,
    )

  it('tells which layer brought a file, which changed and which hid it', async () => {
    expect(await find('ONE')).toEqual([
      '/app/gone 0a1r -',
      '/app/gone/deep 0a1r -',
      '/app/gone/deep/two 0a1r -',
      '/app/keep/one 0a2m 2',
    ])
    expect(await find('old')).toEqual(['/app/again/old 0a1r -'])
    expect(await find('three')).toEqual(['/app/keep/three 2a 2'])
  })

  it.each([
    ['p/keep/o', ['/app/keep/one 0a2m 2']],
    ['/readme', ['/readme 0a 0']],
    ['/app/keep/', ['/app/keep/one 0a2m 2', '/app/keep/three 2a 2']],
    ['keep/two', []],
    ['app//', []],
    ['no such', []],
  ])('finds %s across folders', async (text, hits) => {
    expect(await find(text)).toEqual(hits)
  })

  it('keeps to what looks like credentials', async () => {
    expect(await find('/', true)).toEqual(['/app/.env 0a1r -'])
  })

  it('is in the order of paths, of which the first are listed and all are counted', async () => {
    const many = opened([
      folder('b/'),
      ...Array.from({ length: 700 }, (_, n) => file(`b/${1_000 + n}`, 1)),
      file('a', 1),
    ])
    const { hits, total } = await search(many, { text: '/', credentials: false }, signal)
    expect([hits.length, total]).toEqual([500, 702])
    expect(hits.slice(0, 3).map(({ path }) => path)).toEqual(['/a', '/b', '/b/1000'])
  })

  it('leaves out what no layer has', async () => {
    const { hits } = await search(
      opened([file('x/.wh.never', 0), file('x/y', 1)]),
      { text: 'e', credentials: false },
      signal,
    )
    expect(hits).toEqual([])
  })
})

describe('credentials of an image', () => {
  it('are told, those that are hidden first, with the layer that hides them', async () => {
    const image = opened(
      [file('root/.ssh/id_rsa', 9), file('root/.npmrc', 8), file('empty/.env', 0), file('srv/tls.key', 3)],
      [file('root/.ssh/.wh.id_rsa', 0), file('srv/tls.key', 4), file('root/.npmrc', 8, { mode: 0o600 })],
    )
    const { credentials } = await analyze(image, signal)
    expect(credentials).toEqual([
      { path: '/root/.ssh/id_rsa', credential: 'private-key', sizeBytes: 9, layer: 0, hiddenBy: 1 },
      { path: '/srv/tls.key', credential: 'private-key', sizeBytes: 3, layer: 0, hiddenBy: 1 },
      { path: '/root/.npmrc', credential: 'token', sizeBytes: 8, layer: 1 },
      { path: '/srv/tls.key', credential: 'private-key', sizeBytes: 4, layer: 1 },
    ])
  })
})

describe('layers that hide folders again and again', () => {
  const hiding = (folders: number) =>
    treeOf([
      Array.from({ length: folders }, (_, n) => file(`d${n}/x`, 1)),
      [file('.wh..wh..opq', 0)],
      Array.from({ length: folders }, (_, n) => file(`d${n}/.wh..wh..opq`, 0)),
    ])

  it('are held to what is kept', async () => {
    await expect(CutsOfTree.of(hiding(100), signal, 150)).rejects.toMatchObject({ code: 'image/too-large' })
    const cuts = await CutsOfTree.of(hiding(100), signal)
    const tree = hiding(100)
    expect(cuts.below(tree.child(tree.root, 'd1'))).toBe(cuts.below(tree.child(tree.root, 'd99')))
  })
})
