import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { PartialFile } from '../../../../electron/services/image-actions/partial-file'

describe('a file that is there whole or not at all', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'porthole-partial-'))
    path = join(folder, 'image.tar')
    onTestFinished(() => rmSync(folder, { recursive: true }))
  })

  it('has its name only at the end, and only its owner may read it', async () => {
    const file = await PartialFile.create(path)
    await file.write(Buffer.from('one'))
    await file.write(Buffer.from('two'))
    expect(existsSync(path)).toBe(false)
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^image\.tar\.porthole-partial-/)])
    await file.finish()
    expect(readFileSync(path, 'utf8')).toBe('onetwo')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['image.tar'])
  })

  it('leaves nothing when it is discarded', async () => {
    const file = await PartialFile.create(path)
    await file.write(Buffer.from('one'))
    await file.discard()
    await file.discard()
    expect(readdirSync(folder)).toEqual([])
  })

  it('never takes a name that is taken, also when that happens meanwhile', async () => {
    writeFileSync(path, 'mine')
    await expect(PartialFile.create(path)).rejects.toMatchObject({ code: 'image/no-archive' })
    rmSync(path)
    symlinkSync('nowhere', path)
    await expect(PartialFile.create(path)).rejects.toMatchObject({ code: 'image/no-archive' })
    rmSync(path)
    const file = await PartialFile.create(path)
    writeFileSync(path, 'mine')
    await expect(file.finish()).rejects.toMatchObject({
      code: 'image/no-archive',
      detail: { reason: 'something of that name is there already' },
    })
    await file.discard()
    expect(readFileSync(path, 'utf8')).toBe('mine')
    expect(readdirSync(folder)).toEqual(['image.tar'])
  })

  it.each([
    ['nowhere/image.tar', 'it is not there'],
    ['plain/image.tar', 'a part of the path is no folder'],
    ['inner', 'it is a folder'],
    ['inner/', 'it names no file'],
    ['x'.repeat(300), 'its name is too long'],
  ])('is not made at %s', async (name, reason) => {
    mkdirSync(join(folder, 'inner'))
    writeFileSync(join(folder, 'plain'), '')
    await expect(PartialFile.create(`${folder}/${name}`)).rejects.toMatchObject({ detail: { reason } })
  })

  it('has a name that the disk takes, however long its own is', async () => {
    const long = join(folder, 'ü'.repeat(127))
    const file = await PartialFile.create(long)
    await file.finish()
    expect(readdirSync(folder)).toEqual([basename(long)])
  })

  it('removes what an ended process left of the same name, and nothing else', async () => {
    const alive = await PartialFile.create(path)
    const own = readdirSync(folder)[0] ?? ''
    const [, who = ''] = /partial-([0-9a-f]{8})-/.exec(own) ?? []
    const ended = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim()
    const left = {
      ended: `image.tar.porthole-partial-${who}-${ended}-123-1`,
      reused: `image.tar.porthole-partial-${who}-${process.pid}-1-1`,
      old: 'image.tar.porthole-partial-ffffffff-1-1-1',
      elsewhere: 'image.tar.porthole-partial-fffffff0-1-1-1',
      other: `other.tar.porthole-partial-${who}-${ended}-123-1`,
      similar: `image.tar.porthole-partial-${who}-${ended}`,
    }
    for (const name of Object.values(left)) writeFileSync(join(folder, name), 'half')
    mkdirSync(join(folder, `image.tar.porthole-partial-${who}-${ended}-123-2`))
    const yesterday = Date.now() / 1_000 - 25 * 3_600
    utimesSync(join(folder, left.old), yesterday, yesterday)
    const next = await PartialFile.create(path)
    const there = readdirSync(folder)
    expect(there).not.toContain(left.ended)
    expect(there).not.toContain(left.reused)
    expect(there).not.toContain(left.old)
    expect(there).toContain(left.elsewhere)
    expect(there).toContain(left.other)
    expect(there).toContain(left.similar)
    expect(there).toContain(own)
    await alive.finish()
    await next.discard()
    expect(existsSync(path)).toBe(true)
  })

  it('is said to be a full disk where it is one', async () => {
    if (process.geteuid?.() !== 0) return
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
    onTestFinished(() => void execFileSync('umount', [folder]))
    const file = await PartialFile.create(path)
    await expect(file.write(Buffer.alloc(2_000_000))).rejects.toMatchObject({
      code: 'image/no-archive',
      detail: { reason: 'the disk is full' },
    })
    await file.discard()
    expect(readdirSync(folder)).toEqual([])
  })
})
