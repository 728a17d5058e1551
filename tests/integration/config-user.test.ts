import { spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { OutputOf } from '../../electron/contract/contract'
import type { ApplyResult, ApplyStep, ConfigFile } from '../../electron/services/config'
import { BUNDLE_ENV, bundle } from '../support/bundle'
import { generations, Lab } from '../support/lab'
import { daemonPid, stopAll } from '../support/plain-daemon'
import { hasPolkit, Polkit, POLKIT_TURN_MS } from '../support/polkit'
import { until } from '../support/until'

const START = '{\n  "debug": false,\n  "labels": ["a=1"]\n}\n'
const WANTED = START.replace('false', 'true')

interface Line {
  read?: ConfigFile
  again?: ConfigFile
  history?: OutputOf<'config.history'>
  result?: ApplyResult
  step?: ApplyStep
  error?: { code: string; message: string }
}

// Real polkit, a real ordinary user, a real dockerd run by root: what an installed Porthole meets.
describe.skipIf(!hasPolkit).each(generations)('config as an ordinary user (%s)', (generation) => {
  let polkit: Polkit
  let lab: Lab
  let helper: string
  let program: string

  beforeAll(async () => {
    ;[helper, program] = await Promise.all([
      bundle('electron/helper/main.ts', 'porthole-helper'),
      bundle('tests/support/config-as-user.ts', 'config-as-user'),
    ])
    polkit = await Polkit.start()
    lab = await Lab.start({ generation, config: START })
    // The user may use the engine (as a member of its group could) and may write nothing.
    chmodSync(lab.dir, 0o755)
    chmodSync(lab.socket, 0o666)
  }, POLKIT_TURN_MS)
  afterAll(async () => {
    await stopAll(lab)
    await polkit.stop()
    for (const file of [helper, program]) rmSync(dirname(file), { recursive: true, force: true })
  })
  beforeEach(() => {
    rmSync(lab.configFile, { force: true })
    writeFileSync(lab.configFile, START)
    chmodSync(lab.configFile, 0o644)
  })

  const file = (): string => readFileSync(lab.configFile, 'utf8')

  function start(
    text: string,
    {
      path = lab.path,
      baseHash,
      activate = 'reload',
      onLine = () => undefined,
    }: {
      path?: string
      baseHash?: string
      activate?: 'reload' | 'restart'
      onLine?: (line: Line) => void
    } = {},
  ): { child: ChildProcess; lines: Promise<Line[]> } {
    const task = JSON.stringify({ endpoint: lab.endpoint, text, activate, baseHash })
    const { uid, gid } = statSync(`/home/${polkit.user}`)
    const child = spawn(process.execPath, [program, task], {
      uid,
      gid,
      cwd: '/',
      env: { ...BUNDLE_ENV, PATH: path, HOME: `/home/${polkit.user}`, PORTHOLE_HELPER: helper },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines: Line[] = []
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as Line
      lines.push(line)
      onLine(line)
    })
    return { child, lines: new Promise((resolve) => child.on('close', () => resolve(lines))) }
  }

  const last = (lines: Line[], part: keyof Line) => lines.findLast((line) => line[part] !== undefined)?.[part]

  it('goes through the helper when polkit says yes', async () => {
    await polkit.decide('yes')
    const lines = await start(WANTED).lines
    expect(last(lines, 'read')).toMatchObject({ writable: true, writeThrough: 'helper', text: START })
    const result = last(lines, 'result') as ApplyResult
    expect(result.problems).toBeUndefined()
    expect(result).toMatchObject({ outcome: 'applied', evidence: { event: { Action: 'reload' } } })
    const done = result.steps.filter((step) => step.state === 'done').map((step) => step.step)
    expect(done).toEqual(expect.arrayContaining(['authorize', 'backup', 'write', 'activate', 'verify']))
    expect(file()).toBe(WANTED)
    expect(statSync(lab.configFile)).toMatchObject({ uid: 0, gid: 0 })
    expect((await lab.info())['Debug']).toBe(true)
  })

  it('changes nothing when polkit says no', async () => {
    await polkit.decide('no')
    const before = backups()
    const lines = await start(WANTED).lines
    expect(last(lines, 'result')).toMatchObject({
      outcome: 'rejected',
      problems: [{ severity: 'error', code: 'helper/denied', source: 'apply' }],
    })
    expect(file()).toBe(START)
    expect(backups()).toEqual(before)
  })

  it('takes a dismissed dialog for an answer', async () => {
    // A fake pkexec: a dialog can only be dismissed by a person, and this is its exit code.
    const folder = mkdtempSync(join(tmpdir(), 'porthole-fake-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'bin'))
    writeFileSync(
      join(folder, 'bin', 'pkexec'),
      '#!/bin/sh\necho "Error executing command as another user: Request dismissed" >&2\nexit 126\n',
      { mode: 0o755 },
    )
    const lines = await start(WANTED, { path: `${join(folder, 'bin')}:${lab.path}` }).lines
    expect(last(lines, 'result')).toMatchObject({
      outcome: 'rejected',
      problems: [{ severity: 'error', code: 'helper/dismissed', source: 'apply' }],
    })
    expect(file()).toBe(START)
  })

  it('reads what only root may read when the helper is authorised, and does not ask for that', async () => {
    await polkit.decide('yes')
    chmodSync(lab.configFile, 0o600)
    const lines = await start(WANTED, { baseHash: 'absent' }).lines
    const read = last(lines, 'read') as ConfigFile
    expect(read).toMatchObject({ exists: true, readable: false, hash: '', text: '' })
    expect(read.problems).toContainEqual(expect.objectContaining({ code: 'file/unreadable' }))
    // Nobody may replace what nobody has seen.
    expect(last(lines, 'error')).toMatchObject({ code: 'config/changed-underneath' })
    expect(last(lines, 'again')).toMatchObject({ readable: true, text: START, mode: '0600' })
    expect(file()).toBe(START)
  })

  it('refuses a bad file before anybody is asked for a password', async () => {
    await polkit.decide('no')
    const lines = await start('{"nope": 1}').lines
    const result = last(lines, 'result') as ApplyResult
    expect(result.outcome).toBe('rejected')
    expect(result.problems?.[0]).toMatchObject({ code: 'key/unknown', key: 'nope' })
    expect(result.steps.some((step) => step.step === 'authorize')).toBe(false)
  })

  it('rolls back although its caller was killed in the middle', async () => {
    await polkit.decide('yes')
    const pid = lab.pid
    onTestFinished(() => {
      process.kill(pid, 'SIGCONT')
    })
    const wanted = WANTED.replace('a=1', 'killed=1')
    for (let inTime = false; !inTime;) {
      const { child, lines } = start(wanted, {
        onLine: ({ step }) => {
          if (step?.step !== 'backup' || step.state !== 'done') return
          process.kill(pid, 'SIGSTOP')
          child.kill('SIGKILL')
        },
      })
      await lines
      // The helper is alone now: it finds no reload event and puts the file back.
      await until('the helper to be done', () => helpers().length === 0)
      inTime = file() === START
      if (inTime) continue
      // dockerd was quicker than its halt, and the change is through: that is not what is asked here.
      process.kill(pid, 'SIGCONT')
      expect(file()).toBe(wanted)
      expect((await lab.info())['Labels']).toEqual(['killed=1'])
      await start(START).lines
      expect(file()).toBe(START)
    }
    process.kill(pid, 'SIGCONT')
    // What it had begun to read when it was halted it brings to an end, and then reads the file again.
    await until('the engine to have the labels of before', async () => {
      const labels = (await lab.info())['Labels']
      return JSON.stringify(labels) === '["a=1"]'
    })
  })

  it('is finished although the helper itself was killed in the middle', async () => {
    await polkit.decide('yes')
    const { lines } = start(WANTED, {
      onLine: ({ step }) => {
        if (step?.step !== 'backup' || step.state !== 'done') return
        for (const pid of helpers()) if (!isKeeper(pid)) process.kill(Number(pid), 'SIGKILL')
      },
    })
    expect(last(await lines, 'error')).toMatchObject({ code: 'helper/failed' })
    await until('the work to end', () => helpers().length === 0)
    expect(file()).toBe(WANTED)
    expect((await lab.info())['Debug']).toBe(true)
    const told = last(await start(WANTED).lines, 'history') as OutputOf<'config.history'>
    expect(told.readable).toBe(true)
    expect(told.entries[0]).toMatchObject({ kind: 'apply', outcome: 'applied', user: polkit.user })
  })

  it('restarts the engine through the helper, with proof', async () => {
    await polkit.decide('yes')
    const pid = daemonPid(lab)
    const lines = await start('{"log-driver": "local"}\n', { activate: 'restart' }).lines
    const result = last(lines, 'result') as ApplyResult
    expect(result.problems).toBeUndefined()
    expect(result).toMatchObject({ outcome: 'applied', evidence: { restart: { pidBefore: pid } } })
    expect(daemonPid(lab)).not.toBe(pid)
    expect((await lab.info())['LoggingDriver']).toBe('local')
  })

  function backups(): string[] {
    return readdirSync(lab.dir).filter((name) => name.includes('.porthole-'))
  }

  function isKeeper(pid: string): boolean {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--keeper')
  }

  /** Helper processes of this test's bundle. */
  function helpers(): string[] {
    return readdirSync('/proc').filter((name) => {
      try {
        return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(helper)
      } catch {
        return false
      }
    })
  }
})
