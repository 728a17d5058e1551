import { cpSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StorageScan } from '../../electron/services/storage'
import { generations, Lab } from '../support/lab'
import {
  byPath,
  CONTAINERS,
  folderOf,
  IMAGES,
  inspect,
  scan,
  scanned,
  seed,
  VOLUMES,
} from '../support/storage-seed'
import { servicesFor, signal } from '../support/storage-services'
import { du, entriesOf } from '../support/storage-tree'

describe.each(generations)('a scan of a data-root with overlay2 (%s)', (generation) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start({ generation })
    await seed(lab)
  })
  afterAll(() => lab.stop())

  it('counts what du counts, and gives every byte to somebody', async () => {
    const { storage } = servicesFor(lab)
    const whole = await scanned(storage)
    expect(whole.bytes).toBe(du(lab.dataRoot))
    expect(whole.entries).toBe(entriesOf(lab.dataRoot))
    expect(whole.roots).toEqual([lab.dataRoot])
    const told = [...whole.shares, ...whole.rest]
    expect(told.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(whole.bytes)
    expect(told.reduce((sum, { entries }) => sum + entries, 0)).toBe(whole.entries)
    expect(whole.missed).toBe(0)
    expect(storage.last()).toEqual(whole)
  })

  it('names the owners that the engine itself names', async () => {
    const { storage } = servicesFor(lab)
    const owners = byPath(await scanned(storage))
    const images = JSON.parse((await lab.get('/images/json?all=1')).body) as { Id: string }[]
    expect(images.length).toBeGreaterThanOrEqual(IMAGES)
    const layers = new Set<string>()
    for (const { Id } of images) {
      const { LowerDir, UpperDir } = (await inspect(lab, `/images/${Id}/json`)).GraphDriver.Data
      for (const path of [UpperDir, ...(LowerDir?.split(':') ?? [])]) layers.add(folderOf(path))
    }
    const containers = new Map<string, string>()
    const all = JSON.parse((await lab.get('/containers/json?all=1')).body) as { Id: string }[]
    expect(all).toHaveLength(CONTAINERS)
    for (const { Id } of all) {
      const { UpperDir } = (await inspect(lab, `/containers/${Id}/json`)).GraphDriver.Data
      containers.set(folderOf(UpperDir), Id)
      containers.set(`${folderOf(UpperDir)}-init`, Id)
    }
    const folders = readdirSync(join(lab.dataRoot, 'overlay2')).filter((name) => name !== 'l')
    for (const folder of folders) {
      // An owner of two folders tells both.
      const owner = owners.get(`overlay2/${folder}`)
      const container = containers.get(folder)
      if (container !== undefined)
        expect(owner).toMatchObject({ kind: 'container', container: { id: container } })
      else if (layers.has(folder)) expect(owner).toMatchObject({ kind: 'layer', inUse: true })
      else expect(owner?.kind, folder).toBe('build-cache')
    }
    expect(folders.length).toBeGreaterThan(2 * CONTAINERS)
    for (const { Id } of all)
      expect(owners.get(`containers/${Id}`)).toMatchObject({ kind: 'container-files' })
    for (let volume = 0; volume < VOLUMES; volume += 1)
      expect(owners.get(`volumes/volume-${volume}`)).toMatchObject({
        kind: 'volume',
        name: `volume-${volume}`,
        inUse: volume < 10,
      })
    expect(
      [...owners.values()].filter(({ kind }) => ['orphan', 'unknown', 'unmapped'].includes(kind)),
    ).toEqual([])
  })

  it('calls ten planted orphans so, and nothing else', async () => {
    const overlay2 = join(lab.dataRoot, 'overlay2')
    const source = folderOf((await inspect(lab, '/images/app:1/json')).GraphDriver.Data.UpperDir)
    const planted: string[] = []
    for (let copy = 0; copy < 7; copy += 1) {
      const name = copy.toString(16).repeat(64)
      cpSync(join(overlay2, source), join(overlay2, name), { recursive: true })
      planted.push(`overlay2/${name}`)
    }
    // Half of a layer, without the files that would make it one.
    mkdirSync(join(overlay2, 'd'.repeat(64), 'diff'), { recursive: true })
    writeFileSync(join(overlay2, 'd'.repeat(64), 'diff', 'half'), 'x'.repeat(100_000))
    planted.push(`overlay2/${'d'.repeat(64)}`)
    mkdirSync(join(overlay2, 'zhalfofbuildkits0records0', 'diff'), { recursive: true })
    planted.push('overlay2/zhalfofbuildkits0records0')
    mkdirSync(join(lab.dataRoot, 'containers', 'e'.repeat(64)))
    writeFileSync(join(lab.dataRoot, 'containers', 'e'.repeat(64), 'hostname'), 'lost')
    planted.push(`containers/${'e'.repeat(64)}`)
    // Leftovers of another driver, and of a pull that was broken off, have kinds of their own.
    mkdirSync(join(lab.dataRoot, 'vfs/dir/left'), { recursive: true })
    mkdirSync(join(lab.dataRoot, 'image/overlay2/layerdb/tmp/write-set-1'), { recursive: true })

    const { storage } = servicesFor(lab)
    const items = await scan(storage)
    const orphans = (item: StorageScan | undefined) =>
      item?.shares.filter(({ owner }) => owner.kind === 'orphan').flatMap(({ paths }) => paths) ?? []
    expect(orphans(items.at(-1)).sort()).toEqual(planted.sort())
    expect(orphans(items[0])).toEqual([])
    const owners = byPath(items.at(-1) ?? (undefined as never))
    expect(owners.get('vfs')).toMatchObject({ kind: 'other-store', store: 'vfs', inUse: false })
    expect(owners.get('image/overlay2/layerdb/tmp')).toMatchObject({ kind: 'temporary' })
    expect(owners.get(planted[0] ?? '')?.because.map(({ code }) => code)).toEqual([
      ...(planted[0]?.startsWith('containers') === true
        ? ['no-container']
        : ['no-layerdb', 'no-layerdb-mount', 'no-mount', 'no-cache', 'no-image']),
      'no-reference',
    ])
    // What the scan has proven a list knows.
    const listed = await storage.list({ path: 'overlay2' }, signal)
    expect(listed.entries.filter(({ owner }) => owner.kind === 'orphan')).toHaveLength(9)
  })

  it('calls nothing an orphan while the build cache cannot be read', async () => {
    const file = join(lab.dataRoot, 'buildkit/snapshots.db')
    renameSync(file, `${file}.aside`)
    writeFileSync(file, 'torn')
    try {
      const { storage } = servicesFor(lab)
      const { shares } = await scanned(storage)
      expect(
        shares.filter(({ owner, paths }) => owner.kind === 'orphan' && paths[0]?.startsWith('overlay2')),
      ).toEqual([])
      expect(shares.find(({ paths }) => paths.includes(`overlay2/${'d'.repeat(64)}`))?.owner).toMatchObject({
        kind: 'unknown',
        because: [{ code: 'store-unreadable', values: { store: 'build-cache' } }],
      })
    } finally {
      renameSync(`${file}.aside`, file)
    }
  })
})
