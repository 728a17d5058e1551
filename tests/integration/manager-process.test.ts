import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readDaemon } from '../../electron/helper/daemon'
import { findManager, machine } from '../../electron/helper/manager'
import { processName } from '../../electron/helper/manager/ancestry'
import { bundle } from '../support/bundle'
import { Lab, newest } from '../support/lab'
import { until } from '../support/until'

// A dockerd that somebody started from a shell. The shell is not there any more; in the last test
// it is, and starts dockerd again whenever that ends.
describe(`a plain dockerd (${newest})`, () => {
  let lab: Lab
  let shell: ChildProcess | undefined
  const before = { ...machine }
  const lines: string[] = []
  const note = (line: string): void => {
    lines.push(line)
  }

  const pid = (): number | undefined => {
    if (!existsSync(lab.pidfile)) return undefined
    const daemon = readDaemon(Number(readFileSync(lab.pidfile, 'utf8')))
    return daemon?.argv.includes(lab.configFile) === true ? daemon.pid : undefined
  }
  const answering = () =>
    until('dockerd to answer', async () => (await lab.get('/_ping')).status === 200 && pid())
  const start = async (script: string): Promise<number> => {
    shell = spawn('/bin/sh', ['-c', script, 'sh', lab.logFile, ...lab.command], {
      env: { ...lab.env, PORTHOLE_TEST: 'kept' },
      cwd: lab.dir,
      stdio: 'ignore',
    })
    return answering()
  }
  const manager = (running?: number) =>
    findManager({ pid: running, path: lab.configFile, socketPath: lab.socket })
  const daemons = (): number =>
    lab
      .log()
      .split('\n')
      .filter((line) => line.includes('Starting up')).length

  beforeAll(() => {
    machine.runFolder = mkdtempSync(join(tmpdir(), 'porthole-run-'))
  })
  afterAll(() => {
    rmSync(machine.runFolder, { recursive: true, force: true })
    Object.assign(machine, before)
  })
  beforeEach(() => {
    lab = Lab.prepare({ generation: newest })
    lines.length = 0
  })
  afterEach(async () => {
    shell?.kill('SIGKILL')
    const left = pid()
    if (left !== undefined) {
      process.kill(left, 'SIGTERM')
      await until('dockerd to end', () => readDaemon(left) === undefined)
    }
    await lab.stop()
  })

  it('starts again with the same arguments, environment, folder and log', async () => {
    const first = await start('log=$1; shift; "$@" >>"$log" 2>&1 &')
    const of = await manager(first)
    expect(of).toMatchObject({ kind: 'process', controllable: true })
    expect(await of.state()).toEqual({ manager: 'process', activeState: 'active', pid: first })
    await of.restart(note)
    const second = await answering()
    expect(second).not.toBe(first)
    expect(await of.state()).toMatchObject({ activeState: 'active', pid: second })
    expect(readDaemon(second)?.argv.slice(1)).toEqual(lab.command.slice(1))
    expect(readFileSync(`/proc/${second}/environ`, 'utf8').split('\0')).toContain('PORTHOLE_TEST=kept')
    expect(daemons()).toBe(2)
    expect(lines).toEqual([
      `SIGTERM to dockerd (pid ${first})`,
      expect.stringMatching(new RegExp(`^started /.*/dockerd \\(pid ${second}\\)$`)),
    ])

    await of.stop(note)
    expect(pid()).toBeUndefined()
    // Another Porthole, later: it knows from the first how this dockerd is started.
    const later = await manager()
    expect(later.kind).toBe('process')
    expect(await later.state()).toEqual({ manager: 'process', activeState: 'inactive' })
    await later.start(note)
    const third = await answering()
    expect(readDaemon(third)?.argv.slice(1)).toEqual(lab.command.slice(1))
  })

  it('is no longer started as it was once, when it was seen running in another way', async () => {
    await (await manager(await start('log=$1; shift; "$@" >>"$log" 2>&1 &'))).stop(note)
    expect((await manager()).kind).toBe('process')
    const second = await start('log=$1; shift; "$@" --debug >>"$log" 2>&1 &')
    await manager(second)
    process.kill(second, 'SIGTERM')
    await until('dockerd to end', () => readDaemon(second) === undefined)
    expect((await manager()).kind).toBe('none')
  })

  it('comes back although everything of Porthole is killed in the middle', async () => {
    const first = await start('log=$1; shift; "$@" >>"$log" 2>&1 &')
    const program = `
      const { findManager, machine } = require(process.argv[1])
      machine.runFolder = process.argv[2]
      findManager(JSON.parse(process.argv[3]))
        .then((manager) => manager.restart((line) => console.log(line)))
    `
    const code = await bundle('electron/helper/manager/index.ts', 'manager')
    const child = spawn(process.execPath, [
      '-e',
      program,
      code,
      machine.runFolder,
      JSON.stringify({ pid: first, path: lab.configFile, socketPath: lab.socket }),
    ])
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.kill('SIGKILL')
    rmSync(dirname(code), { recursive: true })
    const second = await until('another dockerd', async () => {
      const now = pid()
      return now !== first && (await lab.get('/_ping')).status === 200 && now
    })
    expect(second).not.toBe(first)
  })

  it('leaves it to a parent that starts it again, and says so when asked to stop', async () => {
    const first = await start('log=$1; shift; while :; do "$@" >>"$log" 2>&1; sleep 0.3; done')
    const of = await manager(first)
    await of.restart(note)
    const second = await answering()
    expect(lines.at(-1)).toBe(`dockerd was started again by its own supervisor (pid ${second})`)
    expect(daemons()).toBe(2)
    await expect(of.stop(note)).rejects.toMatchObject({ code: 'engine/not-stopped' })
    await answering()
  })

  it('is restarted again by the Porthole whose child it has become', async () => {
    const of = await manager(await start('log=$1; shift; "$@" >>"$log" 2>&1 &'))
    await of.restart(note)
    const second = await answering()
    expect(processName(second)?.parent).toBe(process.pid)
    await (await manager(second)).restart(note)
    expect(await answering()).not.toBe(second)
    expect(daemons()).toBe(3)
  })

  it('is not mistaken for another dockerd of its parent', async () => {
    const other = join(lab.dir, 'dockerd')
    writeFileSync(other, '#!/bin/sh\nwhile kill -0 "$1"; do sleep 0.2; done\n', { mode: 0o755 })
    const first = await start('log=$1; shift; "$@" >>"$log" 2>&1 & ./dockerd $$')
    await (await manager(first)).restart(note)
    expect(await answering()).not.toBe(first)
    expect(daemons()).toBe(2)
  })

  it('says when the start fails, and starts again once the file is right', async () => {
    const first = await start('log=$1; shift; "$@" >>"$log" 2>&1 &')
    const of = await manager(first)
    writeFileSync(lab.configFile, '{"storage-driver": "nope"}')
    await of.restart(note)
    await until('dockerd to give up', async () => (await of.state()).activeState === 'inactive')
    writeFileSync(lab.configFile, '{}')
    await of.start(note)
    await answering()
  })
})
