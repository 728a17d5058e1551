import { afterAll, beforeAll, expect, it } from 'vitest'
import { readFileSync, writeFileSync } from 'node:fs'
import { applyConfig } from '../../electron/helper/apply'
import { ConfigFile } from '../../electron/helper/file'
import { hashOf } from '../../electron/helper/folder'
import { lockName } from '../../electron/helper/journal'
import { changeLife } from '../../electron/helper/lifecycle'
import { Lock } from '../../electron/helper/lock'
import { reloadConfig } from '../../electron/helper/reload'
import { Lab } from '../support/lab'
import { daemonPid, stopAll } from '../support/plain-daemon'

const TEXT = '{"shutdown-timeout": 1}\n'

// Whoever changes the file of a daemon and whoever restarts it take turns.
let lab: Lab

beforeAll(async () => {
  lab = await Lab.start({ config: TEXT })
})
afterAll(() => stopAll(lab))

const place = () => ({ path: lab.configFile, pid: daemonPid(lab), socketPath: lab.socket })
const busy = { code: 'config/busy' }

it('neither starts, stops nor reloads a daemon whose file is being changed', async () => {
  const pid = daemonPid(lab)
  const file = await ConfigFile.open(lab.configFile, { create: true })
  const lock = await Lock.take(file.folder, lockName(file))
  try {
    for (const action of ['start', 'stop', 'restart'] as const)
      await expect(changeLife(action, place())).rejects.toMatchObject(busy)
    await expect(
      reloadConfig({ path: lab.configFile, pid: lab.pid, socketPath: lab.socket, text: TEXT }),
    ).rejects.toMatchObject(busy)
    expect(daemonPid(lab)).toBe(pid)
    expect(lab.log()).not.toContain('Got signal to reload')
  } finally {
    await lock.release()
    await file.close()
  }
})

it('changes no file of a daemon that is being restarted', async () => {
  let refused: unknown
  let asked: Promise<void> | undefined
  const restarted = await changeLife('restart', place(), ({ step, state }) => {
    if (step !== 'activate' || state !== 'running') return
    asked = applyConfig({
      ...place(),
      text: '{"debug": true}\n',
      baseHash: hashOf(Buffer.from(TEXT)),
      activate: 'reload',
    }).then(
      () => undefined,
      (error: unknown) => void (refused = error),
    )
  })
  await asked
  expect(refused).toMatchObject(busy)
  expect(restarted).toMatchObject({ outcome: 'done' })
  expect(readFileSync(lab.configFile, 'utf8')).toBe(TEXT)
})

it('starts a daemon whose change was cut short by the end of its process', async () => {
  const stale = JSON.stringify({ pid: 2 ** 22 + 1, startTicks: '1', boot: '' })
  writeFileSync(`${lab.configFile}.porthole-lock`, stale)
  expect(await changeLife('restart', place())).toMatchObject({ outcome: 'done' })
})
