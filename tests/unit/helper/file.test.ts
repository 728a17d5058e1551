import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { configFileFlag, isRootsOwn, readDaemon } from '../../../electron/helper/daemon'
import { ConfigFile } from '../../../electron/helper/file'
import { fileError } from '../../../electron/helper/file-error'
import { withoutConfigFile } from '../../../electron/helper/validate'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'porthole-file-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

async function opened<T>(path: string, work: (file: ConfigFile) => Promise<T>): Promise<T> {
  const file = await ConfigFile.open(path, { create: true })
  if (file === undefined) throw new Error('not opened')
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

it('makes the folder and a file of its own, readable by all', async () => {
  const path = join(dir, 'etc/docker/daemon.json')
  await opened(path, async (file) => {
    const state = await file.read()
    expect(state).toMatchObject({ exists: false, hash: 'absent' })
    await file.replace(Buffer.from('{}\n'), state, 'absent')
  })
  expect(statSync(path).mode & 0o777).toBe(0o644)
  expect(readFileSync(path, 'utf8')).toBe('{}\n')
})

it('gives two backups of one second two names', async () => {
  const path = join(dir, 'daemon.json')
  writeFileSync(path, '{}', { mode: 0o600 })
  const names = await opened(path, async (file) => {
    const state = await file.read()
    const now = new Date('2026-01-02T03:04:05.678Z')
    return [await file.backup(state, now), await file.backup(state, now)]
  })
  expect(names).toEqual(['daemon.json.porthole-20260102T030405Z', 'daemon.json.porthole-20260102T030405Z-01'])
  expect(statSync(join(dir, names[0] ?? '')).mode & 0o777).toBe(0o600)
})

it('removes only what it expects to find', async () => {
  const path = join(dir, 'daemon.json')
  writeFileSync(path, '{}')
  await opened(path, async (file) => {
    await expect(file.remove('absent')).rejects.toMatchObject({ code: 'config/changed-underneath' })
    await file.remove((await file.read()).hash)
  })
  expect(readdirSync(dir)).toEqual([])
})

it.each([
  ['ENOSPC', /no space left/],
  ['EROFS', /read-only/],
  ['EPERM', /does not permit/],
  ['EACCES', /no right/],
  ['EBADMSG', /EBADMSG/],
])('says %s in words', (code, words) => {
  const error = fileError(Object.assign(new Error('x'), { code }), '/etc/docker/daemon.json')
  expect(error).toMatchObject({ code: 'config/not-writable', more: { detail: { code } } })
  expect(error.message).toMatch(words)
})

it('reads --config-file as dockerd does: the last one, in both spellings', () => {
  expect(configFileFlag(['dockerd', '--config-file', '/a', '--config-file=/b'])).toBe('/b')
  expect(configFileFlag(['dockerd', '-D'])).toBeUndefined()
  expect(withoutConfigFile(['-D', '--config-file', '/a', '--config-file=/b', '--label', 'x=y'])).toEqual([
    '-D',
    '--label',
    'x=y',
  ])
})

it('takes no other process for dockerd', () => {
  expect(readDaemon(process.pid)).toBeUndefined()
  expect(readDaemon(0)).toBeUndefined()
  expect(readDaemon(2 ** 30)).toBeUndefined()
})

it('trusts a path that only root can change', () => {
  expect(isRootsOwn('/etc/passwd')).toBe(true)
  expect(isRootsOwn('/tmp')).toBe(false)
  expect(isRootsOwn('/nowhere/at/all')).toBe(false)
})
