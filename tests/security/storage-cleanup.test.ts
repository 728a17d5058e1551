import { execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  closeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { openDataRoot } from '../../electron/helper/storage-cleanup/data-root'
import { DiskBytes } from '../../electron/helper/storage-cleanup/disk-bytes'
import { emptyLog, freeableLog } from '../../electron/helper/storage-cleanup/empty-log'
import {
  listQuarantine,
  moveIn,
  QUARANTINE,
  remove,
  restore,
} from '../../electron/helper/storage-cleanup/quarantine'
import { Tree } from '../../electron/helper/storage/tree'
import { verbs } from '../../electron/helper/verbs'
import { until } from '../support/until'

const ID = 'a1'.repeat(32)
const { signal } = new AbortController()
const changed = { code: 'storage/changed-underneath' }
const refused = { code: 'helper/path-refused' }

let place: string
let root: Tree
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'porthole-cleanup-'))
  mkdirSync(join(place, 'data'))
  root = new Tree(join(place, 'data'))
  onTestFinished(() => {
    root.close()
    rmSync(place, { recursive: true, force: true })
  })
})

describe('a log that is emptied', () => {
  const folder = () => join(place, 'data/containers', ID)
  const log = () => join(folder(), `${ID}-json.log`)
  const outside = () => join(place, 'outside')
  beforeEach(() => {
    mkdirSync(folder(), { recursive: true })
    writeFileSync(outside(), 'not to be touched')
    writeFileSync(log(), 'x'.repeat(10_000))
  })
  const untouched = () => expect(readFileSync(outside(), 'utf8')).toBe('not to be touched')

  it('is the container’s own by its id, whatever its files say', () => {
    writeFileSync(join(folder(), 'config.v2.json'), JSON.stringify({ LogPath: outside() }))
    writeFileSync(`${log()}.1`, 'old')
    writeFileSync(`${log()}.2.gz`, 'older')
    writeFileSync(`${log()}.txt`, 'another’s')
    const { files } = freeableLog(root, ID, process.pid)
    expect(emptyLog(root, ID, process.pid)).toMatchObject({ files })
    expect(files).toBe(3)
    expect(statSync(log()).size).toBe(0)
    expect(readdirSync(folder()).sort()).toEqual([`${ID}-json.log`, `${ID}-json.log.txt`, 'config.v2.json'])
    untouched()
  })

  it.each<[string, () => void]>([
    ['a link in its place', () => (rmSync(log()), symlinkSync(outside(), log()))],
    ['a second name of another file in its place', () => (rmSync(log()), linkSync(outside(), log()))],
    ['a link in the place of one set aside', () => symlinkSync(outside(), `${log()}.1`)],
    ['a folder in the place of one set aside', () => mkdirSync(`${log()}.1`)],
    [
      'a link in the place of its folder',
      () => {
        renameSync(folder(), join(place, 'moved'))
        symlinkSync(join(place, 'moved'), folder())
      },
    ],
    [
      'a link in the place of all containers',
      () => {
        renameSync(join(place, 'data/containers'), join(place, 'moved'))
        symlinkSync(join(place, 'moved'), join(place, 'data/containers'))
      },
    ],
    [
      'a link in the place of the other driver’s folder',
      () => {
        mkdirSync(join(place, 'moved'))
        writeFileSync(join(place, 'moved/container.log.1'), 'x')
        symlinkSync(join(place, 'moved'), join(folder(), 'local-logs'))
      },
    ],
  ])('is refused for %s', (_, plant) => {
    plant()
    expect(() => emptyLog(root, ID, process.pid)).toThrow(expect.objectContaining(refused))
    untouched()
    if (existsSync(join(place, 'moved/container.log.1')))
      expect(readFileSync(join(place, 'moved/container.log.1'), 'utf8')).toBe('x')
  })

  it('is left as it is while it is written at a fixed place: it would come back with a hole', () => {
    writeFileSync(`${log()}.1`, 'old')
    const fd = openSync(log(), 'r+')
    expect(emptyLog(root, ID, process.pid)).toMatchObject({ files: 1 })
    expect(statSync(log()).size).toBe(10_000)
    closeSync(fd)
    const appended = openSync(log(), 'a')
    expect(emptyLog(root, ID, process.pid)).toMatchObject({ files: 1 })
    appendFileSync(appended, 'on')
    closeSync(appended)
    expect(readFileSync(log(), 'utf8')).toBe('on')
  })

  it('of the driver local keeps the file that is written', () => {
    rmSync(log())
    mkdirSync(join(folder(), 'local-logs'))
    for (const name of ['container.log', 'container.log.1', 'container.log.2.gz'])
      writeFileSync(join(folder(), 'local-logs', name), 'x')
    expect(emptyLog(root, ID, process.pid)).toMatchObject({ files: 2 })
    expect(readdirSync(join(folder(), 'local-logs'))).toEqual(['container.log'])
  })
})

describe('the quarantine', () => {
  const orphan = () => join(place, 'data/overlay2/lost')
  beforeEach(() => {
    mkdirSync(join(orphan(), 'diff/deep'), { recursive: true })
    writeFileSync(join(orphan(), 'diff/deep/file'), 'x'.repeat(9_000))
    writeFileSync(join(place, 'outside'), 'not to be touched')
    symlinkSync(join(place), join(orphan(), 'diff/out'))
  })
  const items = async () =>
    (await listQuarantine(root, signal)).map(({ from, deleting }) => ({ from, deleting }))

  it('puts back what it took', async () => {
    const { id } = moveIn(root, 'overlay2/lost')
    expect(existsSync(orphan())).toBe(false)
    expect(await items()).toEqual([{ from: 'overlay2/lost', deleting: false }])
    restore(root, id)
    expect(readFileSync(join(orphan(), 'diff/deep/file'), 'utf8')).toHaveLength(9_000)
    expect(await items()).toEqual([])
    expect(() => restore(root, id)).toThrow(expect.objectContaining(changed))
  })

  it('finds a name that is not UTF-8 again', async () => {
    const name = Buffer.concat([Buffer.from(join(place, 'data/overlay2/')), Buffer.from([0xff, 0x0a, 0x5c])])
    mkdirSync(name)
    const { id, from } = moveIn(root, 'overlay2/\\xff\n\\x5c')
    expect(lstatSync(name, { throwIfNoEntry: false })).toBeUndefined()
    expect(await items()).toEqual([{ from, deleting: false }])
    restore(root, id)
    expect(lstatSync(name).isDirectory()).toBe(true)
  })

  it('overwrites nothing', () => {
    const { id } = moveIn(root, 'overlay2/lost')
    mkdirSync(orphan())
    expect(() => restore(root, id)).toThrow(expect.objectContaining(changed))
    expect(readdirSync(orphan())).toEqual([])
  })

  it.each([
    '',
    '/',
    '.',
    '..',
    '../outside',
    'overlay2/../../outside',
    QUARANTINE,
    `${QUARANTINE}/items`,
    'a/\0',
  ])('takes nothing by the path %j', (path) => {
    expect(() => moveIn(root, path)).toThrow()
    expect(existsSync(join(place, 'outside'))).toBe(true)
  })

  it('takes nothing through a link, and puts nothing back through one', () => {
    symlinkSync(place, join(place, 'data/way'))
    expect(() => moveIn(root, 'way/outside')).toThrow(expect.objectContaining(changed))
    const { id } = moveIn(root, 'overlay2/lost')
    renameSync(join(place, 'data/overlay2'), join(place, 'elsewhere'))
    symlinkSync(join(place, 'elsewhere'), join(place, 'data/overlay2'))
    expect(() => restore(root, id)).toThrow(expect.objectContaining(changed))
  })

  it.each(['', '..', '../items', 'ZZZZZZZZZZZZZZZZ', '0'.repeat(16)])('knows no item %j', async (id) => {
    moveIn(root, 'overlay2/lost')
    await expect(remove(root, id)).rejects.toMatchObject(changed)
  })

  it('removes what is in it and follows no link out', async () => {
    const { id } = moveIn(root, 'overlay2/lost')
    await remove(root, id)
    expect(await items()).toEqual([])
    expect(readdirSync(join(place, 'data', QUARANTINE, 'items'))).toEqual([])
    expect(readdirSync(join(place, 'data', QUARANTINE, 'trash'))).toEqual([])
    expect(readFileSync(join(place, 'outside'), 'utf8')).toBe('not to be touched')
  })

  it('removes a tree deeper than a path may be long', async () => {
    const script = `for (let at = 0; at < 600; at += 1) {
      require('fs').mkdirSync('n'.repeat(20))
      process.chdir('n'.repeat(20))
    }`
    execFileSync(process.execPath, ['-e', script], { cwd: orphan() })
    const { id } = moveIn(root, 'overlay2/lost')
    await remove(root, id)
    expect(await items()).toEqual([])
  })

  it('shows nothing of a move that was written down and did not happen', async () => {
    mkdirSync(join(place, 'data', QUARANTINE))
    const line = (id: string) =>
      JSON.stringify({ id, from: 'overlay2/lost', movedAt: new Date().toISOString() })
    writeFileSync(join(place, 'data', QUARANTINE, 'manifest.jsonl'), `${line('0'.repeat(16))}\n{"id":"`)
    expect(await items()).toEqual([])
    moveIn(root, 'overlay2/lost')
    expect(await items()).toHaveLength(1)
  })

  it('ends a removal that was killed in the middle, and does not put half of it back', async () => {
    const { id } = moveIn(root, 'overlay2/lost')
    const trash = join(place, 'data', QUARANTINE, 'trash', id)
    mkdirSync(trash, { recursive: true })
    renameSync(join(place, 'data', QUARANTINE, 'items', id), join(trash, 'item'))
    cpSync(join(trash, 'item/diff/deep'), join(trash, 'f1'), { recursive: true })
    writeFileSync(join(trash, 'f2'), 'x')
    expect(await items()).toEqual([{ from: 'overlay2/lost', deleting: true }])
    expect(() => restore(root, id)).toThrow(expect.objectContaining(changed))
    await remove(root, id)
    expect(await items()).toEqual([])
  })
})

describe('what removal frees', () => {
  it('is no file that has a name elsewhere, and once one that has several', async () => {
    const file = join(place, 'data/one/file')
    mkdirSync(join(place, 'data/one'))
    mkdirSync(join(place, 'data/two'))
    writeFileSync(file, 'x'.repeat(40_000))
    const bytes = statSync(file).blocks * 512
    const own = statSync(join(place, 'data/one')).blocks * 512
    linkSync(file, join(place, 'data/two/again'))
    expect(await new DiskBytes(signal).of(root, 'one')).toBe(own)
    const both = new DiskBytes(signal)
    expect((await both.of(root, 'one')) + (await both.of(root, 'two'))).toBe(bytes + 2 * own)
    symlinkSync('/usr', join(place, 'data/one/link'))
    expect(await new DiskBytes(signal).of(root, 'one')).toBe(own)
    expect(await new DiskBytes(signal).of(root, 'one', 'link', 'bin')).toBe(0)
    expect(await new DiskBytes(signal).of(root, 'nowhere')).toBe(0)
  })
})

describe('the data-root of a process', () => {
  it('is where it has a file of it open, not where one of that name lies', async () => {
    mkdirSync(join(place, 'data/volumes'))
    const held = join(place, 'data/volumes/metadata.db')
    writeFileSync(held, '')
    const holder = spawn('sleep', ['60'], { stdio: [openSync(held, 'r'), 'ignore', 'ignore'] })
    onTestFinished(() => void holder.kill())
    const pid = await until('the process', () => holder.pid)
    const found = await until('its descriptor', () => openDataRoot({ pid }))
    expect(found.path).toBe(join(place, 'data'))
    found.close()
    renameSync(held, `${held}.old`)
    expect(() => openDataRoot({ pid })).toThrow(expect.objectContaining(refused))
    renameSync(join(place, 'data/volumes/metadata.db.old'), held)
    const again = openDataRoot({ pid })
    again.close()
    expect(() => openDataRoot({ pid: 2 ** 22 })).toThrow(expect.objectContaining(refused))
  })
})

describe('the verbs', () => {
  const verb = (name: string) => verbs.find((each) => each.name === name)
  it('take names of a checked shape, and no path of the caller but of an orphan', () => {
    const sizes = (more: object) => () =>
      verb('cleanup-sizes')?.parse({ pid: 100, driver: 'overlay2', ...more })
    expect(
      sizes({ volumes: ['data', 'a.b-c_d'], logs: [ID], records: ['abc123'], chains: [`sha256:${ID}`] }),
    ).not.toThrow()
    for (const volumes of [['..'], ['a/b'], ['.hidden'], [''], ['a\0'], [7], 'x'])
      expect(sizes({ volumes })).toThrow()
    for (const chains of [['sha256:..'], [`sha256:${ID}/..`], [ID]]) expect(sizes({ chains })).toThrow()
    for (const records of [['../x'], ['A'], ['l/x']]) expect(sizes({ records })).toThrow()
    expect(sizes({ driver: '../overlay2' })).toThrow()
    expect(sizes({ path: '/etc' })).toThrow('Unknown field "path"')
    for (const container of ['..', `${ID}/`, ID.slice(1)])
      expect(() => verb('empty-log')?.parse({ pid: 100, container })).toThrow()
    expect(() => verb('end-quarantine')?.parse({ pid: 100, id: 'x', how: 'burn' })).toThrow()
  })

  it('serve no process that is no dockerd of root', async () => {
    const context = { emit: () => undefined, signal, caller: { uid: 0, gid: 0 } }
    for (const [name, input] of [
      ['empty-log', { container: ID }],
      ['quarantined', {}],
      ['end-quarantine', { id: '0'.repeat(16), how: 'delete' }],
      ['quarantine', { driver: 'overlay2', imageStore: 'graphdriver', path: 'overlay2/x' }],
    ] as const) {
      const found = verb(name)
      await expect(
        (async () => found?.run(found.parse({ pid: process.pid, ...input }), context))(),
      ).rejects.toMatchObject(refused)
    }
  })
})
