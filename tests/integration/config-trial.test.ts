import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tryConfig } from '../../electron/helper/trial'
import { TRIALS } from '../../electron/helper/trial/place'
import { createConfigService, type CheckResult, type ConfigService } from '../../electron/services/config'
import { createEngineService, type EngineService } from '../../electron/services/engine'
import { createPrivileged } from '../../electron/services/privileged'
import { BUNDLE_ENV, bundle } from '../support/bundle'
import { generations, Lab } from '../support/lab'
import { stopAll } from '../support/plain-daemon'
import { hasPolkit, Polkit } from '../support/polkit'
import { until } from '../support/until'

const START = '{"labels": ["a=1"]}\n'

/** Passes every check of a text, and the start looks whether the machine has what the driver needs. */
const NO_DRIVER = '{\n  "labels": ["a=2"],\n  "storage-driver": "fuse-overlayfs"\n}\n'

/** Scratch daemons that run or have left something: folders, processes, mounts. */
function left(): string[] {
  const folders = existsSync(TRIALS) ? readdirSync(TRIALS) : []
  return [...folders, ...scratchDaemons(), ...mounts().filter((line) => line.includes(TRIALS))]
}

function scratchDaemons(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${TRIALS}/`)
    } catch {
      return false
    }
  })
}

const mounts = (): string[] => readFileSync('/proc/self/mounts', 'utf8').split('\n')

describe.each(generations)('a trial start (%s)', (generation) => {
  let lab: Lab
  let engine: EngineService
  let config: ConfigService

  beforeAll(async () => {
    lab = await Lab.start({ generation, config: START })
    const options = { endpoint: lab.endpoint, env: process.env, log: () => undefined }
    engine = createEngineService(options)
    engine.start()
    config = createConfigService({ engine, privileged: createPrivileged(options), options })
  })
  afterAll(async () => {
    await engine.dispose()
    await stopAll(lab)
  })

  const attempt = (text: string): Promise<CheckResult> => config.check({ text, depth: 'trial' })
  const file = (): string => readFileSync(lab.configFile, 'utf8')

  it('starts a good file and leaves nothing', async () => {
    const result = await attempt('{"labels": ["a=2"], "log-driver": "local", "live-restore": true}')
    expect(result).toMatchObject({ ok: true, trial: { verdict: 'started', leftOut: [] } })
    expect(left()).toEqual([])
  })

  it('refuses what only a start refuses, with the key and its line', async () => {
    const result = await attempt(NO_DRIVER)
    expect(result).toMatchObject({ ok: false, trial: { verdict: 'refused' } })
    expect(result.problems).toMatchObject([
      { severity: 'error', source: 'trial', key: 'storage-driver', line: 3, column: 3 },
    ])
    expect(left()).toEqual([])
  })

  it('leaves out what a daemon without a network cannot try, and says so', async () => {
    const result = await attempt('{"ip-masq": false, "labels": ["a=2"]}')
    expect(result.trial).toMatchObject({ verdict: 'started', leftOut: ['ip-masq'] })
  })

  it('leaves out what names things of the real daemon', async () => {
    // By the helper itself: with the flags of this daemon these keys would be refused already.
    const result = await tryConfig({
      binary: lab.binary,
      argv: ['dockerd'],
      text: JSON.stringify({
        hosts: ['unix:///run/elsewhere.sock'],
        'data-root': '/nowhere',
        bridge: 'docker9',
        icc: false,
        containerd: '/nowhere.sock',
        'authorization-plugins': ['nope'],
        labels: ['a=2'],
      }),
      path: lab.configFile,
    })
    expect(result).toMatchObject({ verdict: 'started' })
    expect(result.leftOut.sort()).toEqual([
      'authorization-plugins',
      'bridge',
      'containerd',
      'data-root',
      'hosts',
      'icc',
    ])
  })

  it('is not made for a file that is refused already', async () => {
    const result = await attempt('{"nope": 1}')
    expect(result).toMatchObject({ ok: false, trial: { verdict: 'skipped' } })
    expect(result.problems).toContainEqual(expect.objectContaining({ code: 'trial/skipped' }))
  })

  it('ends when it is cancelled', async () => {
    const stop = new AbortController()
    const done = tryConfig({
      binary: lab.binary,
      argv: [],
      text: START,
      path: lab.configFile,
      signal: stop.signal,
    })
    await until('the scratch daemon', () => scratchDaemons().length > 0)
    stop.abort()
    expect(await done).toMatchObject({ verdict: 'unknown' })
    expect(left()).toEqual([])
  })

  it('ends when neither answer nor end comes in time', async () => {
    const asked = { binary: lab.binary, argv: [], text: START, path: lab.configFile }
    expect(await tryConfig({ ...asked, limitMs: 1 })).toMatchObject({ verdict: 'timeout' })
    expect(left()).toEqual([])
  })

  it('keeps a refused file from being written', async () => {
    const { hash } = await config.read()
    const result = await config.apply({ text: NO_DRIVER, baseHash: hash, activate: 'none', trial: true })
    expect(result).toMatchObject({
      outcome: 'rejected',
      problems: [{ source: 'trial', key: 'storage-driver' }],
    })
    expect(result.steps).toContainEqual(expect.objectContaining({ step: 'trial', state: 'failed' }))
    expect(result.steps.some(({ step }) => step === 'write')).toBe(false)
    expect(file()).toBe(START)
  })

  it('dies with its caller, and the next trial removes its folder', async () => {
    const program = await bundle('tests/support/trial-alone.ts', 'trial-alone')
    try {
      const task = JSON.stringify({ binary: lab.binary, argv: [], text: START, path: lab.configFile })
      const child = spawn(process.execPath, [program, task], {
        env: { ...process.env, ...BUNDLE_ENV },
        stdio: 'ignore',
      })
      const gone = once(child, 'exit')
      await until('the scratch daemon', () => scratchDaemons().length > 0)
      child.kill('SIGKILL')
      await gone
      await until('its processes to die', () => scratchDaemons().length === 0)
      expect(mounts().filter((line) => line.includes(TRIALS))).toEqual([])
      await tryConfig({ binary: lab.binary, argv: [], text: START, path: lab.configFile })
      expect(left()).toEqual([])
    } finally {
      rmSync(dirname(program), { recursive: true, force: true })
    }
  })
})

// Real polkit, a real ordinary user, a real dockerd run by root.
describe.skipIf(!hasPolkit)('a trial start of an ordinary user', () => {
  it('goes through the helper when polkit says yes, and is not made when it says no', async () => {
    const [helper, program] = await Promise.all([
      bundle('electron/helper/main.ts', 'porthole-helper'),
      bundle('tests/support/check-as-user.ts', 'check-as-user'),
    ])
    const polkit = await Polkit.start()
    const lab = await Lab.start({ config: START })
    try {
      chmodSync(lab.dir, 0o755)
      chmodSync(lab.socket, 0o666)
      const check = async (text: string): Promise<CheckResult> => {
        const { uid, gid } = statSync(`/home/${polkit.user}`)
        const child = spawn(process.execPath, [program, JSON.stringify({ endpoint: lab.endpoint, text })], {
          uid,
          gid,
          cwd: '/',
          env: { ...BUNDLE_ENV, PATH: lab.path, HOME: `/home/${polkit.user}`, PORTHOLE_HELPER: helper },
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        let said = ''
        child.stdout.on('data', (part: Buffer) => (said += part.toString('utf8')))
        await once(child, 'close')
        return JSON.parse(said) as CheckResult
      }
      await polkit.decide('yes')
      expect(await check('{"labels": ["a=2"]}')).toMatchObject({ ok: true, trial: { verdict: 'started' } })
      expect(await check(NO_DRIVER)).toMatchObject({
        ok: false,
        trial: { verdict: 'refused' },
        problems: [{ source: 'trial', key: 'storage-driver', line: 3 }],
      })
      await polkit.decide('no')
      const denied = await check(START)
      expect(denied).toMatchObject({ ok: true, trial: { verdict: 'skipped' } })
      expect(denied.problems).toContainEqual(
        expect.objectContaining({ severity: 'info', code: 'trial/unavailable' }),
      )
      expect(left()).toEqual([])
    } finally {
      await stopAll(lab)
      await polkit.stop()
      for (const path of [helper, program]) rmSync(dirname(path), { recursive: true, force: true })
    }
  })
})
