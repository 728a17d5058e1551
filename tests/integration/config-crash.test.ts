import { spawn, type ChildProcess } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashOf } from '../../electron/helper/folder'
import { readHistory } from '../../electron/helper/history'
import type { ApplyStep } from '../../electron/helper/steps'
import { BUNDLE_ENV, bundle } from '../support/bundle'
import { Lab } from '../support/lab'
import { daemonPid, stopAll } from '../support/plain-daemon'
import { until } from '../support/until'

/** How many applies are cut short; `PORTHOLE_CRASH_RUNS=100` for the whole. */
const RUNS = Number(process.env['PORTHOLE_CRASH_RUNS'] ?? 12)

const OFF = '{\n  "debug": false\n}\n'
const ON = OFF.replace('false', 'true')

/** Steps of an apply after which something is killed; the first stands for "as soon as it is asked". */
const MOMENTS = [
  'asked',
  'backup running',
  'backup done',
  'write running',
  'write done',
  'activate running',
  'activate done',
  'verify running',
  'verify done',
] as const
type Moment = (typeof MOMENTS)[number]

/** Who is killed: the window's process, the helper, or even the process that sees a change through. */
const VICTIMS = ['window', 'helper', 'keeper'] as const

describe('an apply cut short by SIGKILL', () => {
  let lab: Lab
  let helper: string
  let cli: string

  beforeAll(async () => {
    ;[helper, cli] = await Promise.all([
      bundle('electron/helper/main.ts', 'porthole-helper'),
      bundle('electron/cli/index.ts', 'porthole'),
    ])
    // As in the output folder: the command line finds the helper's bundle beside it.
    mkdirSync(join(dirname(cli), 'helper'))
    copyFileSync(helper, join(dirname(cli), 'helper', 'porthole-helper.cjs'))
    lab = await Lab.start({ config: OFF })
  })
  afterAll(async () => {
    await stopAll(lab)
    for (const file of [helper, cli]) rmSync(dirname(file), { recursive: true, force: true })
  })

  const file = (): string => readFileSync(lab.configFile, 'utf8')
  const wanted = (): string => (file() === OFF ? ON : OFF)
  const left = (): string[] => readdirSync(lab.dir).filter((name) => name.startsWith('.daemon.json'))

  /** pid of the process that holds the lock of the file. */
  function keeper(): number | undefined {
    try {
      const { pid } = JSON.parse(readFileSync(join(lab.dir, 'daemon.json.porthole-lock'), 'utf8')) as {
        pid: number
      }
      // A zombie has ended; it is only its parent that has not looked yet.
      return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')) ? undefined : pid
    } catch {
      return undefined
    }
  }

  /** How many processes see a change through, whether they have the lock yet or not. */
  const keepers = (): number =>
    readdirSync('/proc').filter((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8')
        return command.includes('--keeper') && [helper, cli].some((each) => command.includes(dirname(each)))
      } catch {
        return false
      }
    }).length

  /** A window: the program a person runs, asking for the apply. */
  function window(text: string, activate: string): ChildProcess {
    const input = { text, baseHash: hashOf(Buffer.from(file())), activate }
    return spawn(
      process.execPath,
      [cli, 'call', 'config.apply', JSON.stringify(input), '--endpoint', lab.endpoint],
      { env: { ...process.env, ...BUNDLE_ENV, PATH: lab.path }, stdio: 'ignore' },
    )
  }

  /** A helper that was asked for the apply; `onStep` as it says what it does. */
  function ask(verb: string, input: object, onStep: (step: ApplyStep) => void = () => {}): ChildProcess {
    const child = spawn(process.execPath, [helper], { stdio: ['pipe', 'pipe', 'ignore'] })
    createInterface({ input: child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as { progress?: ApplyStep }
      if (answer.progress !== undefined) onStep(answer.progress)
      else child.stdin.end()
    })
    child.stdin.on('error', () => undefined)
    child.stdin.write(`${JSON.stringify({ id: 1, verb, input })}\n`)
    return child
  }

  const ended = (child: ChildProcess): Promise<unknown> =>
    until('the process to end', () => child.exitCode !== null || child.signalCode !== null)

  function kill(pid: number | undefined): void {
    try {
      if (pid !== undefined && pid > 1) process.kill(pid, 'SIGKILL')
    } catch {
      // It was faster.
    }
  }

  async function cutShort(victim: (typeof VICTIMS)[number], moment: Moment, activate: string): Promise<void> {
    const text = wanted()
    if (victim === 'window') {
      const child = window(text, activate)
      await reached(moment, child)
      kill(child.pid)
      return void (await ended(child))
    }
    const input = {
      path: lab.configFile,
      text,
      baseHash: hashOf(Buffer.from(file())),
      activate,
      pid: daemonPid(lab),
      socketPath: lab.socket,
    }
    const child: ChildProcess = ask('apply', input, ({ step, state }) => {
      if (`${step} ${state}` !== moment) return
      if (victim === 'keeper') kill(keeper())
      kill(child.pid)
    })
    if (moment === 'asked') {
      await until('the work to begin', () => keeper() !== undefined || child.exitCode !== null)
      if (victim === 'keeper') kill(keeper())
      kill(child.pid)
    }
    await ended(child)
  }

  /** What of a moment can be seen from outside; a window says nothing. */
  async function reached(moment: Moment, child: ChildProcess): Promise<void> {
    const before = { text: file(), backups: backups(), log: lab.log().length }
    const signs: Record<Moment, () => boolean> = {
      asked: () => keeper() !== undefined,
      'backup running': () => journal().length > 0,
      'backup done': () => backups() > before.backups,
      'write running': () => left().some((name) => !name.includes('-lock-')),
      'write done': () => file() !== before.text,
      'activate running': () => file() !== before.text,
      'activate done': () => lab.log().length > before.log,
      'verify running': () => lab.log().length > before.log,
      'verify done': () => keeper() === undefined && file() !== before.text,
    }
    await until(moment, () => signs[moment]() || child.exitCode !== null, { everyMs: 1 })
  }

  const backups = (): number => readdirSync(lab.dir).filter((name) => /\.porthole-\d{8}T/.test(name)).length
  const journal = (): string => {
    try {
      return readFileSync(join(lab.dir, 'daemon.json.porthole-history.jsonl'), 'utf8')
    } catch {
      return ''
    }
  }

  const answers = (): Promise<boolean> =>
    lab.get('/_ping').then(
      ({ status }) => status === 200,
      () => false,
    )

  it(
    `leaves a whole file, a running daemon and nothing else, ${RUNS} times`,
    { timeout: RUNS * 60_000 },
    async () => {
      const whole = window(wanted(), 'reload')
      await ended(whole)
      expect([whole.exitCode, file()]).toEqual([0, ON])
      for (let run = 0; run < RUNS; run += 1) {
        const victim = VICTIMS[run % VICTIMS.length] ?? 'keeper'
        const moment = MOMENTS[Math.floor(run / VICTIMS.length) % MOMENTS.length] ?? 'asked'
        const activate = run % 4 === 3 ? 'restart' : 'reload'
        const what = `run ${run}: ${victim} killed at "${moment}" of a ${activate}`
        await cutShort(victim, moment, activate)
        await until(`${what}: the work to end`, () => keepers() === 0)
        expect([OFF, ON], what).toContain(file())

        if (victim === 'keeper') {
          // The next start: nobody asks for anything but the file.
          const next = ask('read-config', { path: lab.configFile })
          await ended(next)
        }
        expect(left(), what).toEqual([])
        const { entries } = await readHistory(lab.configFile, 1)
        expect(entries.at(-1)?.outcome, what).not.toBe('unfinished')
        await until(`${what}: the engine to answer`, answers)
        if (victim !== 'keeper')
          await until(
            `${what}: the engine to be as its file says`,
            async () => (await lab.info())['Debug'] === file().includes('true'),
          )
      }
    },
  )
})
