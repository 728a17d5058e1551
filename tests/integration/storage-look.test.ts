import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { contract } from '../../electron/contract/contract'
import { Lab } from '../support/lab'
import { create, folderOf, inspect, scanned, seed } from '../support/storage-seed'
import { servicesFor, signal } from '../support/storage-services'
import { du, entriesOf, HOSTILE, plantTree } from '../support/storage-tree'
import { until } from '../support/until'

describe('what lies in a data-root', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start()
    await seed(lab)
  })
  afterAll(() => lab.stop())

  it('says which images stand on a layer, and by which instruction it was made', async () => {
    const { storage } = servicesFor(lab)
    const { UpperDir } = (await inspect(lab, '/images/kit:1/json')).GraphDriver.Data
    const { as, found } = await storage.owner({ path: folderOf(UpperDir) }, signal)
    expect(as).toBe('layer')
    expect(found[0]?.owner).toMatchObject({
      kind: 'layer',
      images: expect.arrayContaining(['app:7', 'kit:1', 'kit:2']) as unknown,
      instruction: expect.stringContaining('COPY') as unknown,
      chainId: expect.stringMatching(/^sha256:/) as unknown,
    })
  })

  it('finds the owner of a path, a short link, a line of mount, an inode and a name', async () => {
    const { storage } = servicesFor(lab)
    const running = await inspect(lab, '/containers/container-8/json')
    const folder = folderOf(running.GraphDriver.Data.UpperDir)
    const owner = { kind: 'container', container: { name: 'container-8', running: true } }
    const ask = async (path: string) => storage.owner({ path }, signal)
    const path = `overlay2/${folder}`
    expect(await ask(`${lab.dataRoot}/${path}/diff`)).toMatchObject({
      as: 'path',
      found: [{ path: `${path}/diff`, owner }],
    })
    expect(await ask(path)).toMatchObject({ as: 'path', found: [{ path, owner }] })
    const short = readFileSync(join(lab.dataRoot, path, 'link'), 'utf8')
    expect(await ask(short)).toMatchObject({ as: 'link', found: [{ path, owner }] })
    const mount = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .find((line) => line.includes(`${folder}/merged`))
    const mounted = await ask(mount ?? '')
    expect(mounted).toMatchObject({ as: 'mount' })
    expect(mounted.found[0]).toMatchObject({ path, owner })
    expect(mounted.found.length).toBeGreaterThan(2)
    const inode = execFileSync('stat', ['-c', '%i', join(lab.dataRoot, path, 'link')], {
      encoding: 'utf8',
    }).trim()
    expect(await ask(inode)).toMatchObject({ as: 'inode', found: [{ path: `${path}/link`, owner }] })
    const named = await ask('container-8')
    expect(named.as).toBe('name')
    expect(named.found.map(({ owner: { kind } }) => kind)).toEqual(
      expect.arrayContaining(['container', 'container-files', 'log', 'volume']),
    )
    expect((await ask(running.Id.slice(0, 12))).found.length).toBeGreaterThan(2)
    expect((await ask('app:2')).found.map(({ owner: { kind } }) => kind)).toContain('layer')
    expect(await ask('no such thing')).toEqual({ as: 'name', found: [] })
  })

  it('lists folders with the meaning and the owner of each entry', async () => {
    const { storage } = servicesFor(lab)
    await scanned(storage)
    const root = await storage.list({ path: '' }, signal)
    expect(contract['storage.list'].output.parse(root)).toEqual(root)
    expect(root.entries.map(({ name }) => name)).toEqual(readdirSync(lab.dataRoot).sort())
    expect(root.entries.every(({ meaning }) => meaning !== undefined)).toBe(true)
    const overlay2 = root.entries.find(({ name }) => name === 'overlay2')
    expect(overlay2?.diskBytes).toBe(du(join(lab.dataRoot, 'overlay2')))
    expect(overlay2?.entries).toBe(entriesOf(join(lab.dataRoot, 'overlay2')))
    const layers = await storage.list({ path: 'overlay2' }, signal)
    expect(layers.entries.find(({ name }) => name === 'l')?.meaning).toBe('overlay2-links')
    const [first] = layers.entries
    const inside = await storage.list({ path: first?.path ?? '' }, signal)
    expect(inside.entries.map(({ meaning }) => meaning)).toContain('overlay2-diff')
    expect(new Set(inside.entries.map(({ owner }) => owner.id))).toEqual(new Set([first?.owner.id]))
  })

  it('counts a volume that is hard to count, while its container writes', async () => {
    const { storage } = servicesFor(lab)
    const folder = join(lab.dataRoot, 'volumes/volume-0/_data')
    // Node cannot remove what lies that deep.
    onTestFinished(() => void execFileSync('rm', ['-rf', join(folder, 'tree')]))
    plantTree(join(folder, 'tree'), 6_000)
    const { bytes, missed, rest, shares } = await scanned(storage)
    expect(missed).toBe(0)
    expect(bytes).toBe(du(lab.dataRoot))
    expect(rest).toEqual([])
    expect(shares.find(({ owner }) => owner.id === 'volume:volume-0')?.bytes).toBe(du(join(folder, '..')))

    const part = await scanned(storage, { path: 'volumes/volume-0/_data/tree' })
    expect(part.bytes).toBe(du(join(folder, 'tree')))
    expect(part.shares.map(({ paths }) => paths[0])).toContain('volumes/volume-0/_data/tree/back\\x5cslash')
    expect(part.shares.map(({ paths }) => paths[0])).toContain('volumes/volume-0/_data/tree/b\\xff\\xfea')
    const listed = await storage.list({ path: 'volumes/volume-0/_data/tree' }, signal)
    for (const name of [...HOSTILE, 'b\\xff\\xfea']) {
      const entry = listed.entries.find((each) => each.name === name)
      expect(entry?.owner.id).toBe('volume:volume-0')
      expect(entry?.entries).toBe(2)
      expect((await storage.list({ path: entry?.path ?? '' }, signal)).entries).toMatchObject([
        { name: 'inside' },
      ])
    }
    const out = listed.entries.find(({ name }) => name === 'out')
    expect(out).toMatchObject({ type: 'link', linkTarget: '/usr' })

    // A file that is written to meanwhile changes the sum by no more than was written.
    lab.docker(
      'exec',
      '--detach',
      'container-8',
      'sh',
      '-c',
      'while true; do echo more >>/data/grows; sleep 0.01; done',
    )
    const before = du(lab.dataRoot)
    const counted = (await scanned(storage)).bytes
    const after = du(lab.dataRoot)
    expect(counted).toBeGreaterThanOrEqual(before)
    expect(counted).toBeLessThanOrEqual(after)
    lab.docker('restart', '--time', '0', 'container-8')
  })

  it('tells more and more while it goes, and stops when told to', async () => {
    const { storage } = servicesFor(lab)
    const stop = new AbortController()
    const items = storage.scan({ fresh: true }, stop.signal)[Symbol.asyncIterator]()
    const first = await items.next()
    expect(first.value).toMatchObject({ state: 'walking' })
    stop.abort()
    await until('the scan to end', async () => {
      try {
        return (await items.next()).done
      } catch {
        return true
      }
    })
  })

  it('remembers layers that are proven unchanged, and nothing when it must not', async () => {
    const { storage } = servicesFor(lab)
    const first = await scanned(storage, { fresh: true })
    const second = await scanned(storage)
    const third = await scanned(storage, { fresh: true })
    expect(first.rememberedBytes).toBe(0)
    expect(third.rememberedBytes).toBe(0)
    expect([second.bytes, second.entries]).toEqual([third.bytes, third.entries])
  })

  it('reads a file, without what it must not tell', async () => {
    const { storage } = servicesFor(lab)
    const id = await create(lab, 'secretive', { Image: 'busybox:lab', Env: ['TOKEN=hush-hush'] })
    const config = await storage.file({ path: `containers/${id}/config.v2.json` }, signal)
    expect(contract['storage.file'].output.parse(config)).toEqual(config)
    expect(config).toMatchObject({ kind: 'json', meaning: 'container-config', cut: false })
    expect(config.text).toContain('TOKEN=*****')
    expect(config.text).not.toContain('hush-hush')
    expect((await storage.file({ path: 'volumes/metadata.db' }, signal)).kind).toBe('binary')
    const repositories = await storage.file({ path: 'image/overlay2/repositories.json' }, signal)
    expect(JSON.parse(repositories.text ?? '')).toHaveProperty('Repositories')
    execFileSync('mkfifo', [join(lab.dataRoot, 'volumes/volume-3/_data/pipe')])
    for (const path of [
      'volumes/volume-0/_data/tree/pipe',
      'volumes',
      'volumes/nothing',
      'volumes/../../daemon.json',
    ])
      await expect(storage.file({ path }, signal)).rejects.toMatchObject({ code: 'helper/path-refused' })
  })
})
