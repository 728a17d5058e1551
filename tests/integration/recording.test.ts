import { spawn, type ChildProcess } from 'node:child_process'
import {
  copyFileSync,
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
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ItemOf, OutputOf } from '../../electron/contract/contract'
import { reloadConfig } from '../../electron/helper/reload'
import { BUNDLE_ENV, bundle } from '../support/bundle'
import { Lab } from '../support/lab'
import { stopAll } from '../support/plain-daemon'
import { until } from '../support/until'

type State = ItemOf<'flow.record'>

const PLAIN = '{ "labels": ["of=lab"] }\n'

describe('a recording', () => {
  let lab: Lab
  let cli: string
  let home: string

  beforeAll(async () => {
    const [helper, program] = await Promise.all([
      bundle('electron/helper/main.ts', 'porthole-helper'),
      bundle('electron/cli/index.ts', 'porthole'),
    ])
    cli = program
    // As in the output folder: the command line finds the helper's bundle beside it.
    mkdirSync(join(dirname(cli), 'helper'))
    copyFileSync(helper, join(dirname(cli), 'helper', 'porthole-helper.cjs'))
    rmSync(dirname(helper), { recursive: true })
    home = mkdtempSync(join(tmpdir(), 'porthole-home-'))
    lab = await Lab.start({ config: PLAIN })
    lab.importBusybox()
  })
  afterEach(async () => {
    await until('debug off', async () => (await lab.info())['Debug'] !== true)
    expect(readFileSync(lab.configFile, 'utf8')).toBe(PLAIN)
  })
  afterAll(async () => {
    await stopAll(lab)
    for (const folder of [dirname(cli), home]) rmSync(folder, { recursive: true, force: true })
  })

  const folder = (): string => join(home, 'porthole', 'recordings')
  const debug = async (): Promise<boolean> => (await lab.info())['Debug'] === true

  function porthole(...args: string[]): ChildProcess {
    const env = { ...process.env, ...BUNDLE_ENV, PATH: lab.path, XDG_DATA_HOME: home }
    const where = ['--endpoint', lab.endpoint, '--daemon-log', lab.logFile]
    return spawn(process.execPath, [cli, ...args, ...where], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  async function call<T>(name: string, input: object = {}): Promise<T> {
    const child = porthole('call', name, JSON.stringify(input))
    const [out, err] = await Promise.all([text(child.stdout as never), text(child.stderr as never)])
    return JSON.parse(out === '' ? err : out) as T
  }

  /** A recording that runs, and what it says of itself. */
  function record(
    name: string,
    forMs: number,
  ): { child: ChildProcess; states: State[]; error: () => string } {
    const child = porthole('watch', name, JSON.stringify({ forMs }))
    const states: State[] = []
    let error = ''
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', (line) => states.push(JSON.parse(line) as State))
    child.stderr?.on('data', (data: Buffer) => (error += data.toString()))
    return { child, states, error: () => error }
  }

  const ended = (child: ChildProcess): Promise<unknown> =>
    until('the process to end', () => child.exitCode !== null || child.signalCode !== null)
  const begun = ({ states }: { states: State[] }): Promise<unknown> =>
    until('it to record', () => states.at(-1)?.stage === 'record')

  async function opened(id: string): Promise<OutputOf<'flow.recording'>> {
    return call('flow.recording', { id })
  }

  it('holds requests, events, lines and processes, with debug on meanwhile', async () => {
    const one = record('flow.record', 4_000)
    await begun(one)
    expect(await debug()).toBe(true)
    await lab.get('/images/porthole-recorded/json')
    lab.docker(
      'run',
      '--rm',
      '--network',
      'none',
      '--label',
      'api-token=s3cret',
      'busybox:lab',
      'sleep',
      '0.1',
    )
    await ended(one.child)
    const last = one.states.at(-1)
    expect(last).toMatchObject({
      stage: 'done',
      debug: 'switched',
      ended: 'time',
      back: 'back',
      seenBy: ['log'],
    })
    expect(await debug()).toBe(false)

    const { recordings } = await call<OutputOf<'flow.recordings'>>('flow.recordings')
    expect(recordings).toMatchObject([
      { id: last?.id, complete: true, debug: 'switched', counts: last?.counts },
    ])
    const { head, entries, skipped } = await opened(last?.id ?? '')
    expect(head).toMatchObject({ version: 1, engine: { version: expect.any(String) as string } })
    expect(skipped).toBe(0)
    expect(new Set(entries.map(({ t }) => t))).toEqual(
      new Set(['topology', 'request', 'event', 'line', 'process', 'end']),
    )
    const routes = entries.flatMap((entry) => (entry.t === 'request' ? [entry.request.route] : []))
    expect(routes).toEqual(expect.arrayContaining(['/images/{name}/json', '/containers/{id}/start']))
    const actions = entries.flatMap((entry) => (entry.t === 'event' ? [entry.event.action] : []))
    expect(actions).toEqual(expect.arrayContaining(['create', 'start', 'die', 'destroy']))

    const file = join(folder(), `${last?.id ?? ''}.jsonl`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).not.toContain('s3cret')
    // What was written can be read from anywhere, as an export is.
    const read = await call('flow.readRecording', {
      text: readFileSync(file, 'utf8').slice(0, 200_000),
      first: true,
    })
    expect(read).toMatchObject({ head, skipped: expect.any(Number) as number })
    expect(await call('flow.removeRecording', { id: last?.id })).toEqual({ removed: true })
    expect(readdirSync(folder())).toEqual([])
  })

  it('is there as far as it went when Porthole is killed, and debug goes back', async () => {
    const one = record('flow.record', 120_000)
    await begun(one)
    await lab.get('/images/porthole-killed/json')
    await until('it to be written', () =>
      readdirSync(folder()).some((name) =>
        readFileSync(join(folder(), name), 'utf8').includes('porthole-killed'),
      ),
    )
    one.child.kill('SIGKILL')
    await until('debug off', async () => !(await debug()))
    const { recordings } = await call<OutputOf<'flow.recordings'>>('flow.recordings')
    expect(recordings).toMatchObject([{ complete: false }])
    const { entries } = await opened(recordings[0]?.id ?? '')
    expect(JSON.stringify(entries)).toContain('porthole-killed')
  })

  it('is put in order by the next start when all that looked after it was killed', async () => {
    const one = record('flow.record', 120_000)
    await begun(one)
    const mark = JSON.parse(readFileSync(`${lab.configFile}.porthole-recording`, 'utf8')) as {
      holder: { pid: number }
    }
    one.child.kill('SIGSTOP')
    process.kill(mark.holder.pid, 'SIGKILL')
    one.child.kill('SIGKILL')
    await ended(one.child)
    expect(await debug()).toBe(true)
    await call('config.read')
    expect(await debug()).toBe(false)
  })

  it('is kept when only what holds debug on is killed, and debug goes back', async () => {
    const one = record('flow.record', 120_000)
    await begun(one)
    const mark = JSON.parse(readFileSync(`${lab.configFile}.porthole-recording`, 'utf8')) as {
      holder: { pid: number }
    }
    process.kill(mark.holder.pid, 'SIGKILL')
    await ended(one.child)
    expect(one.states.at(-1)).toMatchObject({ stage: 'done', back: 'back', ended: 'stopped' })
    expect(await debug()).toBe(false)
    expect(readdirSync(folder())).toContain(`${one.states.at(-1)?.id ?? ''}.jsonl`)
  })

  it('ends when its reader goes away', async () => {
    const one = record('flow.record', 120_000)
    await begun(one)
    one.child.kill('SIGINT')
    await ended(one.child)
    expect(await debug()).toBe(false)
  })

  it('is made without debug where nobody wants it switched', async () => {
    const one = record('flow.recordSeen', 1_500)
    await begun(one)
    expect(await debug()).toBe(false)
    await ended(one.child)
    expect(one.states.at(-1)).toMatchObject({ stage: 'done', debug: 'left' })
    expect(one.states.at(-1)).not.toHaveProperty('back')
  })

  it('is not begun where a reload would bring more into force than debug', async () => {
    writeFileSync(lab.configFile, '{ "labels": ["of=waiting"] }\n')
    const one = record('flow.record', 2_000)
    await ended(one.child)
    expect(one.error()).toContain('recording/drift')
    writeFileSync(lab.configFile, PLAIN)
  })

  it('changes nothing where debug is on anyway', async () => {
    writeFileSync(lab.configFile, '{ "labels": ["of=lab"], "debug": true }\n')
    const reload = (): Promise<unknown> =>
      reloadConfig({
        path: lab.configFile,
        pid: lab.pid,
        socketPath: lab.socket,
        text: readFileSync(lab.configFile, 'utf8'),
      })
    await reload()
    const one = record('flow.record', 1_500)
    await ended(one.child)
    expect(one.states.at(-1)).toMatchObject({ stage: 'done', debug: 'was-on' })
    expect(await debug()).toBe(true)
    writeFileSync(lab.configFile, '{ "labels": ["of=lab"], "debug": false }\n')
    await reload()
    writeFileSync(lab.configFile, PLAIN)
  })
})
