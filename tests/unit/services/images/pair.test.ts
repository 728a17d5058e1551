import { describe, expect, it } from 'vitest'
import { configDifferences, configFields } from '../../../../electron/services/images/config-differences'
import { Pair } from '../../../../electron/services/images/tree'
import { file, folder, opened } from '../../../support/image-tree'

const { signal } = new AbortController()

describe('two images side by side', () => {
  const left = opened(
    [
      folder('etc/'),
      file('etc/same', 1),
      file('etc/larger', 10),
      file('etc/mode', 2),
      file('etc/hidden', 4),
      folder('only/'),
      file('only/left', 7),
      file('becomes', 3),
      file('a', 5),
      { name: 'b', flag: '1', link: 'a' },
    ],
    [file('etc/.wh.hidden', 0)],
  )
  const right = opened([
    folder('etc/'),
    file('etc/same', 1),
    file('etc/larger', 30),
    file('etc/mode', 2, { mode: 0o600 }),
    folder('becomes/'),
    file('becomes/inner', 9),
    folder('new/'),
    folder('new/deep/'),
    file('new/deep/file', 8),
    file('b', 5),
    { name: 'a', flag: '1', link: 'b' },
  ])
  const list = async (path: string, unchanged = false) =>
    (await Pair.of(left, right, signal))
      .list(path, undefined, unchanged)
      .entries.map(({ name, change, type, leftBytes, rightBytes, changesBelow }) =>
        [name, change, type, leftBytes ?? '-', rightBytes ?? '-', changesBelow ?? ''].join(' ').trim(),
      )

  it('differ folder by folder', async () => {
    expect(await list('/')).toEqual([
      'becomes modified folder 3 9 1',
      'etc unchanged folder 13 33 2',
      'new added folder - 8 2',
      'only removed folder 7 - 1',
    ])
    expect(await list('/etc')).toEqual(['larger modified file 10 30', 'mode metadata file 2 2'])
    expect(await list('/etc', true)).toContain('same unchanged file 1 1')
    expect(await list('/new')).toEqual(['deep added folder - 8 1'])
    expect(await list('/only')).toEqual(['left removed file 7 -'])
  })

  it('are counted as a whole, a hard link as the file that it is', async () => {
    expect((await Pair.of(left, right, signal)).counts).toEqual({
      added: 4,
      removed: 2,
      modified: 2,
      metadata: 1,
      unchanged: 4,
      addedBytes: 17,
      removedBytes: 7,
      grownBytes: 17,
    })
  })

  it('are the same where they are one', async () => {
    const pair = await Pair.of(left, left, signal)
    expect(pair.list('/', undefined, false).entries).toEqual([])
    expect(pair.counts).toMatchObject({ added: 0, removed: 0, modified: 0, metadata: 0 })
  })

  it('have no folder where neither has one', async () => {
    const pair = await Pair.of(left, right, signal)
    expect(() => pair.list('/etc/hidden', undefined, false)).toThrow(
      expect.objectContaining({ code: 'image/no-path' }) as Error,
    )
  })

  it('are listed in parts', async () => {
    const many = opened(Array.from({ length: 2_500 }, (_, n) => file(`f${10_000 + n}`, 1)))
    const pair = await Pair.of(opened([file('z', 1)]), many, signal)
    const names: string[] = []
    let after: string | undefined
    do {
      const page = pair.list('/', after, false)
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(600_000)
      names.push(...page.entries.map(({ name }) => name))
      after = page.next
    } while (after !== undefined)
    expect([names.length, names.at(-1)]).toEqual([2_501, 'z'])
  })
})

describe('configs of two images', () => {
  const differ = (left: object, right: object) =>
    configDifferences(configFields(left, 'linux/amd64'), configFields(right, 'linux/amd64'))

  it('differ field by field, variables and labels each for itself', () => {
    expect(
      differ(
        {
          Cmd: ['a'],
          User: 'root',
          Env: ['PATH=/bin', 'A=1'],
          Labels: { x: '1' },
          ExposedPorts: { '80/tcp': {} },
        },
        {
          Cmd: ['b', 'c'],
          Env: ['PATH=/bin', 'A=2', 'B='],
          Labels: { x: '1', y: '2' },
          Volumes: { '/v': {} },
        },
      ),
    ).toEqual([
      { field: 'Cmd', left: '["a"]', right: '["b","c"]' },
      { field: 'Env A', left: '1', right: '2' },
      { field: 'Env B', right: '' },
      { field: 'ExposedPorts', left: '80/tcp' },
      { field: 'Label y', right: '2' },
      { field: 'User', left: 'root' },
      { field: 'Volumes', right: '/v' },
    ])
  })

  it('tell of secrets only that they differ', () => {
    expect(
      differ(
        { Env: ['DB_PASSWORD=one', 'URL=http://me:pw1@host/', 'API_TOKEN=same'] },
        { Env: ['DB_PASSWORD=two', 'URL=http://me:pw2@host/', 'API_TOKEN=same'] },
      ),
    ).toEqual([
      { field: 'Env DB_PASSWORD', left: '*****', right: '*****' },
      { field: 'Env URL', left: 'http://*****@host/', right: 'http://*****@host/' },
    ])
  })

  it('are no more than a message holds', () => {
    const labels = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`l${n}`, 'x'.repeat(5_000)]))
    const found = differ({}, { Labels: labels })
    expect(found[0]?.right).toHaveLength(2_000)
    expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThan(300_000)
  })

  it('of any shape are taken', () => {
    expect(differ({ Env: 'x', Labels: null, Cmd: 5 }, { Env: [7], Volumes: [] })).toEqual([
      { field: 'Cmd', left: '5' },
    ])
  })
})
