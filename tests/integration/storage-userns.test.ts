import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generations, type Lab } from '../support/lab'
import { buildWithBuildKit, startOnOwnDisk } from '../support/storage-lab'
import { byPath, folderOf, inspect, scanned } from '../support/storage-seed'
import { clean, servicesFor, signal } from '../support/storage-services'
import { du, entriesOf } from '../support/storage-tree'
import { until } from '../support/until'
import { addUser, removeUser } from '../support/user'

describe.each(generations)('a daemon with userns-remap (%s)', (generation) => {
  let lab: Lab
  let user: string
  /** Name of the folder in the data-root in which all of it lies, and that folder. */
  let own: string
  let base: string
  beforeAll(async () => {
    user = addUser({ subordinateIds: true })
    lab = await startOnOwnDisk({ generation, config: JSON.stringify({ 'userns-remap': user }) })
    own = readdirSync(lab.dataRoot).find((name) => /^\d+\.\d+$/.test(name)) ?? ''
    base = join(lab.dataRoot, own)
    lab.importBusybox()
    await buildWithBuildKit(lab, 'app:1', {
      Dockerfile: 'FROM busybox:lab\nCOPY blob /blob\nLABEL made=here\n',
      blob: randomBytes(500_000),
    })
    create('kept', '--volume', 'used:/v', 'busybox:lab', 'sh', '-c', 'echo said; touch /v/f; sleep 9999')
    lab.docker('start', 'kept')
    create('stopped', '--volume', 'data:/v', 'app:1', 'sh', '-c', 'cat /blob >/same; cat /blob >/v/f')
    lab.docker('start', '--attach', 'stopped')
  })
  afterAll(async () => {
    await lab.stop()
    removeUser(user)
  })

  const create = (name: string, ...args: string[]) =>
    lab.docker('create', '--name', name, '--network', 'none', ...args).trim()

  it('is scanned as a whole, and each thing has its owner one folder further down', async () => {
    const { storage } = servicesFor(lab)
    // BuildKit still puts away what it needed for the build.
    const whole = await until('the scan to count what du and find count', async () => {
      const counted = await scanned(storage)
      const same = counted.bytes === du(lab.dataRoot) && counted.entries === entriesOf(lab.dataRoot)
      return same && counted
    })
    expect(whole.roots).toEqual([lab.dataRoot])
    const owners = byPath(whole)
    const { UpperDir, LowerDir } = (await inspect(lab, '/containers/stopped/json')).GraphDriver.Data
    const [init = '', top = ''] = (LowerDir ?? '').split(':')
    const at = (path: string) => owners.get(`${own}/overlay2/${folderOf(path)}`)
    expect(UpperDir.startsWith(`${base}/overlay2/`)).toBe(true)
    expect([at(UpperDir)?.kind, at(init)?.kind]).toEqual(['container', 'container'])
    expect(at(UpperDir)?.name).toContain('stopped')
    expect(at(top)).toMatchObject({ kind: 'layer', inUse: true })
    expect(owners.get(`${own}/volumes/data`)).toMatchObject({ kind: 'volume', name: 'data' })
    const unowned = [...owners.values()].filter(({ kind }) => kind === 'orphan' || kind === 'unknown')
    expect(unowned.map(({ id }) => id)).toEqual(['unknown:lost+found'])
  })

  it('is listed, searched and measured in that folder', async () => {
    const { storage, usage } = servicesFor(lab)
    const listed = await storage.list({ path: own }, signal)
    expect(listed.entries.map(({ name }) => name)).toEqual(expect.arrayContaining(['overlay2', 'volumes']))
    const { UpperDir } = (await inspect(lab, '/containers/stopped/json')).GraphDriver.Data
    const found = await storage.owner({ path: folderOf(UpperDir) }, signal)
    expect(JSON.stringify(found)).toContain('stopped')
    await scanned(storage)
    const { bar, fileSystem } = await usage.usage()
    expect(bar.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(fileSystem?.usedBytes)
  })

  it('is cleaned up as previewed, to the byte of df', async () => {
    const { cleanup } = servicesFor(lab)
    const first = await clean(lab, cleanup, { kinds: ['containers', 'volumes'], allVolumes: true })
    expect(first.removed.map(({ name }) => name)).toEqual(['stopped', 'data'])
    expect(first.removed[0]?.bytes).toBeGreaterThan(500_000)
    expect(first.removed[1]?.bytes).toBeGreaterThan(500_000)
    const cache = await clean(lab, cleanup, { kinds: ['build-cache'] })
    expect(cache.removed.length).toBeGreaterThan(1)
    const images = await clean(lab, cleanup, { kinds: ['images'], allImages: true })
    expect(images.removed.map(({ name }) => name)).toEqual(['app:1'])
    expect(images.removed[0]?.bytes).toBeGreaterThan(500_000)
    const logs = await clean(lab, cleanup, { kinds: ['logs'] })
    expect(logs.removed.map(({ name }) => name)).toEqual(['kept'])
  })

  it('has its orphans found and set aside', async () => {
    const { storage, cleanup } = servicesFor(lab)
    const layers = join(base, 'overlay2')
    const layer = readdirSync(layers).find((name) => existsSync(join(layers, name, 'diff/bin/busybox'))) ?? ''
    const name = randomBytes(32).toString('hex')
    cpSync(join(layers, layer), join(layers, name), { recursive: true, verbatimSymlinks: true })
    writeFileSync(join(layers, name, 'link'), 'ORPHANORPHANORPHANORPHANAB')
    await scanned(storage)
    const { removed } = await clean(lab, cleanup, { kinds: ['orphans'] })
    expect(removed).toMatchObject([{ kind: 'orphans' }])
    const { path, items } = await cleanup.quarantine(signal)
    expect(path).toBe(join(base, 'porthole-quarantine'))
    expect(items.map(({ from }) => from)).toEqual([`${own}/overlay2/${name}`])
    expect(existsSync(join(layers, name))).toBe(false)
    await cleanup.endQuarantine({ id: items[0]?.id ?? '', how: 'restore' }, signal)
    expect(existsSync(join(layers, name, 'diff/bin/busybox'))).toBe(true)
    execFileSync('rm', ['-r', join(layers, name)])
  })
})
