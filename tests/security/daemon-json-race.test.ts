import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyConfig } from '../../electron/helper/apply'
import { ConfigFile } from '../../electron/helper/file'
import { hashOf } from '../../electron/helper/folder'

const BEFORE = '{"debug": false}\n'
const VICTIM = 'nobody may change this\n'

// Somebody exchanges daemon.json between the look at it and the write.
describe('daemon.json exchanged under our hands', () => {
  let dir: string
  let path: string
  let victim: string

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'porthole-race-'))
    path = join(dir, 'daemon.json')
    victim = join(dir, 'victim')
    writeFileSync(path, BEFORE)
    writeFileSync(victim, VICTIM)
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const request = () => ({
    path,
    text: '{"debug": true}\n',
    baseHash: hashOf(Buffer.from(BEFORE)),
    activate: 'none' as const,
  })
  const leftovers = () => readdirSync(dir).filter((name) => name.startsWith('.'))

  it('by a symbolic link: refused, and the target is whole', async () => {
    const swap = applyConfig(request(), ({ step, state }) => {
      if (step !== 'write' || state !== 'running') return
      rmSync(path)
      symlinkSync(victim, path)
    })
    await expect(swap).rejects.toMatchObject({ code: 'config/symlink' })
    expect(readFileSync(victim, 'utf8')).toBe(VICTIM)
    expect(leftovers()).toEqual([])
  })

  it('by another content: refused, and theirs stays', async () => {
    const swap = applyConfig(request(), ({ step, state }) => {
      if (step === 'write' && state === 'running') writeFileSync(path, '{"theirs": true}')
    })
    await expect(swap).rejects.toMatchObject({ code: 'config/changed-underneath' })
    expect(readFileSync(path, 'utf8')).toBe('{"theirs": true}')
    expect(leftovers()).toEqual([])
  })

  it('with its whole folder: the work goes on in the folder that was opened', async () => {
    const file = await ConfigFile.open(path)
    const moved = `${dir}-moved`
    renameSync(dir, moved)
    symlinkSync(tmpdir(), dir)
    try {
      const state = await file?.read()
      expect(state?.hash).toBe(hashOf(Buffer.from(BEFORE)))
      if (state !== undefined) await file?.replace(Buffer.from('{}\n'), state, state.hash)
      expect(readFileSync(join(moved, 'daemon.json'), 'utf8')).toBe('{}\n')
    } finally {
      await file?.close()
      rmSync(dir)
      renameSync(moved, dir)
    }
  })

  it('by a folder or a pipe of that name: refused', async () => {
    rmSync(path)
    symlinkSync('/dev/zero', path)
    await expect(applyConfig({ ...request(), baseHash: 'absent' })).rejects.toMatchObject({
      code: 'config/symlink',
    })
  })
})
