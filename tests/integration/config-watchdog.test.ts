import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { applyConfig, type ApplyResult } from '../../electron/helper/apply'
import { hashOf } from '../../electron/helper/folder'
import { readHistory } from '../../electron/helper/history'
import { generations, Lab, newest } from '../support/lab'
import { daemonPid, runQuick, running, stopAll } from '../support/plain-daemon'
import { Supervisor } from '../support/supervisor'

/** The data-root stands in the file, so that the file can move it. */
function movable(lab: Lab): Lab {
  const command = lab.command.filter((_, i, all) => all[i] !== '--data-root' && all[i - 1] !== '--data-root')
  Object.defineProperty(lab, 'command', { value: command })
  writeFileSync(lab.configFile, start(lab))
  return lab
}
const start = (lab: Lab, more: object = {}): string =>
  `${JSON.stringify({ 'data-root': lab.dataRoot, ...more })}\n`

// Files that pass every check and that dockerd dies of. Nobody watches but the pipeline itself.
describe.each(generations)('a file that dockerd dies of (%s)', (generation) => {
  let lab: Lab
  let supervisor: Supervisor

  beforeAll(async () => {
    lab = movable(Lab.prepare({ generation }))
    supervisor = (await Supervisor.over(lab)).install()
    await supervisor.boot()
    lab.importBusybox()
    runQuick(lab, 'plain')
    runQuick(lab, 'policy', '--restart', 'always')
  })
  afterAll(async () => {
    await supervisor.end()
    await lab.stop()
  })
  afterEach(async () => {
    // Whatever it was, the host is as before.
    expect(readFileSync(lab.configFile, 'utf8')).toBe(start(lab))
    expect(supervisor.activeState).toBe('active')
    expect(running(lab)).toEqual(['plain', 'policy'])
    expect((await lab.info())['DockerRootDir']).toBe(lab.dataRoot)
    expect((await readHistory(lab.configFile, 1)).entries[0]).toMatchObject({ outcome: 'rolled-back' })
  })

  const apply = (text: string): Promise<ApplyResult> =>
    applyConfig({
      path: lab.configFile,
      text,
      baseHash: hashOf(readFileSync(lab.configFile)),
      activate: 'restart',
      pid: daemonPid(lab),
      socketPath: lab.socket,
    })

  function expectUndone(result: ApplyResult, words: RegExp): void {
    expect(result.outcome).toBe('rolled-back')
    expect(result.problems).toHaveLength(1)
    expect(result.problems?.[0]).toMatchObject({ code: 'apply/not-started' })
    expect(lab.log()).toMatch(words)
    expect(result.evidence.restart?.restarted.sort()).toEqual(['plain', 'policy'])
    expect(result.evidence.log.join('\n')).toMatch(/started plain again/)
  }

  function mounted(...options: string[]): string {
    const place = join(lab.dir, 'elsewhere')
    mkdirSync(place)
    execFileSync('mount', ['-t', 'tmpfs', ...options, 'porthole-test', place])
    onTestFinished(() => {
      execFileSync('umount', ['-l', place])
      rmSync(place, { recursive: true })
    })
    return place
  }

  it('data-root on a read-only mount: undone by itself', async () => {
    const place = mounted('-o', 'ro')
    expectUndone(await apply(start(lab, { 'data-root': join(place, 'docker') })), /read-only file system/)
  })

  // The disk's and the network's doing, whatever the engine is.
  if (generation !== newest) return

  it('data-root on a full disk: undone by itself', async () => {
    const place = mounted('-o', 'size=16k')
    expectUndone(await apply(start(lab, { 'data-root': join(place, 'docker') })), /no space left|disk/i)
  })

  it('a port for metrics that another program has: undone by itself', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const text = start(lab, { 'metrics-addr': `127.0.0.1:${port}`, experimental: true })
    expectUndone(await apply(text), /address already in use/)
  })
})

describe.each(generations)('a reload that ends dockerd (%s)', (generation) => {
  let lab: Lab
  let plugin: Server

  beforeAll(async () => {
    lab = await Lab.start({ generation, config: '{"live-restore": true}\n' })
    lab.importBusybox()
    runQuick(lab, 'plain')
  })
  afterAll(() => stopAll(lab))

  it('an authorization plugin whose socket is there and answers nothing: undone, and started again', async () => {
    const name = `porthole-t${process.pid}${generation}`
    const socket = `/run/docker/plugins/${name}.sock`
    mkdirSync('/run/docker/plugins', { recursive: true })
    plugin = createServer((connection) => connection.destroy()).listen(socket)
    await new Promise((resolve) => plugin.once('listening', resolve))
    onTestFinished(() => void plugin.close())
    const before = daemonPid(lab)
    const result = await applyConfig({
      path: lab.configFile,
      text: `{"live-restore": true, "authorization-plugins": ["${name}"]}\n`,
      baseHash: hashOf(readFileSync(lab.configFile)),
      activate: 'reload',
      pid: before,
      socketPath: lab.socket,
    })
    expect(result.outcome).toBe('rolled-back')
    expect(result.problems?.map(({ code }) => code)).toEqual(['apply/daemon-ended'])
    expect(readFileSync(lab.configFile, 'utf8')).toBe('{"live-restore": true}\n')
    expect(daemonPid(lab)).not.toBe(before)
    expect(running(lab)).toEqual(['plain'])
    expect(result.evidence.restart).toMatchObject({ kept: ['plain'], stopped: [], restarted: [] })
  })
})
