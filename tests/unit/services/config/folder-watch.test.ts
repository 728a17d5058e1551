import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FolderWatch } from '../../../../electron/services/config/folder-watch'
import { until } from '../../../support/until'

let dir: string
let watch: FolderWatch
let calls: number

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'porthole-watch-'))
  calls = 0
  watch = new FolderWatch(() => (calls += 1))
})
afterEach(() => {
  watch.close()
  rmSync(dir, { recursive: true })
})

it('tells of the file being written and replaced, and of nothing beside it', async () => {
  const file = join(dir, 'daemon.json')
  writeFileSync(file, '{}')
  watch.follow(file)
  appendFileSync(join(dir, 'dockerd.log'), 'a line\n')
  // What comes of the file is told behind what came before it of the log.
  writeFileSync(file, '{"debug": true}')
  await until('the write to be told', () => calls > 0)
  const before = calls
  for (let line = 0; line < 50; line += 1) appendFileSync(join(dir, 'dockerd.log'), 'a line\n')
  writeFileSync(join(dir, 'daemon.json.new'), '{}')
  renameSync(join(dir, 'daemon.json.new'), file)
  await until('the new file to be told', () => calls > before)
  expect(calls - before).toBeLessThan(10)
})

it('waits for a folder that is not there yet, and goes on in it', async () => {
  const file = join(dir, 'docker', 'daemon.json')
  watch.follow(file)
  writeFileSync(join(dir, 'other'), '')
  mkdirSync(join(dir, 'docker'))
  await until('the folder to be told', () => calls > 0)
  watch.follow(file)
  const before = calls
  writeFileSync(file, '{}')
  await until('the file to be told', () => calls > before)
})
