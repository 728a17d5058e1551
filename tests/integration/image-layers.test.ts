import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contract, type ItemOf, type OutputOf } from '../../electron/contract/contract'
import { asked } from '../../electron/helper/storage/names'
import type { ImagesService } from '../../electron/services/images'
import { seedImages, SEEDED } from '../support/image-seed'
import { imageServicesFor, stores } from '../support/image-services'
import { Lab } from '../support/lab'

type Done = Extract<ItemOf<'image.analyze'>, { state: 'done' }>
type Entry = OutputOf<'image.files'>['entries'][number]

const { signal } = new AbortController()

const serviceFor = (lab: Lab): ImagesService => imageServicesFor(lab).images

/** Reads an image with one reader; the items are what the contract says. */
async function read(
  service: ImagesService,
  image: string,
  reader: 'auto' | 'record' | 'export',
): Promise<Done> {
  let done: Done | undefined
  for await (const item of service.analyze({ image, reader }, signal)) {
    expect(contract['image.analyze'].item.parse(item)).toEqual(item)
    if (item.state === 'done') done = item
  }
  if (done === undefined) throw new Error('The analysis ended without a result.')
  return done
}

/** Every entry of a layer or of all below it, folder by folder. */
async function everything(
  service: ImagesService,
  image: string,
  layer: number,
  mode: 'layer' | 'merged',
): Promise<Entry[]> {
  const found: Entry[] = []
  const folders = ['/']
  for (let path = folders.pop(); path !== undefined; path = folders.pop()) {
    const { entries } = await service.files({ image, layer, path, mode }, signal)
    found.push(...entries)
    folders.push(...entries.filter(({ type }) => type === 'folder').map((entry) => entry.path))
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Paths of a container's root folder as the kernel shows them: type, permissions, owner, size. */
function find(root: string): string[] {
  const out = execFileSync('find', [root, '-mindepth', '1', '-printf', '%P\\0%y %m %U %G %s %l\\0'], {
    maxBuffer: 64 * 1024 * 1024,
  })
  const parts = splitAtZero(out)
  const found: string[] = []
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [type, mode, uid, gid, size, link] = (parts[at + 1]?.toString('latin1') ?? '').split(' ')
    const sized = type === 'f' ? size : '-'
    found.push(`/${asked(parts[at] ?? Buffer.alloc(0))} ${type} ${mode} ${uid} ${gid} ${sized} ${link ?? ''}`)
  }
  return found.sort()
}

function splitAtZero(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at)
    parts.push(bytes.subarray(at, end))
    at = end + 1
  }
  return parts
}

const LETTERS = { file: 'f', hardlink: 'f', folder: 'd', symlink: 'l', char: 'c', block: 'b', fifo: 'p' }

/** Nothing runs in a container of these. */
const WITHOUT_PROGRAMS: readonly string[] = ['rights:1', 'loaded:1']

describe.each(stores)('layers of images on $name', ({ name, options }) => {
  const inContainerd = name.includes('containerd')
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start(options)
    await seedImages(lab)
  })
  afterAll(() => lab.stop())

  /** Where the root of a running container is mounted. */
  async function rootOf(id: string): Promise<string> {
    const container = JSON.parse((await lab.get(`/containers/${id}/json`)).body) as {
      GraphDriver?: { Data?: { MergedDir?: string } }
    }
    return container.GraphDriver?.Data?.MergedDir ?? join(lab.dataRoot, 'rootfs/overlayfs', id)
  }

  it.each(['built:1', 'odd:2', 'opaque:1'] as const)(
    'of %s are listed and judged the same by the cheapest reader and by the export',
    async (image) => {
      const [cheapest, exported] = [serviceFor(lab), serviceFor(lab)]
      const one = await read(cheapest, image, 'auto')
      const other = await read(exported, image, 'export')
      expect(one.reader).toBe(inContainerd ? 'snapshots' : 'record')
      expect({ ...one, reader: '', tookMs: 0 }).toEqual({ ...other, reader: '', tookMs: 0 })
      for (const { index } of one.layers)
        for (const mode of ['layer', 'merged'] as const)
          expect(await everything(cheapest, image, index, mode)).toEqual(
            await everything(exported, image, index, mode),
          )
    },
  )

  it.each(SEEDED.filter((image) => !WITHOUT_PROGRAMS.includes(image)))(
    'of %s merge to what a container sees',
    async (image) => {
      const service = serviceFor(lab)
      const top = (await service.layers({ image }, signal)).length - 1
      const id = lab.docker('create', '--network', 'none', image, '/bin/busybox', 'sleep', '600').trim()
      lab.docker('start', id)
      try {
        const own = new Set(ADDED_BY_DOCKERD.map((path) => `/${path}`))
        const seen = find(await rootOf(id)).filter((line) => !own.has(line.split(' ')[0] ?? ''))
        const entries = (await everything(service, image, top, 'merged')).filter(
          ({ change, path }) => change !== 'removed' && !own.has(path),
        )
        const below = new Map<number, Entry[]>()
        for (const { layer, type } of entries)
          if (type === 'hardlink' && !below.has(layer))
            below.set(layer, await everything(service, image, layer, 'layer'))
        const plain = entries.map((entry) => {
          // A hard link has the size, mode and owner of what it stands for in its layer.
          const file = below.get(entry.layer)?.find(({ path }) => path === entry.linkTarget)
          const is = entry.type === 'hardlink' ? (file ?? entry) : entry
          const mode = is.type === 'symlink' ? '777' : is.mode.toString(8)
          const size = LETTERS[is.type] === 'f' ? String(is.sizeBytes) : '-'
          return `${entry.path} ${LETTERS[is.type]} ${mode} ${is.uid} ${is.gid} ${size} ${is.type === 'symlink' ? shownRaw(is.linkTarget) : ''}`
        })
        expect(plain.sort()).toEqual(seen)
      } finally {
        lab.docker('rm', '-f', id)
      }
    },
  )

  it('are joined with the instructions that made them, and with the files of the daemon', async () => {
    const service = serviceFor(lab)
    const layers = await service.layers({ image: 'built:1' }, signal)
    expect(contract['image.layers'].output.parse(layers)).toEqual(layers)
    const db = join(lab.dataRoot, 'image/overlay2/layerdb/sha256')
    for (const { chainId, diffId, directory } of inContainerd ? [] : layers) {
      const folder = join(db, chainId.slice('sha256:'.length))
      expect(readFileSync(join(folder, 'diff'), 'utf8')).toBe(diffId)
      expect(directory).toBe(
        join(lab.dataRoot, 'overlay2', readFileSync(join(folder, 'cache-id'), 'utf8'), 'diff'),
      )
      expect(existsSync(directory ?? '')).toBe(true)
    }
    expect(layers.map(({ createdBy }) => createdBy ?? '')).toEqual([
      expect.any(String),
      expect.stringContaining('/odd/empty'),
      expect.stringContaining('/odd/full'),
      expect.stringContaining('COPY'),
      expect.stringContaining('chmod'),
      expect.stringContaining('mv'),
    ])
    expect(layers[2]?.followedBy.join()).toContain('A=1')
    expect(layers[5]?.followedBy.join()).toContain('l=2')
    const others = SEEDED.filter((image) => !['busybox:lab', 'built:1', ...WITHOUT_PROGRAMS].includes(image))
    expect(layers[0]?.sharedBy).toEqual([...others].sort())
    expect(layers.at(-1)?.sharedBy).toEqual(['odd:2'])
  })

  it('tell what each layer did and what is wasted', async () => {
    const service = serviceFor(lab)
    const { layers, wasted, efficiency } = await read(service, 'built:1', 'auto')
    expect(layers.slice(0, 4)).toMatchObject([
      { modified: 0, removed: 0 },
      { added: 0, removed: 1, bytes: 0 },
      { added: 1, removed: 2, bytes: 2 },
      { added: 1, bytes: 5_000 },
    ])
    expect(layers[4]).toMatchObject({ metadata: 1, bytes: 5_000 })
    expect(wasted.map(({ path, bytes, count }) => [path, bytes, count])).toEqual([
      ['/odd/note', 10_000, 3],
      [expect.stringMatching('^/odd/full/(a|hard)$'), 5_000, 2],
    ])
    expect(efficiency).toBeLessThan(1)
  })

  it('list images with the containers made from them', async () => {
    const service = serviceFor(lab)
    const id = lab.docker('create', '--name', 'user', '--network', 'none', 'built:1', 'x').trim()
    const listed = await service.list(signal)
    lab.docker('rm', id)
    expect(contract['images.list'].output.parse(listed)).toEqual(listed)
    expect(listed.find(({ tags }) => tags.includes('built:1'))).toMatchObject({ containers: ['user'] })
    expect(listed.flatMap(({ tags }) => tags).sort()).toEqual([...SEEDED].sort())
  })

  it('that are not there are said to be not there', async () => {
    const service = serviceFor(lab)
    await expect(read(service, 'no/such:1', 'export')).rejects.toMatchObject({ code: 'engine/not-found' })
    await expect(service.layers({ image: '../containers' }, signal)).rejects.toMatchObject({
      code: expect.stringMatching(/^engine\//) as string,
    })
    await expect(
      service.files({ image: 'odd:1', layer: 9, path: '/', mode: 'merged' }, signal),
    ).rejects.toMatchObject({ code: 'image/no-path' })
  })
})

/** Files that a container gets from dockerd on top of its image. */
const ADDED_BY_DOCKERD = [
  '.dockerenv',
  'dev',
  'dev/console',
  'dev/pts',
  'dev/shm',
  'etc',
  'etc/hostname',
  'etc/hosts',
  'etc/mtab',
  'etc/resolv.conf',
  'proc',
  'sys',
]

/** find writes a link's target as it is. */
function shownRaw(target: string | undefined): string {
  return (target ?? '').replaceAll('\\x5c', '\\')
}
