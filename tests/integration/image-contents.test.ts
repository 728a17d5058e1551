import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { contract, type ItemOf, type OutputOf } from '../../electron/contract/contract'
import { createEngineService } from '../../electron/services/engine'
import { createImagesService, type ImagesService } from '../../electron/services/images'
import { createPrivileged } from '../../electron/services/privileged'
import { Lab, nextBin, type LabOptions } from '../support/lab'

const { signal } = new AbortController()
const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nnot a real one\n-----END OPENSSH PRIVATE KEY-----\n'

/** What the image holds that is written, changed, linked and removed again. */
function seed(lab: Lab): void {
  lab.importBusybox('busybox:lab')
  const root = join(lab.dir, 'rootfs')
  execFileSync('sh', ['-euc', FILES, 'sh', root, lab.endpoint])
  const context = join(lab.dir, 'context')
  mkdirSync(context)
  writeFileSync(join(context, 'id_rsa'), KEY)
  writeFileSync(join(context, 'picture.png'), Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'))
  writeFileSync(join(context, 'Dockerfile'), DOCKERFILE)
  lab.docker('build', '--network', 'none', '-q', '-t', 'contents:1', context)
}

const FILES = `
cd "$1"
mkdir -p data
head -c 1500000 /dev/urandom > data/large
printf 'latin' > "data/$(printf 'caf\\351')"
printf 'back' > 'data/back\\slash'
printf '{"a": 1}' > data/config.json
: > data/empty
printf 'linked' > data/one
ln data/one data/two
ln -s /etc/hostname data/link
mkfifo data/pipe
tar --format=pax -c . | docker -H "$2" import - files:1 >/dev/null
`

const DOCKERFILE = `FROM files:1
COPY id_rsa /root/.ssh/id_rsa
COPY picture.png /data/picture.png
RUN ["/bin/busybox", "rm", "/root/.ssh/id_rsa"]
RUN ["/bin/busybox", "sh", "-c", "echo more >> /data/config.json"]
ENV A=1
`

const stores: [string, LabOptions][] = [['the system’s dockerd', { generation: 'system' }]]
if (nextBin !== undefined)
  stores.push(
    ['the next dockerd', { generation: 'next' }],
    ['the containerd store', { generation: 'next', config: '{"features":{"containerd-snapshotter":true}}' }],
  )

type File = OutputOf<'image.file'>

describe.each(stores)('files of an image of %s', (_, options) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start(options)
    seed(lab)
  })
  afterAll(() => lab.stop())

  /** `open`: this process may read the layers' folders; else it is an ordinary user's. */
  function service(open = true): ImagesService {
    const log = () => undefined
    const engine = createEngineService({ endpoint: lab.endpoint, env: {}, log })
    const privileged = createPrivileged({ env: process.env, log })
    onTestFinished(async () => {
      await engine.dispose()
      await privileged.dispose()
    })
    const asUser = {
      isRoot: false,
      open: false,
      available: () => false,
      run: () => Promise.reject(new Error('Nothing is asked of the helper.')),
      dispose: () => Promise.resolve(),
    }
    return createImagesService({ engine, privileged: open ? privileged : asUser })
  }

  const file = async (of: ImagesService, layer: number, path: string, from = 0): Promise<File> => {
    const found = await of.file({ image: 'contents:1', layer, path, from }, signal)
    expect(contract['image.file'].output.parse(found)).toEqual(found)
    return found
  }
  const content = ({ data }: File) => Buffer.from(data, 'base64')

  /** What a container of the image has at a path. */
  function copied(path: string): Buffer {
    const id = lab.docker('create', '--network', 'none', 'contents:1', 'x').trim()
    try {
      const out = execFileSync('docker', ['-H', lab.endpoint, 'cp', `${id}:${path}`, '-'], {
        maxBuffer: 64 * 1024 * 1024,
      })
      return execFileSync('tar', ['-xO'], { input: out, maxBuffer: 64 * 1024 * 1024 })
    } finally {
      lab.docker('rm', id)
    }
  }

  const top = 4
  it.each([
    ['from the layers’ folders', true],
    ['out of the export', false],
  ])('are what a container has, %s', async (__, open) => {
    const of = service(open)
    for (const path of ['/data/large', '/data/config.json', '/data/one', '/data/two', '/bin/busybox']) {
      const first = await file(of, top, path)
      const whole = copied(path)
      expect(first.sizeBytes).toBe(whole.length)
      let got = content(first)
      if (first.next !== undefined) got = Buffer.concat([got, content(await file(of, top, path, first.next))])
      const expected = whole.subarray(0, 1_048_576)
      expect([path, sha(got)]).toEqual([path, sha(expected)])
      expect(first.cut).toBe(whole.length > 1_048_576)
      expect(first.reader === 'export').toBe(!open)
    }
  })

  it('are read where their names are no UTF-8', async () => {
    for (const of of [service(), service(false)]) {
      expect(content(await file(of, top, '/data/caf\\xe9')).toString()).toBe('latin')
      expect(content(await file(of, top, '/data/back\\x5cslash')).toString()).toBe('back')
    }
  })

  it('are there as each layer has them, removed ones too', async () => {
    for (const of of [service(), service(false)]) {
      const key = await file(of, 1, '/root/.ssh/id_rsa')
      expect(key).toMatchObject({ kind: 'text', credential: 'private-key' })
      expect(content(key).toString()).toBe(KEY)
      expect(content(await file(of, 0, '/data/config.json')).toString()).toBe('{"a": 1}')
      expect(await file(of, 0, '/data/config.json')).toMatchObject({ kind: 'json' })
      expect(await file(of, top, '/data/empty')).toMatchObject({ kind: 'empty', sizeBytes: 0, cut: false })
      expect(await file(of, top, '/data/picture.png')).toMatchObject({
        kind: 'image',
        mediaType: 'image/png',
      })
      await expect(file(of, top, '/root/.ssh/id_rsa')).rejects.toMatchObject({ code: 'image/no-path' })
    }
  })

  it.each(['/data', '/data/link', '/data/pipe'])('have no content at %s', async (path) => {
    await expect(file(service(), top, path)).rejects.toMatchObject({ code: 'image/no-content' })
  })

  it('are found by a search over all layers, with what hid them', async () => {
    const found = await service().search({ image: 'contents:1', text: '.SSH/ID', credentials: false }, signal)
    expect(contract['image.search'].output.parse(found)).toEqual(found)
    expect(found).toMatchObject({
      total: 1,
      hits: [
        {
          path: '/root/.ssh/id_rsa',
          credential: 'private-key',
          versions: [
            { layer: 1, change: 'added', sizeBytes: KEY.length },
            { layer: 3, change: 'removed' },
          ],
        },
      ],
    })
    expect(found.hits[0]).not.toHaveProperty('visible')
  })

  it('that look like keys are told, and which layer hides them', async () => {
    let done: Extract<ItemOf<'image.analyze'>, { state: 'done' }> | undefined
    for await (const item of service().analyze({ image: 'contents:1', reader: 'auto' }, signal))
      if (item.state === 'done') done = item
    expect(done?.credentials).toEqual([
      {
        path: '/root/.ssh/id_rsa',
        credential: 'private-key',
        sizeBytes: KEY.length,
        layer: 1,
        hiddenBy: 3,
      },
    ])
  })

  it('of two images are compared, and their configs', async () => {
    const of = service()
    const compare = async (path: string) => {
      const found = await of.compare({ left: 'files:1', right: 'contents:1', path, unchanged: false }, signal)
      expect(contract['image.compare'].output.parse(found)).toEqual(found)
      return found
    }
    const found = await compare('/')
    expect(found).toMatchObject({ commonLayers: 1, leftLayers: 1, rightLayers: 5 })
    expect(found.counts).toMatchObject({ removed: 0, modified: 1 })
    expect(found.entries.map(({ path, changesBelow }) => [path, changesBelow])).toEqual([
      ['/data', 2],
      ['/root', 1],
    ])
    expect(found.config).toContainEqual({ field: 'Env A', right: '1' })
    const { entries } = await compare('/data')
    expect(entries).toMatchObject([
      { name: 'config.json', change: 'modified', leftBytes: 8, rightBytes: 13 },
      { name: 'picture.png', change: 'added', rightBytes: 16 },
    ])
  })

  it('are listed with their image’s platform, layers and what is shared', async () => {
    const of = service()
    const listed = await of.list(signal)
    expect(contract['images.list'].output.parse(listed)).toEqual(listed)
    const named = (tag: string) => listed.find(({ tags }) => tags.includes(tag))
    expect(named('contents:1')).toMatchObject({
      layers: 5,
      platform: expect.stringMatching(/^linux\//) as string,
    })
    expect(named('files:1')).toMatchObject({ layers: 1 })
    const shared = named('files:1')?.sharedBytes
    expect(shared).toBeGreaterThan(1_500_000)
    expect(named('contents:1')?.sharedBytes).toBeGreaterThanOrEqual(shared ?? Infinity)
    expect(named('busybox:lab')?.sharedBytes).toBe(0)
    expect(await of.list(signal)).toEqual(listed)
  })

  it('of an image that is removed meanwhile are coded errors', async () => {
    const of = service(false)
    lab.docker('tag', 'busybox:lab', 'short:1')
    await expect(
      of.files({ image: 'short:1', layer: 0, path: '/', mode: 'merged' }, signal),
    ).resolves.toBeDefined()
    lab.docker('rmi', 'short:1')
    await expect(
      of.files({ image: 'short:1', layer: 0, path: '/', mode: 'merged' }, signal),
    ).rejects.toMatchObject({ code: 'engine/not-found' })
  })

  it('are read once for all who ask at the same time', async () => {
    const of = service(false)
    const answers = await Promise.all(
      ['/', '/data', '/bin'].map((path) =>
        of.files({ image: 'contents:1', layer: top, path, mode: 'merged' }, signal),
      ),
    )
    expect(answers.every(({ entries }) => entries.length > 0)).toBe(true)
    const gone = new AbortController()
    const left = of.search({ image: 'files:1', text: 'x', credentials: false }, gone.signal)
    const stays = of.search({ image: 'files:1', text: 'large', credentials: false }, signal)
    gone.abort()
    await expect(left).rejects.toThrow()
    expect((await stays).total).toBe(1)
  })
})

describe('an engine that ends in the middle', () => {
  it('is a coded error of the engine', async () => {
    const lab = await Lab.start()
    onTestFinished(() => lab.stop())
    seed(lab)
    const log = () => undefined
    const engine = createEngineService({ endpoint: lab.endpoint, env: {}, log })
    const privileged = createPrivileged({ env: process.env, log })
    onTestFinished(async () => {
      await engine.dispose()
      await privileged.dispose()
    })
    const of = createImagesService({ engine, privileged })
    await of.list(signal)
    const items = of.analyze({ image: 'contents:1', reader: 'export' }, signal)[Symbol.asyncIterator]()
    await items.next()
    await lab.down('SIGKILL')
    await expect(
      (async () => {
        while ((await items.next()).done !== true);
        // What was read before the end came is whole; the engine is asked for its layers then.
        await of.layers({ image: 'contents:1' }, signal)
      })(),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(engine|image)\//) as string })
  })
})

function sha(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
