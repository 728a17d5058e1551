import { describe, expect, it } from 'vitest'
import { TarSplitReader } from '../../../../electron/services/images/readers/tar-split'
import type { TarEntry } from '../../../../electron/services/images/tar/header'
import { TarReader } from '../../../../electron/services/images/tar/reader'
import { header, padded, pax, sign, tar, tarSplit, type TarMember } from '../../../support/tar'

const LONG = `${'deep/'.repeat(60)}file`
const MEMBERS: (TarMember | Buffer)[] = [
  { name: 'dir/', flag: '5', mode: 0o1777, uid: 7, gid: 8, mtime: 99 },
  { name: 'dir/file', body: Buffer.from('hello'), mode: 0o4755, mtime: 1_700_000_000 },
  { name: 'dir/link', flag: '2', link: 'file' },
  { name: 'dir/hard', flag: '1', link: 'dir/file', size: 5 },
  { name: 'null', flag: '3' },
  { name: 'pipe', flag: '6' },
  pax({ path: LONG, mtime: '12.5', uid: '3000000', 'SCHILY.xattr.user.a': Buffer.from([0, 255, 10]) }),
  { name: 'short', body: Buffer.alloc(700, 1) },
  header({ name: '././@LongLink', flag: 'L', size: 301 }),
  padded(Buffer.from(`${'x'.repeat(300)}\0`)),
  { name: 'cut', body: Buffer.from('a') },
  header({ name: 'pax_global', flag: 'g', size: 12 }),
  padded(Buffer.from('12 comment=a')),
  { name: Buffer.from([0x66, 0xff, 0xfe]) },
]

function read(archive: Buffer, size = archive.length): TarEntry[] {
  const entries: TarEntry[] = []
  const reader = new TarReader((entry) => {
    entries.push(entry)
    return undefined
  })
  for (let at = 0; at < archive.length; at += size) reader.push(archive.subarray(at, at + size))
  reader.end()
  return entries
}

function readRecord(record: Buffer, size = record.length): TarEntry[] {
  const entries: TarEntry[] = []
  const reader = new TarSplitReader((entry) => entries.push(entry))
  for (let at = 0; at < record.length; at += size) reader.push(record.subarray(at, at + size))
  reader.end()
  return entries
}

const told = (entries: TarEntry[]) =>
  entries.map(({ name, link, ...rest }) => ({
    name: name.toString('latin1'),
    link: link?.toString(),
    ...rest,
  }))

describe('a tar archive', () => {
  it('is told entry by entry', () => {
    expect(told(read(tar(...MEMBERS)))).toMatchObject([
      { name: 'dir/', type: 'folder', mode: 0o1777, uid: 7, gid: 8, mtime: 99, size: 0 },
      { name: 'dir/file', type: 'file', mode: 0o4755, size: 5, mtime: 1_700_000_000 },
      { name: 'dir/link', type: 'symlink', link: 'file' },
      { name: 'dir/hard', type: 'hardlink', link: 'dir/file', size: 0 },
      { name: 'null', type: 'char' },
      { name: 'pipe', type: 'fifo' },
      { name: LONG, type: 'file', size: 700, mtime: 12.5, uid: 3_000_000 },
      { name: 'x'.repeat(300), type: 'file', size: 1 },
      { name: 'f\xff\xfe', type: 'file' },
    ])
  })

  it.each([1, 7, 511, 512, 513, 4096])('is the same in pieces of %i bytes', (size) => {
    expect(read(tar(...MEMBERS), size)).toEqual(read(tar(...MEMBERS)))
  })

  it.each([1, 100, 4096])('is told alike by the record of it, in pieces of %i bytes', (size) => {
    expect(readRecord(tarSplit(...MEMBERS), size)).toEqual(read(tar(...MEMBERS)))
  })

  it('may tell sizes in base 256, and those of sparse files apart from what they take', () => {
    const large = header({ name: 'large' })
    large.fill(0, 124, 136)
    large[124] = 0x80
    large.writeUInt32BE(3, 128)
    sign(large)
    const entries: TarEntry[] = []
    new TarReader((entry) => void entries.push(entry)).push(large)
    expect(entries[0]?.size).toBe(3 * 2 ** 32)
    const sparse = header({ name: 'sparse', flag: 'S', size: 512 })
    sparse.write('ustar  \0', 257, 'latin1')
    sparse.write('00000100000\0', 483, 'latin1')
    sparse[482] = 1
    sign(sparse)
    const found = read(tar(sparse, Buffer.alloc(512), Buffer.alloc(512, 7), { name: 'next' }))
    expect(told(found)).toMatchObject([{ name: 'sparse', size: 32_768 }, { name: 'next' }])
  })

  it.each([
    ['cut in a header', tar({ name: 'a' }).subarray(0, 300)],
    ['cut in a content', tar({ name: 'a', body: Buffer.alloc(2_000) }).subarray(0, 1_000)],
    ['with a wrong checksum', Buffer.concat([Buffer.alloc(512, 65), Buffer.alloc(512)])],
    ['with a torn pax header', tar(header({ name: 'p', flag: 'x', size: 5 }), padded(Buffer.from('99 a=')))],
    ['with a pax header of a gigabyte', tar(header({ name: 'p', flag: 'x', size: 2 ** 30 }))],
    ['with a size that is no number', tar(pax({ size: 'many' }), { name: 'a' })],
  ])('%s is refused', (_, archive) => {
    expect(() => read(archive)).toThrow(expect.objectContaining({ code: 'image/unreadable' }) as Error)
  })

  it.each([
    ['cut in a line', tarSplit({ name: 'a' }).subarray(0, 200)],
    ['cut in the archive', tarSplit({ name: 'a', body: Buffer.alloc(10) }).subarray(0, 600)],
    ['of no JSON', Buffer.from('{oops}\n')],
    ['of another kind', Buffer.from('{"type":3}\n')],
    ['of null', Buffer.from('null\n')],
  ])('a record %s is refused', (_, record) => {
    expect(() => readRecord(record)).toThrow(expect.objectContaining({ code: 'image/unreadable' }) as Error)
  })

  it('a record with an endless line is refused before it fills the memory', () => {
    const reader = new TarSplitReader(() => undefined)
    const piece = Buffer.alloc(1024 * 1024, 0x20)
    expect(() => {
      for (let round = 0; round < 100; round += 1) reader.push(piece)
    }).toThrow(expect.objectContaining({ code: 'image/unreadable' }) as Error)
  })
})
