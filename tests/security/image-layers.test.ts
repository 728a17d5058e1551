import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { walkFolders, type WalkedEntry } from '../../electron/helper/images/layer-walk'
import { Tree } from '../../electron/helper/storage/tree'
import { verbs } from '../../electron/helper/verbs'
import { Lab, newest, nextBin } from '../support/lab'
import { pax, tar } from '../support/tar'

const { signal } = new AbortController()
const DENIED = { code: 'storage/denied' }
const isRoot = process.geteuid?.() === 0

const context = { emit: () => undefined, signal, caller: { uid: 0, gid: 0 } }

async function run(name: string, input: object): Promise<unknown> {
  const verb = verbs.find((each) => each.name === name)
  if (verb === undefined) throw new Error(`There is no verb ${name}.`)
  return await verb.run(verb.parse(input), context)
}

describe('a layer’s folder', () => {
  let place: string
  let layer: Tree
  const inLayer = (path: string) => join(place, 'layer', path)
  /** Of a folder; Node sets none, GNU tar does. */
  const setAttribute = (path: string, attribute: string, value: string): void => {
    const archive = tar(pax({ path: `${path}/`, [`SCHILY.xattr.${attribute}`]: value }), {
      name: 'folder/',
      flag: '5',
      mode: 0o755,
    })
    execFileSync('tar', ['-C', inLayer(''), '--xattrs', '--xattrs-include=*', '-xf', '-'], { input: archive })
  }
  const walk = (folders: string[] = [''], from = 0) => walkFolders(layer, folders, from, signal)

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'porthole-walk-'))
    mkdirSync(join(place, 'layer/etc/deep'), { recursive: true })
    mkdirSync(join(place, 'outside'))
    writeFileSync(join(place, 'outside/secret'), 'of this machine')
    writeFileSync(inLayer('etc/file'), 'of the image')
    layer = new Tree(join(place, 'layer'))
    onTestFinished(() => {
      layer.close()
      rmSync(place, { recursive: true, force: true })
    })
  })

  it('is told with all that is in it, and links as links', async () => {
    symlinkSync('../../outside', inLayer('etc/out'))
    symlinkSync('/etc/shadow', inLayer('shadow'))
    const { folders } = await walk()
    const told = folders.flatMap(({ path, entries }) =>
      entries.map(([name, type]) => `${path}/${name} ${type}`),
    )
    expect(told.sort()).toEqual(['/etc d', '/shadow l', 'etc/deep d', 'etc/file f', 'etc/out l'])
  })

  it.each([
    ['a link out of it', '../outside', 'etc/link'],
    ['a link to the root of this machine', '/', 'etc/link'],
    ['a link within it', 'deep', 'etc/link'],
  ])('is not walked over %s', async (_, target, path) => {
    symlinkSync(target, inLayer(path))
    await expect(walk([path])).rejects.toMatchObject(DENIED)
    await expect(walk([`${path}/etc`])).rejects.toMatchObject(DENIED)
  })

  it.each(['..', 'etc/../..', 'etc/\\x2e\\x2e', 'etc\\x2fdeep', '\\x00'])(
    'does not reach to %j',
    async (path) => {
      await expect(walk([path])).rejects.toMatchObject({ code: 'helper/path-refused' })
    },
  )

  it('is the one that was opened, whatever stands under its name now', async () => {
    renameSync(join(place, 'layer'), join(place, 'aside'))
    symlinkSync('outside', join(place, 'layer'))
    const { folders } = await walk()
    expect(folders[0]?.entries.map(([name]) => name)).toEqual(['etc'])
  })

  it('is told in pieces, none of them larger than an answer', async () => {
    const names = Array.from({ length: 9_000 }, (_, index) => `${index}`.padEnd(200, '\x01'))
    mkdirSync(inLayer('many'))
    for (const name of names) writeFileSync(inLayer(`many/${name}`), '')
    const told: WalkedEntry[] = []
    let from: number | undefined = 0
    let pieces = 0
    for (; from !== undefined; pieces += 1) {
      const answer = await walk(['many'], from)
      expect(JSON.stringify({ id: 1, ok: answer }).length).toBeLessThan(2 * 1024 * 1024)
      told.push(...(answer.folders[0]?.entries ?? []))
      from = answer.folders[0]?.next
    }
    expect(pieces).toBeGreaterThan(4)
    expect(told.map(([name]) => name).sort()).toEqual(names.sort())
  })

  it('leaves out sockets', async () => {
    const server = createServer().listen(inLayer('socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    const { folders } = await walk()
    expect(folders[0]?.entries.map(([name]) => name)).toEqual(['etc'])
    server.close()
  })

  it.skipIf(!isRoot)(
    'says which folders hide what lower layers have, and refuses what is not told so',
    async () => {
      mkdirSync(inLayer('-etc\nx'))
      setAttribute('-etc\nx', 'trusted.overlay.opaque', 'y')
      setAttribute('etc/deep', 'trusted.overlay.opaque', 'y')
      const opaque = (await walk()).folders.flatMap(({ entries }) =>
        entries.filter((entry) => entry[7] === 1).map(([name]) => name),
      )
      expect(opaque.sort()).toEqual(['-etc\nx', 'deep'])
      setAttribute('etc', 'trusted.overlay.redirect', '/elsewhere')
      await expect(walk()).rejects.toMatchObject(DENIED)
    },
  )

  it('is refused where there is no GNU tar that root alone can change', async () => {
    await expect(walkFolders(layer, [''], 0, signal, ['/nowhere/tar'])).rejects.toMatchObject(DENIED)
    const planted = join(place, 'tar')
    writeFileSync(planted, `#!/bin/sh\ntouch ${place}/ran\n`, { mode: 0o777 })
    execFileSync('chmod', ['0777', planted])
    await expect(walkFolders(layer, [''], 0, signal, [planted])).rejects.toMatchObject(DENIED)
    expect(() => readFileSync(join(place, 'ran'))).toThrow()
    await expect(walkFolders(layer, [''], 0, signal, ['/bin/true'])).rejects.toMatchObject(DENIED)
  })
})

const HEX = 'a'.repeat(64)
const graph = { driver: 'overlay2', imageStore: 'graphdriver' }
const containerd = { driver: 'overlayfs', imageStore: 'containerd' }

describe('the verbs of layers', () => {
  it.each([
    ['layer-walk', { ...graph, chainId: `sha256:${HEX}`, folders: [''], from: 0 }],
    ['layer-walk', { ...containerd, chainId: `sha256:${HEX}`, folders: [''], from: 0 }],
    ['content-blob', { ...containerd, digest: `sha256:${HEX}`, from: 0 }],
  ])('%s serves no process that is no dockerd of root', async (name, input) => {
    for (const pid of [process.pid, 2 ** 30])
      await expect(run(name, { ...input, pid })).rejects.toMatchObject({ code: 'helper/path-refused' })
  })

  it.each([
    ['layer-walk', { ...graph, chainId: '../../etc', folders: [''], from: 0 }],
    ['layer-walk', { ...graph, chainId: `sha256:${HEX}`, folders: 'etc', from: 0 }],
    ['layer-walk', { ...graph, chainId: `sha256:${HEX}`, folders: Array(1_001).fill(''), from: 0 }],
    ['layer-walk', { ...graph, chainId: `sha256:${HEX}`, folders: ['a\0b'], from: 0 }],
    ['layer-walk', { ...graph, chainId: `sha256:${HEX}`, folders: ['x'.repeat(20_000)], from: 0 }],
    ['layer-walk', { ...graph, chainId: `sha256:${HEX}`, folders: [''], from: -1 }],
    ['layer-walk', { ...graph, driver: '../x', chainId: `sha256:${HEX}`, folders: [''], from: 0 }],
    ['layer-walk', { ...graph, chainId: `sha256:${HEX}`, folders: [''], from: 0, root: '/' }],
    ['content-blob', { ...containerd, digest: 'sha256:../../../etc/shadow', from: 0 }],
    ['content-blob', { ...containerd, digest: `sha512:${HEX}`, from: 0 }],
    ['content-blob', { ...containerd, digest: `sha256:${HEX}`, from: 0.5 }],
    ['content-blob', { ...containerd, digest: `sha256:${HEX}` }],
  ])('%s refuses %j', async (name, input) => {
    await expect(run(name, { pid: 1_000, ...input })).rejects.toMatchObject({ code: 'helper/failed' })
    await expect(run(name, { ...input, pid: 'self' })).rejects.toMatchObject({ code: 'helper/failed' })
  })
})

describe.skipIf(!isRoot)('the folders of a running engine', () => {
  let lab: Lab
  let chainId: string
  beforeAll(async () => {
    lab = await Lab.start({ generation: newest })
    lab.importBusybox('busybox:lab')
    const { RootFS } = JSON.parse((await lab.get('/images/busybox:lab/json')).body) as {
      RootFS: { Layers: string[] }
    }
    chainId = RootFS.Layers[0] ?? ''
  })
  afterAll(() => lab.stop())

  const walk = () => run('layer-walk', { ...graph, pid: lab.pid, chainId, folders: [''], from: 0 })

  it('are opened only as the layer store names them, and as folders', async () => {
    await expect(walk()).resolves.toMatchObject({ folders: [{ path: '' }, {}] })
    const file = join(lab.dataRoot, 'image/overlay2/layerdb/sha256', chainId.slice(7), 'cache-id')
    const id = readFileSync(file, 'utf8')
    for (const planted of ['../../../etc', '..', '/etc', `${id}/../..`, '', 'x'.repeat(100)]) {
      writeFileSync(file, planted)
      await expect(walk()).rejects.toMatchObject(DENIED)
    }
    writeFileSync(file, id)
    const diff = join(lab.dataRoot, 'overlay2', id, 'diff')
    renameSync(diff, `${diff}-aside`)
    for (const target of ['/etc', 'diff-aside']) {
      symlinkSync(target, diff)
      await expect(walk()).rejects.toMatchObject(DENIED)
      unlinkSync(diff)
    }
    renameSync(`${diff}-aside`, diff)
    await expect(walk()).resolves.toMatchObject({ folders: [{ path: '' }, {}] })
  })

  it('of one store are not read as of the other', async () => {
    await expect(
      run('layer-walk', { ...containerd, pid: lab.pid, chainId, folders: [''], from: 0 }),
    ).rejects.toMatchObject(DENIED)
    await expect(
      run('content-blob', { ...containerd, pid: lab.pid, digest: chainId, from: 0 }),
    ).rejects.toMatchObject(DENIED)
    await expect(
      run('layer-walk', { ...graph, driver: 'vfs', pid: lab.pid, chainId, folders: [''], from: 0 }),
    ).rejects.toMatchObject(DENIED)
  })
})

describe.skipIf(!isRoot || nextBin === undefined)('the blobs of a running containerd', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start({ generation: 'next', config: '{"features":{"containerd-snapshotter":true}}' })
    lab.importBusybox('busybox:lab')
  })
  afterAll(() => lab.stop())

  it('are read by their digests, and no link in the place of one', async () => {
    const { Id } = JSON.parse((await lab.get('/images/busybox:lab/json')).body) as { Id: string }
    const read = (from = 0) => run('content-blob', { ...containerd, pid: lab.pid, digest: Id, from })
    const whole = (await read()) as { data: string; sizeBytes: number }
    expect(JSON.parse(Buffer.from(whole.data, 'base64').toString())).toMatchObject({ schemaVersion: 2 })
    await expect(read(whole.sizeBytes)).resolves.toMatchObject({ data: '' })
    const blobs = join(lab.dataRoot, 'containerd/daemon/io.containerd.content.v1.content/blobs/sha256')
    const file = join(blobs, Id.slice(7))
    renameSync(file, `${file}-aside`)
    symlinkSync('/etc/shadow', file)
    await expect(read()).rejects.toMatchObject(DENIED)
    unlinkSync(file)
    await expect(read()).rejects.toMatchObject(DENIED)
    renameSync(`${file}-aside`, file)
    await expect(read()).resolves.toMatchObject({ sizeBytes: whole.sizeBytes })
  })
})
