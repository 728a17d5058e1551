import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { reloadConfig } from '../../electron/helper/reload'
import { tidy } from '../../electron/helper/tidy'
import { bundle } from '../support/bundle'
import { Lab, nextBin } from '../support/lab'
import { daemonPid, stopAll } from '../support/plain-daemon'
import { until } from '../support/until'

const PLAIN = '{\n  "labels": ["of=lab"]\n}\n'

interface Answer {
  progress?: { switched: boolean }
  ok?: { back: string }
  error?: { code: string; message: string }
}

/** A helper that is asked to hold debug on, as a window asks it. */
class Asked {
  readonly child: ChildProcess
  readonly answers: Answer[] = []

  constructor(helper: string, input: object) {
    const child = spawn(process.execPath, [helper], { stdio: ['pipe', 'pipe', 'ignore'] })
    this.child = child
    createInterface({ input: child.stdout }).on('line', (line) =>
      this.answers.push(JSON.parse(line) as Answer),
    )
    child.stdin.on('error', () => undefined)
    child.stdin.write(`${JSON.stringify({ id: 1, verb: 'debug-for', input })}\n`)
  }

  stop(): void {
    this.child.stdin?.write('{"stop": 1}\n')
  }

  async held(): Promise<boolean> {
    const { switched } = await until('debug to be held', () => this.answers[0]?.progress)
    return switched
  }

  end(): Promise<Answer> {
    return until('the end of it', () => this.answers.find(({ ok, error }) => ok ?? error))
  }
}

describe('debug held on for a while', () => {
  let lab: Lab
  let helper: string
  let asked: Asked | undefined

  beforeAll(async () => {
    helper = await bundle('electron/helper/main.ts', 'porthole-helper')
    lab = await Lab.start({ config: PLAIN, generation: nextBin === undefined ? 'system' : 'next' })
  })
  afterEach(async () => {
    asked?.child.stdin?.end()
    await until('the helper to end', () => !asked || asked.child.exitCode !== null || asked.child.signalCode)
    await until('debug off', async () => !(await debug()))
    writeFileSync(lab.configFile, PLAIN)
  })
  afterAll(async () => {
    await stopAll(lab)
    rmSync(dirname(helper), { recursive: true, force: true })
  })

  const file = (): string => readFileSync(lab.configFile, 'utf8')
  const mark = (): string => join(lab.dir, 'daemon.json.porthole-recording')
  const debug = async (): Promise<boolean> => (await lab.info())['Debug'] === true
  const left = (): string[] => readdirSync(lab.dir).filter((name) => /^\.daemon\.json|-recording$/.test(name))
  const ask = (forMs = 120_000): Asked =>
    (asked = new Asked(helper, { pid: daemonPid(lab), socketPath: lab.socket, forMs }))
  const labels = async (): Promise<unknown> => (await lab.info())['Labels']
  const reload = (): Promise<unknown> =>
    reloadConfig({ path: lab.configFile, pid: lab.pid, socketPath: lab.socket, text: file() })

  /** The process that holds debug on. */
  const holder = (): number =>
    (JSON.parse(readFileSync(mark(), 'utf8')) as { holder: { pid: number } }).holder.pid

  it('is on meanwhile and off afterwards, and daemon.json the same to the byte all along', async () => {
    const one = ask()
    expect(await one.held()).toBe(true)
    expect(await debug()).toBe(true)
    expect(file()).toBe(PLAIN)
    one.stop()
    expect((await one.end()).ok).toEqual({ back: 'back' })
    expect(await debug()).toBe(false)
    expect(file()).toBe(PLAIN)
    expect(left()).toEqual([])
  })

  it('goes back by itself when the time is over', async () => {
    const one = ask(300)
    expect((await one.end()).ok).toEqual({ back: 'back' })
    expect(await debug()).toBe(false)
    expect(file()).toBe(PLAIN)
  })

  it('is left as it is where it is on already', async () => {
    writeFileSync(lab.configFile, '{"debug": true}')
    await reload()
    const one = ask()
    expect(await one.held()).toBe(false)
    expect((await one.end()).ok).toEqual({ back: 'untouched' })
    expect(await debug()).toBe(true)
    writeFileSync(lab.configFile, '{"debug": false}')
    await reload()
  })

  it('goes back when whoever asked is killed, and the helper with it', async () => {
    const one = ask()
    await one.held()
    one.child.kill('SIGKILL')
    await until('debug off', async () => !(await debug()))
    await until('nothing left', () => left().length === 0)
    expect(file()).toBe(PLAIN)
  })

  it('goes back at the next start when even its holder is killed', async () => {
    const one = ask()
    await one.held()
    one.child.kill('SIGSTOP')
    process.kill(holder(), 'SIGKILL')
    one.child.kill('SIGKILL')
    expect(await debug()).toBe(true)
    expect(existsSync(mark())).toBe(true)
    await until('the mark to be nobody’s', async () => {
      await tidy(lab.configFile, lab.socket)
      return !existsSync(mark())
    })
    expect(await debug()).toBe(false)
    expect(file()).toBe(PLAIN)
    expect(left()).toEqual([])
  })

  it('keeps what somebody else writes meanwhile, and does not bring it into force', async () => {
    const one = ask()
    await one.held()
    const theirs = '{"labels": ["of=them"], "shutdown-timeout": 20}\n'
    writeFileSync(lab.configFile, theirs)
    one.stop()
    expect((await one.end()).ok).toEqual({ back: 'back' })
    expect(await debug()).toBe(false)
    expect(file()).toBe(theirs)
    expect(await labels()).toEqual(['of=lab'])
  })

  it('keeps what somebody else brings into force meanwhile', async () => {
    const one = ask()
    await one.held()
    const theirs = '{"labels": ["of=them"]}\n'
    writeFileSync(lab.configFile, theirs)
    await reload()
    one.stop()
    expect((await one.end()).ok).toEqual({ back: 'back' })
    expect(file()).toBe(theirs)
    expect(await labels()).toEqual(['of=them'])
    writeFileSync(lab.configFile, PLAIN)
    await reload()
  })

  it('stays on when the file asks for it by then', async () => {
    const one = ask()
    await one.held()
    writeFileSync(lab.configFile, '{"debug": true}\n')
    one.stop()
    expect((await one.end()).ok).toEqual({ back: 'wanted' })
    expect(await debug()).toBe(true)
    writeFileSync(lab.configFile, '{"debug": false}\n')
    await reload()
  })

  it('goes back although the file is broken meanwhile, and leaves it broken', async () => {
    const one = ask()
    await one.held()
    writeFileSync(lab.configFile, '{"labels": [')
    one.stop()
    expect((await one.end()).ok).toEqual({ back: 'back' })
    expect(await debug()).toBe(false)
    expect(file()).toBe('{"labels": [')
  })

  it('is not begun with a file that dockerd would refuse', async () => {
    writeFileSync(lab.configFile, '{"labels": [')
    expect((await ask().end()).error).toMatchObject({ code: 'config/invalid' })
    expect(await debug()).toBe(false)
    expect(left()).toEqual([])
  })

  it('is not begun where dockerd does not take it, and then nothing has changed', async () => {
    const unknown = '{"no-such-key": 1}\n'
    writeFileSync(lab.configFile, unknown)
    expect((await ask().end()).error).toMatchObject({ code: 'engine/refused' })
    expect(await debug()).toBe(false)
    expect(file()).toBe(unknown)
    expect(left()).toEqual([])
  })
})
