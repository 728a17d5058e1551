import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { contract, type ItemOf } from '../../../../electron/contract/contract'
import { createEngineService } from '../../../../electron/services/engine'
import { createImagesService, type ImagesService } from '../../../../electron/services/images'
import { createPrivileged } from '../../../../electron/services/privileged'
import { tar, type TarMember } from '../../../support/tar'

type Done = Extract<ItemOf<'image.analyze'>, { state: 'done' }>
const { signal } = new AbortController()

/** An archive in the OCI layout; ids of layers need not be those of their bytes. */
function archiveOf(tag: string, env: string[], ...layers: TarMember[][]): Buffer {
  const blob = (letter: string, body: Buffer): TarMember => ({
    name: `blobs/sha256/${letter.repeat(64)}`,
    body,
  })
  const config = {
    os: 'linux',
    architecture: 'arm64',
    variant: 'v8',
    config: { Env: env, Cmd: ['/x'] },
    rootfs: { type: 'layers', diff_ids: layers.map((_, index) => `sha256:${String(index).repeat(64)}`) },
    history: [
      { created: '2026-01-02T03:04:05Z', created_by: 'ADD first' },
      { created_by: 'ENV A=1', empty_layer: true },
      ...layers.slice(1).map((_, index) => ({ created_by: `RUN step ${index + 1}` })),
    ],
  }
  const letters = [...'abcd']
  return tar(
    ...layers.map((members, index) => blob(letters[index] ?? '', tar(...members))),
    blob('f', Buffer.from(JSON.stringify(config))),
    {
      name: 'manifest.json',
      body: Buffer.from(
        JSON.stringify([
          {
            Config: `blobs/sha256/${'f'.repeat(64)}`,
            RepoTags: [tag],
            Layers: layers.map((_, index) => `blobs/sha256/${letters[index]?.repeat(64)}`),
          },
        ]),
      ),
    },
  )
}

const LAYERS: TarMember[][] = [
  [
    { name: 'secret.key', body: Buffer.from('-----BEGIN PRIVATE KEY-----\n') },
    { name: 'large', body: Buffer.alloc(1_500_000, 'x') },
    { name: 'other-name', flag: '1', link: 'large' },
    { name: 'caf\\', body: Buffer.from('{"a": 1}') },
  ],
  [{ name: '.wh.secret.key' }],
]

describe('an archive without any engine', () => {
  let path: string
  let service: ImagesService
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'porthole-archive-'))
    path = join(folder, 'image.tar')
    writeFileSync(path, archiveOf('app:1', ['A=1'], ...LAYERS))
    const log = () => undefined
    const engine = createEngineService({ endpoint: `unix://${folder}/none.sock`, env: {}, log })
    const privileged = createPrivileged({ env: {}, log, helperCommand: ['/bin/false'] })
    service = createImagesService({ engine, privileged })
    onTestFinished(async () => {
      await engine.dispose()
      await privileged.dispose()
      rmSync(folder, { recursive: true, force: true })
    })
  })

  async function analyze(at = path): Promise<Done> {
    let done: Done | undefined
    for await (const item of service.analyzeArchive({ path: at }, signal)) {
      expect(contract['archive.analyze'].item.parse(item)).toEqual(item)
      if (item.state === 'done') done = item
    }
    if (done === undefined) throw new Error('The analysis ended without a result.')
    return done
  }

  it('is read, with its names and the instructions of its layers', async () => {
    const done = await analyze()
    expect(done).toMatchObject({ reader: 'archive', tags: ['app:1'] })
    expect(done.id).toMatch(/^archive:[0-9a-f]{64}$/)
    expect(done.layers).toMatchObject([
      { createdBy: 'ADD first', createdAt: '2026-01-02T03:04:05.000Z', followedBy: ['ENV A=1'], entries: 4 },
      { createdBy: 'RUN step 1', removed: 1 },
    ])
    expect(done.credentials).toMatchObject([{ path: '/secret.key', layer: 0, hiddenBy: 1 }])
    expect(await service.layers({ image: done.id }, signal)).toHaveLength(2)
  })

  it('is looked into like an image', async () => {
    const { id } = await analyze()
    const { entries } = await service.files({ image: id, layer: 1, path: '/', mode: 'merged' }, signal)
    expect(entries.map(({ name, change }) => `${name} ${change}`)).toEqual([
      'caf\\x5c unchanged',
      'large unchanged',
      'other-name unchanged',
      'secret.key removed',
    ])
    const { hits } = await service.search({ image: id, text: 'SECRET', credentials: false }, signal)
    expect(hits).toMatchObject([{ path: '/secret.key', credential: 'private-key' }])
    await expect(
      service.files({ image: id, layer: 2, path: '/', mode: 'merged' }, signal),
    ).rejects.toMatchObject({ code: 'image/no-path' })
  })

  it('gives the content of its files, also of one that is gone', async () => {
    const { id } = await analyze()
    const gone = await service.file({ image: id, layer: 0, path: '/secret.key', from: 0 }, signal)
    expect(contract['image.file'].output.parse(gone)).toEqual(gone)
    expect(gone).toMatchObject({ kind: 'text', credential: 'private-key', cut: false, reader: 'archive' })
    expect(Buffer.from(gone.data, 'base64').toString()).toBe('-----BEGIN PRIVATE KEY-----\n')
    const json = await service.file({ image: id, layer: 1, path: '/caf\\x5c', from: 0 }, signal)
    expect(json).toMatchObject({ kind: 'json', sizeBytes: 8 })
    await expect(
      service.file({ image: id, layer: 1, path: '/secret.key', from: 0 }, signal),
    ).rejects.toMatchObject({ code: 'image/no-path' })
  })

  it.each(['/large', '/other-name'])('gives the first mebibyte of %s in pieces', async (name) => {
    const { id } = await analyze()
    const pieces: number[] = []
    for (let from: number | undefined = 0; from !== undefined;) {
      const piece: Awaited<ReturnType<ImagesService['file']>> = await service.file(
        { image: id, layer: 0, path: name, from },
        signal,
      )
      expect(piece).toMatchObject({ sizeBytes: 1_500_000, cut: true, kind: 'text', path: name })
      pieces.push(Buffer.from(piece.data, 'base64').length)
      from = piece.next
    }
    expect(pieces).toEqual([524_288, 524_288])
  })

  it('is compared with another, config and all', async () => {
    const one = await analyze()
    const second = `${path}.2`
    writeFileSync(second, archiveOf('app:2', ['A=2'], [{ name: 'large', body: Buffer.alloc(3) }]))
    const other = await analyze(second)
    const found = await service.compare(
      { left: one.id, right: other.id, path: '/', unchanged: false },
      signal,
    )
    expect(contract['image.compare'].output.parse(found)).toEqual(found)
    expect(found).toMatchObject({ commonLayers: 1, leftLayers: 2, rightLayers: 1 })
    expect(found.config).toEqual([{ field: 'Env A', left: '1', right: '2' }])
    expect(found.entries.map(({ name, change }) => `${name} ${change}`)).toEqual([
      'caf\\x5c removed',
      'large modified',
      'other-name removed',
    ])
  })

  it('is read again where it is another one now', async () => {
    const { id } = await analyze()
    writeFileSync(path, archiveOf('app:2', [], [{ name: 'fresh', body: Buffer.from('1') }]))
    utimesSync(path, 1, 1)
    const { entries } = await service.files({ image: id, layer: 0, path: '', mode: 'merged' }, signal)
    expect(entries.map(({ name }) => name)).toEqual(['fresh'])
    rmSync(path)
    await expect(service.layers({ image: id }, signal)).rejects.toMatchObject({ code: 'image/no-archive' })
  })

  it('that nobody opened is said to be not open', async () => {
    const image = `archive:${'0'.repeat(64)}`
    await expect(service.layers({ image }, signal)).rejects.toMatchObject({ code: 'image/not-open' })
    await expect(
      service.compare({ left: image, right: image, path: '', unchanged: false }, signal),
    ).rejects.toMatchObject({ code: 'image/not-open' })
  })

  it.each([
    ['/no/such', 'image/no-archive'],
    ['relative.tar', 'image/no-archive'],
    ['/dev/zero', 'image/no-archive'],
    ['/etc/passwd', 'image/unreadable'],
  ])('%s is no archive', async (at, code) => {
    await expect(analyze(at)).rejects.toMatchObject({ code })
  })
})
