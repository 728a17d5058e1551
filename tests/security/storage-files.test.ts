import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { Ledger } from '../../electron/helper/storage/ledger'
import { dataRootRule } from '../../electron/helper/storage/places'
import { survey } from '../../electron/helper/storage/survey'
import { Tree } from '../../electron/helper/storage/tree'
import { Walker } from '../../electron/helper/storage/walk'
import { verbs } from '../../electron/helper/verbs'

const SECRET = 'what lies outside'

describe('a folder that is read as root', () => {
  let folder: string
  let tree: Tree
  beforeEach(() => {
    const top = mkdtempSync(join(tmpdir(), 'porthole-tree-'))
    folder = join(top, 'data')
    mkdirSync(join(folder, 'volumes/x/_data/inner'), { recursive: true })
    mkdirSync(join(top, 'outside'))
    writeFileSync(join(top, 'outside/file'), SECRET.repeat(10_000))
    writeFileSync(join(folder, 'volumes/x/_data/inner/file'), 'own')
    tree = new Tree(folder)
    onTestFinished(() => {
      tree.close()
      rmSync(top, { recursive: true, force: true })
    })
  })
  const data = () => join(folder, 'volumes/x/_data')
  const names = ['volumes', 'x', '_data']

  it('does not lead out by a link in the place of a file', () => {
    symlinkSync('/etc/shadow', join(data(), 'link'))
    expect(tree.openFile([...names, 'link'])).toBeUndefined()
    expect(tree.read([...names, 'link'])).toBeUndefined()
    expect(tree.link(...names, 'link')?.toString()).toBe('/etc/shadow')
  })

  it('does not lead out by a link in the place of a folder', () => {
    symlinkSync('../../../../outside', join(data(), 'out'))
    expect(tree.list(...names, 'out')).toEqual([])
    expect(tree.read([...names, 'out', 'file'])).toBeUndefined()
    expect(() => tree.openFolder([...names, 'out'])).toThrow()
  })

  it('is the same one whatever is put in the place of its name', () => {
    renameSync(folder, `${folder}-aside`)
    symlinkSync('outside', folder)
    expect(tree.read([...names, 'inner', 'file'])?.toString()).toBe('own')
    expect(tree.list()).toEqual(['volumes'])
    rmSync(folder)
    renameSync(`${folder}-aside`, folder)
  })

  it('has no pipe or device opened', () => {
    execFileSync('mkfifo', [join(data(), 'pipe')])
    expect(tree.openFile([...names, 'pipe'])).toBeUndefined()
    if (process.geteuid?.() !== 0) return
    execFileSync('mknod', [join(data(), 'device'), 'c', '1', '5'])
    expect(tree.openFile([...names, 'device'])).toBeUndefined()
  })

  it('is walked past links, also one that takes a folder’s place in the middle', async () => {
    symlinkSync('../../../../outside', join(data(), 'out'))
    for (let made = 0; made < 200; made += 1) {
      mkdirSync(join(data(), `folder-${made}`))
      writeFileSync(join(data(), `folder-${made}`, 'file'), 'x')
    }
    const { units, tasks } = await survey({ tree, rule: dataRootRule() }, [], false, () => Promise.resolve())
    const ledger = new Ledger(units)
    const walker = new Walker()
    walker.add(tasks)
    // The folders are known and not yet entered: now they lead out.
    walker.step(1)
    for (let made = 0; made < 200; made += 1) {
      renameSync(join(data(), `folder-${made}`), join(data(), `gone-${made}`))
      symlinkSync('../../../../outside', join(data(), `folder-${made}`))
    }
    while (!walker.idle) walker.step(1_000)
    ledger.add(walker.take())
    expect(ledger.bytes).toBeLessThan(5_000_000)
    expect(ledger.missed).toBeGreaterThan(0)
  })
})

describe('the verbs', () => {
  const store = { driver: 'overlay2', imageStore: 'graphdriver' }

  it.each(['scan', 'list-storage', 'read-storage', 'find-storage'])(
    '%s serves no process that is no dockerd of root',
    async (name) => {
      const verb = verbs.find((each) => each.name === name)
      const input = {
        ...store,
        pid: process.pid,
        ...(name === 'find-storage' ? { words: 'x' } : name === 'scan' ? {} : { path: '' }),
      }
      const parsed = verb?.parse(input)
      const context = {
        emit: () => undefined,
        signal: new AbortController().signal,
        caller: { uid: 0, gid: 0 },
      }
      await expect((async () => verb?.run(parsed, context))()).rejects.toMatchObject({
        code: 'helper/path-refused',
      })
    },
  )

  it.each([
    ['scan', { ...store, dataRoot: '/' }],
    ['scan', { driver: '../x', imageStore: 'graphdriver' }],
    ['list-storage', { ...store, path: 5 }],
    ['read-storage', store],
    ['find-storage', { ...store, words: 'x'.repeat(20_000) }],
  ])('%s refuses %j', (name, input) => {
    expect(() => verbs.find((each) => each.name === name)?.parse(input)).toThrow()
  })
})
