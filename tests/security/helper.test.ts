import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createInterface } from 'node:readline'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { hashOf } from '../../electron/helper/folder'
import { bundle } from '../support/bundle'
import { Lab } from '../support/lab'
import { until } from '../support/until'

const START = '{"labels": ["a=1"]}\n'

interface Answer {
  id: number | null
  ok?: Record<string, unknown>
  error?: { code: string; message: string }
  progress?: { step: string; state: string }
}

// The helper as a hostile caller meets it: its real bundle, run as root, its real protocol.
describe('the privileged helper', () => {
  let lab: Lab
  let program: string
  let child: ChildProcessWithoutNullStreams
  let answers: Answer[]

  beforeAll(async () => {
    program = await bundle('electron/helper/main.ts', 'porthole-helper')
    lab = await Lab.start({ config: START })
  })
  afterAll(async () => {
    await lab.stop()
    rmSync(dirname(program), { recursive: true, force: true })
  })
  beforeEach(() => {
    rmSync(lab.configFile, { force: true })
    writeFileSync(lab.configFile, START, { mode: 0o644 })
    child = spawn(process.execPath, [program])
    answers = []
    createInterface({ input: child.stdout }).on('line', (line) => answers.push(JSON.parse(line) as Answer))
    child.stdin.on('error', () => undefined)
  })
  afterEach(async () => {
    child.stdin.end()
    await until('the helper to end', () => child.exitCode !== null)
  })

  let ids = 0
  const ask = async (verb: string, input: unknown): Promise<Answer> => {
    ids += 1
    const id = ids
    child.stdin.write(`${JSON.stringify({ id, verb, input })}\n`)
    return until(`an answer to ${verb}`, () =>
      answers.find((each) => each.id === id && !('progress' in each)),
    )
  }
  const apply = (more: Record<string, unknown> = {}) =>
    ask('apply', {
      path: lab.configFile,
      text: '{"labels": ["b=2"]}\n',
      baseHash: hashOf(Buffer.from(START)),
      activate: 'reload',
      pid: lab.pid,
      socketPath: lab.socket,
      ...more,
    })
  const refused = (code: string) => ({ error: { code } })

  it('does what it is for', async () => {
    expect(await ask('hello', {})).toMatchObject({ ok: { protocol: 1, uid: 0 } })
    expect(await apply()).toMatchObject({ ok: { outcome: 'applied' } })
    expect(readFileSync(lab.configFile, 'utf8')).toBe('{"labels": ["b=2"]}\n')
    const read = await ask('read-config', { path: lab.configFile, pid: lab.pid })
    expect(Buffer.from(String(read.ok?.['base64']), 'base64').toString()).toBe('{"labels": ["b=2"]}\n')
    expect(await ask('reload', { pid: lab.pid, socketPath: lab.socket })).toMatchObject({
      ok: { event: { Action: 'reload' } },
    })
  })

  it.each(['constructor', '__proto__', 'toString', 'exec', 'Apply', ''])('knows no verb %j', async (verb) => {
    expect(await ask(verb, {})).toMatchObject(refused('helper/unknown-verb'))
  })

  it.each([
    '/etc/passwd',
    '/etc/docker/../passwd',
    '/etc/shadow',
    '/root/.ssh/authorized_keys',
    '/etc/docker/daemon.json/../key.json',
    '/tmp/daemon.json',
    'daemon.json',
    '/etc/docker/daemon.json\0.txt',
  ])('touches no other path: %j', async (path) => {
    const codes = ['helper/path-refused', 'helper/failed']
    expect(codes).toContain((await apply({ path })).error?.code)
    expect(codes).toContain((await apply({ path, pid: undefined, activate: 'none' })).error?.code)
    expect(codes).toContain((await ask('read-config', { path })).error?.code)
    expect(codes).toContain((await ask('history', { path, limit: 1 })).error?.code)
    expect(codes).toContain((await ask('read-config', { path, pid: lab.pid })).error?.code)
  })

  it('starts and stops only what root runs', async () => {
    const { pid, socket: socketPath, configFile: path } = lab
    expect(await ask('service', { path, pid, socketPath })).toMatchObject({
      ok: { manager: 'process', activeState: 'active', pid, controllable: true },
    })
    for (const verb of ['service', 'start', 'stop', 'restart']) {
      for (const other of [process.pid, child.pid ?? 0, 2 ** 30])
        expect((await ask(verb, { path, pid: other, socketPath })).error?.code).toBe('helper/path-refused')
      // Of a daemon that is down there is nothing to go by but what root itself has written.
      expect((await ask(verb, { path, socketPath: '/tmp/docker.sock' })).error?.code).toBe(
        'helper/path-refused',
      )
      for (const more of [{ argv: ['sh'] }, { unit: 'ssh.service' }, { env: {} }])
        expect(await ask(verb, { path, pid, socketPath, ...more })).toMatchObject(refused('helper/failed'))
    }
    for (const verb of ['start', 'stop', 'restart'])
      expect(await ask(verb, { path: '/etc/shadow', socketPath: '/run/porthole-nobody.sock' })).toMatchObject(
        refused('engine/no-manager'),
      )
    expect(lab.pid).toBe(pid)
  })

  it('takes no other process for a dockerd', async () => {
    for (const pid of [1, process.pid, child.pid ?? 0, 2 ** 30, -1, 1.5, '1'])
      expect(['helper/path-refused', 'helper/failed']).toContain((await apply({ pid })).error?.code)
    expect(readFileSync(lab.configFile, 'utf8')).toBe(START)
  })

  it('takes no program named dockerd that others could change, and none of another user', async () => {
    const folder = join(lab.dir, 'open')
    mkdirSync(folder)
    copyFileSync('/bin/sleep', join(folder, 'dockerd'))
    chmodSync(join(folder, 'dockerd'), 0o755)
    chmodSync(folder, 0o777)
    const target = join(lab.dir, 'victim.json')
    const open = spawn(join(folder, 'dockerd'), ['1000'], { argv0: 'dockerd' })
    chmodSync(lab.dir, 0o755)
    const foreign = spawn(join(folder, 'dockerd'), ['1000'], { uid: 65_534, gid: 65_534 })
    onTestFinished(() => {
      open.kill()
      foreign.kill()
      rmSync(folder, { recursive: true, force: true })
    })
    for (const pid of [open.pid, foreign.pid]) {
      expect(await apply({ pid, path: target })).toMatchObject(refused('helper/path-refused'))
      // A trial would run it as root.
      expect(await ask('trial', { pid, text: START })).toMatchObject(refused('helper/path-refused'))
    }
  })

  it('believes no socket that root did not make', async () => {
    const folder = join(lab.dir, 'anyone')
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    chmodSync(lab.dir, 0o755)
    const path = join(folder, 'fake.sock')
    // A program of another user that says whatever it likes.
    const server = spawn(
      process.execPath,
      [
        '-e',
        `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('ready'))`,
      ],
      { uid: 65_534, gid: 65_534, cwd: '/' },
    )
    onTestFinished(() => {
      server.kill()
      chmodSync(lab.dir, 0o700)
      rmSync(folder, { recursive: true, force: true })
    })
    await new Promise((resolve) => server.stdout.once('data', resolve))
    expect(await apply({ socketPath: path })).toMatchObject(refused('helper/path-refused'))
    expect(await apply({ socketPath: '/etc/passwd' })).toMatchObject(refused('helper/path-refused'))
  })

  it('works in no folder that others may write', async () => {
    chmodSync(lab.dir, 0o777)
    onTestFinished(() => chmodSync(lab.dir, 0o700))
    expect(await apply()).toMatchObject(refused('helper/path-refused'))
    expect(readFileSync(lab.configFile, 'utf8')).toBe(START)
  })

  it('writes through no symbolic link', async () => {
    const target = join(lab.dir, 'target')
    renameSync(lab.configFile, target)
    symlinkSync(target, lab.configFile)
    expect(await apply()).toMatchObject(refused('config/symlink'))
    expect(await ask('read-config', { path: lab.configFile, pid: lab.pid })).toMatchObject(
      refused('config/symlink'),
    )
    expect(readFileSync(target, 'utf8')).toBe(START)
  })

  it('writes no file that the engine refuses, nor one changed meanwhile', async () => {
    expect(await apply({ baseHash: 'absent' })).toMatchObject(refused('config/changed-underneath'))
    expect(await apply({ baseHash: 'x' })).toMatchObject(refused('helper/failed'))
    expect(await apply({ text: '{"authorization-plugins": ["nope"]}' })).toMatchObject(
      refused('config/invalid'),
    )
    expect(readFileSync(lab.configFile, 'utf8')).toBe(START)
  })

  it('takes no field it does not know', async () => {
    expect(await apply({ mode: 0o777 })).toMatchObject(refused('helper/failed'))
    expect(await apply({ activate: 'start' })).toMatchObject(refused('helper/failed'))
    expect(await apply({ user: 'root' })).toMatchObject(refused('helper/failed'))
    expect(await ask('history', { path: lab.configFile, limit: 501 })).toMatchObject(refused('helper/failed'))
    expect(await apply({ text: 'x'.repeat(512 * 1024 + 1) })).toMatchObject(refused('helper/failed'))
    for (const input of [null, [], 'text', 7])
      expect(await ask('apply', input)).toMatchObject(refused('helper/failed'))
  })

  it('answers junk and goes on', async () => {
    for (const junk of ['{', 'null', '[]', '"x"', '{"id":"1","verb":"hello"}', '{"verb":"hello"}', '\u0000'])
      child.stdin.write(`${junk}\n`)
    await until('seven refusals', () => answers.filter((each) => each.id === null).length === 7)
    expect(answers.every((each) => each.error?.code === 'rpc/bad-frame')).toBe(true)
    expect(await ask('hello', {})).toMatchObject({ ok: { protocol: 1 } })
  })

  it('ends a session whose line is too long, in bounded memory', async () => {
    child.stdin.write('x'.repeat(3 * 1024 * 1024))
    await until('the helper to end', () => child.exitCode !== null)
    expect(answers).toMatchObject([{ id: null, error: { code: 'rpc/too-large' } }])
  })

  it('finishes what it began when its caller goes away', async () => {
    ids += 1
    child.stdin.write(
      `${JSON.stringify({
        id: ids,
        verb: 'apply',
        input: {
          path: lab.configFile,
          text: '{"labels": ["gone=1"]}\n',
          baseHash: hashOf(Buffer.from(START)),
          activate: 'reload',
          pid: lab.pid,
          socketPath: lab.socket,
        },
      })}\n`,
    )
    await until('the first step', () => answers.some((each) => each.progress?.step === 'backup'))
    child.stdout.destroy()
    child.stdin.destroy()
    child.kill('SIGTERM')
    await until('the helper to end', () => child.exitCode !== null)
    expect(readFileSync(lab.configFile, 'utf8')).toBe('{"labels": ["gone=1"]}\n')
    expect((await lab.info())['Labels']).toEqual(['gone=1'])
    expect(readdirSync(lab.dir).filter((name) => name.startsWith('.daemon.json'))).toEqual([])
  })
})
