import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { sandboxPlaces, type SandboxPlaces } from '../../electron/helper/sandbox'
import { isAlive } from '../../electron/helper/sandbox/leftovers'
import { bundle } from '../support/bundle'
import { runAs, type Run } from '../support/cli-as-user'
import { generations, Lab, nextBin } from '../support/lab'
import { hasPolkit, Polkit, POLKIT_TURN_MS } from '../support/polkit'
import { containerProcesses, leftovers, SEED_MS } from '../support/sandbox'
import { until } from '../support/until'

interface Status {
  state: string
  endpoint: string
  process?: { pid: number }
  engine?: { debug: boolean; containers: { total: number } }
}

// Real polkit, a real ordinary user without means of their own, a real dockerd run by root.
describe.skipIf(!hasPolkit)('a sandbox of an ordinary user, through the helper', { timeout: SEED_MS }, () => {
  let polkit: Polkit
  let helper: string
  let program: string
  let places: SandboxPlaces

  beforeAll(async () => {
    ;[helper, program] = await Promise.all([
      bundle('electron/helper/main.ts', 'porthole-helper'),
      bundle('electron/cli/index.ts', 'porthole'),
    ])
    polkit = await Polkit.start()
    const { uid } = statSync(`/home/${polkit.user}`)
    places = sandboxPlaces(`/home/${polkit.user}/.local/state/porthole/sandbox`, uid)
  }, POLKIT_TURN_MS)
  afterAll(async () => {
    await polkit.stop()
    for (const file of [helper, program]) rmSync(dirname(file), { recursive: true, force: true })
  })

  const porthole = (args: string[], env: Record<string, string> = {}): Run => {
    const run = runAs(polkit.user, program, args, { PORTHOLE_HELPER: helper, ...env })
    onTestFinished(() => {
      run.child.kill('SIGKILL')
    })
    return run
  }
  const ask = async <T>(name: string, input: object, flags: string[]): Promise<T> => {
    const { code, stdout, stderr } = await porthole(['call', name, JSON.stringify(input), ...flags]).ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout) as T
  }
  const failure = async (flags: string[], env: Record<string, string> = {}): Promise<unknown> => {
    const { code, stdout, stderr } = await porthole(['call', 'engine.status', ...flags], env).ended
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    return JSON.parse(stderr) as unknown
  }

  it.each(generations)('runs, filled, and takes a changed daemon.json (%s)', async (generation) => {
    await polkit.decide('yes')
    const dockerd = generation === 'next' && nextBin !== undefined ? ['--sandbox-dockerd', nextBin] : []
    const window = porthole(['watch', 'engine.link', '--sandbox', ...dockerd])
    expect(JSON.parse(await window.firstLine)).toMatchObject({ endpoint: `unix://${places.socket}` })

    const flags = ['--endpoint', `unix://${places.socket}`]
    const status = await ask<Status>('engine.status', {}, flags)
    expect(status).toMatchObject({ state: 'connected', engine: { debug: false, containers: { total: 6 } } })
    expect(statSync(places.socket)).toMatchObject({ uid: statSync(`/home/${polkit.user}`).uid })

    const file = await ask<{ path: string; text: string; hash: string }>('config.read', {}, flags)
    expect(file).toMatchObject({ path: places.configFile, writeThrough: 'helper' })
    const text = file.text.replace('{', '{"debug": true,')
    const input = { text, baseHash: file.hash, activate: 'reload' }
    expect(await ask('config.apply', input, flags)).toMatchObject({
      outcome: 'applied',
      evidence: { event: { Action: 'reload' } },
    })
    expect(await ask('engine.status', {}, flags)).toMatchObject({ engine: { debug: true } })

    expect(await failure(['--sandbox', ...dockerd])).toMatchObject({
      code: 'sandbox/unavailable',
      message: expect.stringContaining(`process ${window.child.pid}`),
      hint: expect.stringContaining(places.socket),
    })

    // The window is killed: what it was shown goes by itself.
    const pid = Number(readFileSync(places.pidfile, 'utf8'))
    const containers = await containerProcesses(places.socket)
    window.child.kill('SIGKILL')
    await until('its dockerd and containers to end', () => ![pid, ...containers].some(isAlive))
    await until('its folder to be gone', () => !existsSync(places.run))
    expect(leftovers(places)).toEqual([])
  })

  it('tries a daemon.json, and leaves nothing of it when its Porthole is killed', async () => {
    await polkit.decide('yes')
    const lab = await Lab.start({ flags: ['--storage-driver', 'vfs'] })
    onTestFinished(() => lab.stop())
    const { uid } = statSync(`/home/${polkit.user}`)
    const state = `/home/${polkit.user}/.local/state/porthole/tried`
    const tried = sandboxPlaces(state, uid)
    const input = JSON.stringify({ text: '{"labels": ["of=mine"], "hosts": ["tcp://0.0.0.0:1"]}' })
    const flags = ['--endpoint', lab.endpoint, '--pidfile', lab.pidfile]
    const window = porthole(['watch', 'sandbox.try', input, ...flags])
    await until('its socket', () => existsSync(tried.socket) && statSync(tried.socket).uid === uid)

    const there = ['--endpoint', `unix://${tried.socket}`]
    expect(await ask('config.read', {}, there)).toMatchObject({
      path: tried.configFile,
      text: '{"labels": ["of=mine"]}',
      writeThrough: 'helper',
    })
    // The flags that change what a file means are the running engine's.
    expect(await ask('engine.status', {}, there)).toMatchObject({ engine: { storageDriver: 'vfs' } })
    const pid = Number(readFileSync(tried.pidfile, 'utf8'))
    window.child.kill('SIGKILL')
    await until('its dockerd to end', () => !isAlive(pid))
    await until('its folders to be gone', () => !existsSync(tried.run) && !existsSync(state))
    expect(leftovers(tried)).toEqual([])
  })

  it('is ended by Ctrl-C while it starts', async () => {
    await polkit.decide('yes')
    const run = porthole(['call', 'engine.status', '--sandbox'])
    await until('the start', () => existsSync(places.run))
    run.child.kill('SIGINT')
    expect(await run.ended).toMatchObject({ code: 130, stdout: '' })
    await until('its folder to be gone', () => !existsSync(places.run))
    expect(leftovers(places)).toEqual([])
  })

  it('is not started without the right to it', async () => {
    await polkit.decide('no')
    expect(await failure(['--sandbox'])).toMatchObject({ code: 'helper/denied' })
    expect(leftovers(places)).toEqual([])
  })

  describe('with a pkexec that a person answers', () => {
    /** A folder with a fake pkexec: a dialog can only be answered by a person. */
    const answering = (script: string): string => {
      const folder = mkdtempSync(join(tmpdir(), 'porthole-fake-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      chmodSync(folder, 0o755)
      writeFileSync(join(folder, 'pkexec'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
      return `${folder}:/usr/bin:/bin`
    }

    it('takes a dismissed dialog for an answer', async () => {
      const path = answering(
        'echo "Error executing command as another user: Request dismissed" >&2; exit 126',
      )
      expect(await failure(['--sandbox'], { PATH: path })).toMatchObject({ code: 'helper/dismissed' })
      expect(leftovers(places)).toEqual([])
    })

    it('can be interrupted while the dialog stands', async () => {
      const asked = join(tmpdir(), `porthole-asked-${process.pid}`)
      onTestFinished(() => rmSync(asked, { force: true }))
      const run = porthole(['call', 'engine.status', '--sandbox'], {
        PATH: answering(`echo $$ > ${asked}; exec sleep 600`),
      })
      const dialog = Number(
        await until('the question', () => existsSync(asked) && readFileSync(asked, 'utf8')),
      )
      run.child.kill('SIGINT')
      expect(await run.ended).toMatchObject({ code: 130, stdout: '' })
      await until('the dialog to be taken down', () => !isAlive(dialog))
      expect(leftovers(places)).toEqual([])
    })
  })

  it('runs no dockerd that others than root could change', async () => {
    await polkit.decide('yes')
    const folder = join('/home', polkit.user, 'bin')
    mkdirSync(folder)
    const trace = join(folder, 'was-run')
    writeFileSync(join(folder, 'dockerd'), `#!/bin/sh\ntouch ${trace}\n`, { mode: 0o755 })
    expect(await failure(['--sandbox-dockerd', folder])).toMatchObject({ code: 'helper/path-refused' })
    expect(existsSync(trace)).toBe(false)
    expect(leftovers(places)).toEqual([])
  })
})
