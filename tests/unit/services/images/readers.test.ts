import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { exportReader } from '../../../../electron/services/images/readers/export'
import { recordReader } from '../../../../electron/services/images/readers/record'
import { ImageTree, listFolder, OpenedTree } from '../../../../electron/services/images/tree'
import { packed, tar, tarSplit, type TarMember } from '../../../support/tar'

const { signal } = new AbortController()
const LOWER: TarMember[] = [
  { name: 'a', body: Buffer.from('one') },
  { name: 'b', body: Buffer.from('two') },
]
const UPPER: TarMember[] = [{ name: '.wh.a' }, { name: 'c', body: Buffer.alloc(2_000) }]
const IMAGE = { id: 'sha256:x', diffIds: ['l', 'u'], chainIds: ['l', 'u'] }
const SEEN = ['a removed', 'b unchanged', 'c added']
const UNREADABLE = { code: 'image/unreadable' }

const manifest = (...layers: string[]): TarMember => ({
  name: 'manifest.json',
  body: Buffer.from(JSON.stringify([{ Config: 'x.json', Layers: layers }])),
})
const blob = (digit: string, body: Buffer): TarMember => ({ name: `blobs/sha256/${digit.repeat(64)}`, body })
const name = (digit: string) => `blobs/sha256/${digit.repeat(64)}`

/** Reads an archive that comes in pieces of a size that is no block's. */
async function readArchive(archive: Buffer, layers = 2): Promise<ImageTree> {
  const tree = new ImageTree()
  const pieces = Array.from({ length: Math.ceil(archive.length / 700) }, (_, index) =>
    archive.subarray(index * 700, (index + 1) * 700),
  )
  const reader = exportReader(() => Promise.resolve(Readable.from(pieces)))
  await reader.read({ ...IMAGE, diffIds: IMAGE.diffIds.slice(0, layers) }, tree, () => undefined, signal)
  return tree
}

async function seen(tree: ImageTree, layer = 1): Promise<string[]> {
  const { entries } = await listFolder(new OpenedTree(tree, layer + 1), { layer, mode: 'merged', path: '' })
  return entries.map((entry) => `${entry.name} ${entry.change}`)
}

describe('an image archive', () => {
  const old = [
    { name: 'u/layer.tar', body: tar(...UPPER) },
    { name: 'l/layer.tar', body: tar(...LOWER) },
  ]

  it('of the old layout is read, in whatever order its layers come', async () => {
    expect(await seen(await readArchive(tar(...old, manifest('l/layer.tar', 'u/layer.tar'))))).toEqual(SEEN)
  })

  it('of the old layout may have one layer as a link to another', async () => {
    const link = { name: 'v/layer.tar', flag: '2', link: '../l/layer.tar' }
    const tree = await readArchive(tar(link, ...old, manifest('l/layer.tar', 'v/layer.tar')))
    expect(await seen(tree)).toEqual(['a modified', 'b modified'])
  })

  it.each([
    ['as they are', (bytes: Buffer) => bytes],
    ['packed with gzip', packed],
  ])('of the OCI layout is read, its layers %s', async (_, pack) => {
    const archive = tar(
      blob('c', Buffer.from('{"architecture":"amd64"}')),
      blob('1', pack(tar(...UPPER))),
      manifest(name('0'), name('1')),
      blob('0', pack(tar(...LOWER))),
    )
    expect(await seen(await readArchive(archive))).toEqual(SEEN)
  })

  it.each([
    ['cut', tar(...old, manifest('l/layer.tar', 'u/layer.tar')).subarray(0, 2_500)],
    ['without a manifest', tar(...old)],
    ['with a manifest that is no JSON', tar({ name: 'manifest.json', body: Buffer.from('[{') })],
    ['with a layer that is not there', tar(...old, manifest('l/layer.tar', 'x/layer.tar'))],
    ['with fewer layers than the image', tar(...old, manifest('l/layer.tar'))],
    [
      'with a layer that is cut',
      tar(blob('0', tar(...UPPER).subarray(0, 1_700)), manifest(name('0'), name('0'))),
    ],
    [
      'with gzip that is cut',
      tar(blob('0', packed(tar(...UPPER)).subarray(0, 60)), manifest(name('0'), name('0'))),
    ],
    ['packed with zstd', tar(blob('0', zstd()), manifest(name('0'), name('0')))],
    ['that leads out', tar(blob('0', tar({ name: '../../out' })), manifest(name('0'), name('0')))],
  ])('%s is refused', async (_, archive) => {
    await expect(readArchive(archive)).rejects.toMatchObject(UNREADABLE)
  })
})

describe('records of layers', () => {
  const records: Record<string, Buffer> = {
    l: packed(tarSplit(...LOWER)),
    u: packed(tarSplit(...UPPER)),
  }
  const readRecords = async (of: Record<string, Buffer>): Promise<ImageTree> => {
    const tree = new ImageTree()
    const reader = recordReader((chainId, from) => {
      const whole = of[chainId] ?? Buffer.alloc(0)
      const piece = whole.subarray(from, from + 50)
      return Promise.resolve({ data: piece.toString('base64'), sizeBytes: whole.length })
    })
    await reader.read(IMAGE, tree, () => undefined, signal)
    return tree
  }

  it('are read in pieces', async () => {
    expect(await seen(await readRecords(records))).toEqual(SEEN)
  })

  it.each([
    ['cut', records['u']?.subarray(0, 80) ?? Buffer.alloc(0)],
    ['empty', Buffer.alloc(0)],
    ['not packed', tarSplit(...UPPER)],
    ['one endless line', packed(Buffer.alloc(64 * 1024 * 1024, 0x20))],
  ])('%s are refused', async (_, record) => {
    await expect(readRecords({ ...records, u: record })).rejects.toMatchObject(UNREADABLE)
  })
})

function zstd(): Buffer {
  const bytes = Buffer.alloc(1_024)
  bytes.writeUInt32BE(0x28b52ffd)
  return bytes
}
