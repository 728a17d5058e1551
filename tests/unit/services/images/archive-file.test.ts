import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openArchiveFile, readArchiveFile } from '../../../../electron/services/images/readers/archive-file'
import { extractFile } from '../../../../electron/services/images/readers/extract'
import { ImageTree } from '../../../../electron/services/images/tree'
import { imageArchive, PACKS, zstdStored } from '../../../support/image-archive'
import { header, padded, sign, tar, type TarMember } from '../../../support/tar'
import { dump } from '../../../support/tree-dump'

const { signal } = new AbortController()
const LOWER = tar(
  { name: './', flag: '5', mode: 0o700 },
  { name: 'etc/', flag: '5', mode: 0o755 },
  { name: 'etc/z', body: Buffer.from('the content') },
  { name: 'etc/a', flag: '1', link: 'etc/z' },
  { name: 'etc/b', flag: '1', link: '/etc/a' },
  { name: 'etc/large', body: Buffer.alloc(200_000, 'l') },
  { name: 'etc/link', flag: '2', link: 'z', mode: 0o644 },
  { name: Buffer.from('caf\xe9', 'latin1'), body: Buffer.from('latin') },
)
const UPPER = tar({ name: 'etc/.wh.z' }, { name: 'etc/large', body: Buffer.from('small') })
const LINES = [
  '/caf\\xe9 @0 file 644 0:0 5 0  ',
  '/etc @0 folder 755 0:0 0 0  ',
  '/etc @1 folder 755 0:0 0 0  implied',
  '/etc/a @0 file 644 0:0 11 0  ',
  '/etc/b @0 hardlink 644 0:0 0 0 /etc/a ',
  '/etc/large @0 file 644 0:0 200000 0  ',
  '/etc/large @1 file 644 0:0 5 0  ',
  '/etc/link @0 symlink 777 0:0 0 0 z ',
  '/etc/z @0 hardlink 644 0:0 0 0 /etc/a ',
  '/etc/z @1 - 0 0:0 0 0  whiteout',
]

let folder: string
let made = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-archive-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(bytes: Buffer): string {
  const path = join(folder, String((made += 1)))
  writeFileSync(path, bytes)
  return path
}

async function lines(path: string, image?: string): Promise<string[]> {
  const tree = new ImageTree()
  await readArchiveFile(path, image, tree, () => undefined, signal)
  return dump(tree)
}

const whole = { plain: (bytes: Buffer) => bytes, gzip: gzipSync, zstd: zstdStored }
const shapes = (['old', 'oci'] as const).flatMap((layout) =>
  (['plain', 'gzip', 'zstd'] as const).flatMap((layer) =>
    (['plain', 'gzip', 'zstd'] as const).map((all) => ({ layout, layer, all })),
  ),
)

describe.each(shapes)(
  'an archive of the $layout layout, layers $layer, all of it $all',
  ({ layout, layer, all }) => {
    const path = () => write(whole[all](imageArchive(layout, [LOWER, UPPER], { pack: PACKS[layer] })))

    it('gives every entry, its names and its config', async () => {
      const tree = new ImageTree()
      const facts = await readArchiveFile(path(), undefined, tree, () => undefined, signal)
      expect(dump(tree)).toEqual(LINES)
      expect(facts.tags).toEqual(['hostile:1'])
      expect(JSON.parse(facts.config)).toMatchObject({ rootfs: { type: 'layers' }, history: [{}, {}] })
    })

    it('gives the content of its files', async () => {
      const at = path()
      const extract = (layer: number, name: string, limit = 1_000) =>
        extractFile((stop) => openArchiveFile(at, stop), { layer, layers: 2, path: name, limit }, signal)
      const text = async (...asked: Parameters<typeof extract>) => {
        const found = await extract(...asked)
        return found === undefined ? undefined : `${found.bytes.toString('latin1')} ${found.sizeBytes}`
      }
      expect(await text(0, '/etc/large', 5)).toBe('lllll 200000')
      expect(await text(1, '/etc/large', 50)).toBe('small 5')
      expect(await text(0, '/caf\\xe9')).toBe('latin 5')
      // The tar has the content with the last of three names.
      expect(await text(0, '/etc/b')).toBe('the content 11')
      expect(await text(0, '/etc')).toBeUndefined()
      expect(await text(1, '/etc/b')).toBeUndefined()
    })
  },
)

describe('an archive of an OCI layout without manifest.json', () => {
  const json = (value: unknown) => Buffer.from(JSON.stringify(value))
  const blob = (bytes: Buffer): TarMember & { digest: string; body: Buffer } => {
    const hex = createHash('sha256').update(bytes).digest('hex')
    return { name: `blobs/sha256/${hex}`, body: bytes, digest: `sha256:${hex}` }
  }
  const image = (layer: Buffer) => {
    const content = blob(layer)
    const config = blob(json({ rootfs: { diff_ids: [content.digest] } }))
    const manifest = blob(json({ config: { digest: config.digest }, layers: [{ digest: content.digest }] }))
    return { manifest, members: [content, config, manifest] }
  }
  const one = image(tar({ name: 'one' }))
  const two = image(tar({ name: 'two' }))
  const pointer = (digest: string, more: object = {}) => ({ digest, ...more })
  const named = (name: string) => ({
    annotations: { 'io.containerd.image.name': `docker.io/library/${name}` },
  })

  it('is read by name, else the first of its images', async () => {
    const manifests = [pointer(one.manifest.digest, named('a:1')), pointer(two.manifest.digest, named('b:1'))]
    const path = write(tar({ name: 'index.json', body: json({ manifests }) }, ...one.members, ...two.members))
    expect(await lines(path)).toEqual([expect.stringMatching('^/one ')])
    expect(await lines(path, 'b:1')).toEqual([expect.stringMatching('^/two ')])
    await expect(lines(path, 'c')).rejects.toMatchObject({ code: 'image/unreadable' })
  })

  it('gives of an image for many machines the part for this one, or the one that is there', async () => {
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch
    const index = (first: string, second: string) =>
      blob(
        json({
          manifests: [
            pointer(first, { platform: { os: 'linux', architecture: 's390x' } }),
            pointer(second, { platform: { os: 'linux', architecture } }),
            pointer(`sha256:${'0'.repeat(64)}`, {
              annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
            }),
          ],
        }),
      )
    const both = index(one.manifest.digest, two.manifest.digest)
    const archive = (inner: TarMember & { digest: string }, ...members: TarMember[]) =>
      write(
        tar({ name: 'index.json', body: json({ manifests: [pointer(inner.digest)] }) }, inner, ...members),
      )
    expect(await lines(archive(both, ...one.members, ...two.members))).toEqual([
      expect.stringMatching('^/two '),
    ])
    expect(await lines(archive(both, ...one.members))).toEqual([expect.stringMatching('^/one ')])
    // An index that leads to itself has no end.
    const circle = { name: `blobs/sha256/${'a'.repeat(64)}`, digest: `sha256:${'a'.repeat(64)}` }
    const body = json({ manifests: [pointer(circle.digest)] })
    await expect(lines(archive({ ...circle, body }))).rejects.toMatchObject({ code: 'image/unreadable' })
  })
})

describe('an archive on disk', () => {
  it.each([
    ['relative', 'archive.tar'],
    ['of a folder', '/tmp'],
    ['of nothing', '/nowhere/archive.tar'],
    ['of a device', '/dev/zero'],
  ])('is refused for a path %s', async (_, path) => {
    await expect(lines(path)).rejects.toMatchObject({ code: 'image/no-archive' })
  })

  it('is told what it lacks', async () => {
    const refused = { code: 'image/unreadable' }
    await expect(lines(write(Buffer.from('no archive')))).rejects.toMatchObject(refused)
    await expect(lines(write(Buffer.alloc(0)))).rejects.toMatchObject(refused)
    await expect(lines(write(tar({ name: 'a' })))).rejects.toMatchObject(refused)
    const archive = imageArchive('oci', [LOWER, UPPER])
    await expect(lines(write(archive), 'other:1')).rejects.toMatchObject(refused)
    await expect(lines(write(archive.subarray(0, archive.length / 2)))).rejects.toMatchObject(refused)
  })

  it('is not read where content lies that nobody needs', async () => {
    const huge = header({ name: 'huge', size: 4 * 1024 ** 3 })
    // GNU tar's way to write sizes of 8 GiB and more.
    const larger = header({ name: 'larger' })
    Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]).copy(larger, 124)
    sign(larger)
    const cut = imageArchive('old', [padded(Buffer.concat([huge, Buffer.alloc(5_000)]))])
    await expect(lines(write(cut))).rejects.toMatchObject({ code: 'image/unreadable' })
    await expect(lines(write(Buffer.concat([larger, cut])))).rejects.toMatchObject({
      code: 'image/unreadable',
    })
  })
})
