import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { readPiece } from '../../electron/helper/images/layer-file'
import { Tree } from '../../electron/helper/storage/tree'
import { verbs } from '../../electron/helper/verbs'

const NO_CONTENT = expect.objectContaining({ code: 'image/no-content' }) as Error
const REFUSED = expect.objectContaining({ code: 'helper/path-refused' }) as Error

describe('a file of a layer', () => {
  let place: string
  let layer: Tree
  const inLayer = (path: string) => join(place, 'layer', path)
  const text = (path: string, from = 0) =>
    Buffer.from(readPiece(layer, path, from).data, 'base64').toString('latin1')

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'porthole-layer-'))
    mkdirSync(join(place, 'layer/etc'), { recursive: true })
    mkdirSync(join(place, 'outside'))
    writeFileSync(join(place, 'outside/shadow'), 'of this machine')
    writeFileSync(inLayer('etc/shadow'), 'of the image')
    layer = new Tree(join(place, 'layer'))
    onTestFinished(() => {
      layer.close()
      rmSync(place, { recursive: true, force: true })
    })
  })

  it('is read as it lies there, in pieces', () => {
    expect(text('/etc/shadow')).toBe('of the image')
    expect(text('etc/shadow', 7)).toBe('image')
    expect(text('etc/shadow', 1_000)).toBe('')
    writeFileSync(inLayer('large'), Buffer.alloc(900_000, 'x'))
    expect(readPiece(layer, 'large', 0)).toMatchObject({ sizeBytes: 900_000 })
    expect([text('large').length, text('large', 524_288).length]).toEqual([524_288, 375_712])
    writeFileSync(inLayer('larger'), Buffer.alloc(1_500_000, 'x'))
    expect([text('larger', 1_000_000).length, text('larger', 1_048_576).length]).toEqual([48_576, 0])
  })

  it('is found by any bytes of its name', () => {
    writeFileSync(Buffer.concat([Buffer.from(inLayer('etc/x')), Buffer.from([0xff, 0x5c])]), 'odd')
    expect(text('/etc/x\\xff\\x5c')).toBe('odd')
  })

  it.each([
    ['a link to a file of this machine', () => symlinkSync('/etc/shadow', inLayer('etc/link')), 'etc/link'],
    ['a link out of the layer', () => symlinkSync('../../outside/shadow', inLayer('etc/out')), 'etc/out'],
    ['a link in the place of a folder', () => symlinkSync('../outside', inLayer('folder')), 'folder/shadow'],
    ['a link to the root', () => symlinkSync('/', inLayer('root')), 'root/etc/passwd'],
    ['a folder', () => undefined, 'etc'],
    ['the layer itself', () => undefined, '/'],
    ['nothing', () => undefined, 'etc/none'],
    ['a pipe', () => execFileSync('mkfifo', [inLayer('pipe')]), 'pipe'],
    ['a file as a folder', () => undefined, 'etc/shadow/x'],
  ])('is not %s', (_, make, path) => {
    make()
    expect(() => readPiece(layer, path, 0)).toThrow(NO_CONTENT)
  })

  it.skipIf(process.geteuid?.() !== 0)('is neither a device nor the mark of a removed one', () => {
    execFileSync('mknod', [inLayer('zero'), 'c', '1', '5'])
    execFileSync('mknod', [inLayer('gone'), 'c', '0', '0'])
    expect(() => readPiece(layer, 'zero', 0)).toThrow(NO_CONTENT)
    expect(() => readPiece(layer, 'gone', 0)).toThrow(NO_CONTENT)
  })

  it.each([
    '../outside/shadow',
    'etc/../../outside/shadow',
    'etc/\\x2e\\x2e/x',
    'etc\\x2fshadow',
    'etc/\\x00',
  ])('is not outside by %j', (path) => {
    expect(() => readPiece(layer, path, 0)).toThrow(REFUSED)
  })

  it('is of the folder that was opened, whatever stands under its name now', () => {
    renameSync(join(place, 'layer'), join(place, 'aside'))
    symlinkSync('outside', join(place, 'layer'))
    expect(() => readPiece(layer, 'shadow', 0)).toThrow(NO_CONTENT)
    expect(text('etc/shadow')).toBe('of the image')
  })
})

describe('layer-file', () => {
  const verb = verbs.find(({ name }) => name === 'layer-file')
  const sound = {
    pid: process.pid,
    driver: 'overlay2',
    imageStore: 'graphdriver',
    chainId: `sha256:${'a'.repeat(64)}`,
    path: '/etc/passwd',
    from: 0,
  }
  const context = {
    emit: () => undefined,
    signal: new AbortController().signal,
    caller: { uid: 0, gid: 0 },
  }

  it('serves no process that is no dockerd of root', async () => {
    for (const store of [{}, { driver: 'overlayfs', imageStore: 'containerd' }])
      await expect(
        (async () => verb?.run(verb.parse({ ...sound, ...store }), context))(),
      ).rejects.toMatchObject({
        code: 'helper/path-refused',
      })
  })

  it.each([
    { chainId: '../../etc' },
    { chainId: `sha256:${'a'.repeat(63)}/` },
    { chainId: `sha512:${'a'.repeat(64)}` },
    { driver: '../x' },
    { imageStore: 'other' },
    { path: 5 },
    { path: 'x'.repeat(20_000) },
    { from: -1 },
    { from: 1_048_577 },
    { from: 0.5 },
    { pid: 1 },
    { dataRoot: '/' },
  ])('refuses %j', (wrong) => {
    expect(() => verb?.parse({ ...sound, ...wrong })).toThrow()
  })
})
