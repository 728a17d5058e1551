import { describe, expect, it } from 'vitest'
import type { WalkedEntry, WalkedFolder } from '../../../../electron/helper/images/layer-walk'
import { directoryReader } from '../../../../electron/services/images/readers/directory'
import { ImageTree } from '../../../../electron/services/images/tree'
import { dump } from '../../../support/tree-dump'

const { signal } = new AbortController()
const IMAGE = { id: 'x', diffIds: ['l'], chainIds: ['l'] }

const file = (name: string, more: string | number = 0): WalkedEntry => [name, 'f', 0o644, 1, 2, 10, 3, more]
const folder = (name: string, opaque = 0): WalkedEntry => [name, 'd', 0o755, 0, 0, 0, 3, opaque]

const ENTRIES: Record<string, WalkedEntry[]> = {
  '': [folder('a'), file('z', 7), ['w', 'w', 0, 0, 0, 0, 0, 0], ['s', 'l', 0o777, 0, 0, 0, 3, 'to \\x5c']],
  a: [folder('b', 1), file('one', 7), file('two', 8), file('three')],
  'a/b': [file('caf\\xe9'), ['n', 'c', 0o600, 0, 0, 0, 3, 9], ['gone', 'w', 0, 0, 0, 0, 0, 0]],
}
const LINES = [
  '/a @0 folder 755 0:0 0 3  ',
  '/a/b @0 folder 755 0:0 0 3  opaque',
  '/a/b/caf\\xe9 @0 file 644 1:2 10 3  ',
  '/a/b/gone @0 - 0 0:0 0 0  whiteout',
  '/a/b/n @0 char 600 0:0 0 3  ',
  '/a/one @0 file 644 1:2 10 3  ',
  '/a/three @0 file 644 1:2 10 3  ',
  '/a/two @0 file 644 1:2 10 3  ',
  '/s @0 symlink 777 0:0 0 3 to \\x5c ',
  '/w @0 - 0 0:0 0 0  whiteout',
  '/z @0 hardlink 644 1:2 0 3 /a/one ',
]

describe('the folder of a layer', () => {
  it.each([1, 2, 3, 100])('is read in pieces of %i entries', async (most) => {
    const tree = new ImageTree()
    const asked: string[] = []
    const reader = directoryReader('directory', (_, folders, from) => {
      asked.push(...folders)
      const told: WalkedFolder[] = []
      let left = most
      for (const [index, path] of folders.entries()) {
        if (left === 0) break
        const all = ENTRIES[path] ?? []
        const start = index === 0 ? from : 0
        const entries = all.slice(start, start + left)
        left -= entries.length
        const next = start + entries.length
        told.push({ path, entries, ...(next < all.length ? { next } : {}) })
      }
      return Promise.resolve({ folders: told })
    })
    await reader.read(IMAGE, tree, () => undefined, signal)
    expect(dump(tree)).toEqual(LINES)
    expect(new Set(asked)).toEqual(new Set(Object.keys(ENTRIES)))
  })

  it('is refused where the answers make no sense', async () => {
    const refused = { code: 'image/unreadable' }
    for (const folders of [[], [{ path: 'a', entries: [] }]]) {
      const reader = directoryReader('snapshots', () => Promise.resolve({ folders }))
      await expect(reader.read(IMAGE, new ImageTree(), () => undefined, signal)).rejects.toMatchObject(
        refused,
      )
    }
  })
})
