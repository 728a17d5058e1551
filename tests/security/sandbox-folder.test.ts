import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { sandboxPlaces, type SandboxPlaces } from '../../electron/helper/sandbox'
import { isAlive } from '../../electron/helper/sandbox/leftovers'
import { bundle } from '../support/bundle'
import { leftovers } from '../support/sandbox'
import { until } from '../support/until'
import { addUser, removeUser } from '../support/user'

interface Answer {
  id: number | null
  ok?: object
  error?: { code: string; message: string }
  progress?: { ready: SandboxPlaces }
}

const STATE = '.local/state/porthole'

// The helper starts a dockerd as root below a home whose user does what they like there.
describe('root below a home that is not its own', () => {
  let program: string
  /** A dockerd of root's that writes into its data-root and ends: what matters happens before it. */
  let fakeBin: string
  /** A folder of root's that nobody asked to be touched. */
  let victim: string
  let user: string
  let home: string
  let places: SandboxPlaces
  let child: ChildProcessWithoutNullStreams
  let answers: Answer[]

  beforeAll(async () => {
    program = await bundle('electron/helper/main.ts', 'porthole-helper')
    fakeBin = mkdtempSync(join(tmpdir(), 'porthole-bin-'))
    writeFileSync(
      join(fakeBin, 'dockerd'),
      '#!/bin/sh\nwhile [ "$1" != --data-root ]; do shift; done\ntouch "$2/trace"\necho "failed to start: a fake" >&2\nexit 1\n',
      { mode: 0o755 },
    )
  })
  afterAll(() => {
    for (const folder of [dirname(program), fakeBin]) rmSync(folder, { recursive: true, force: true })
  })

  beforeEach(() => {
    user = addUser({ subordinateIds: false })
    home = `/home/${user}`
    victim = mkdtempSync(join(tmpdir(), 'porthole-victim-'))
    chmodSync(victim, 0o755)
    for (const name of ['dockerd.log', 'data', 'precious']) writeFileSync(join(victim, name), 'precious')
    const { uid } = statSync(home)
    places = sandboxPlaces(join(home, STATE, 'sandbox'), uid)
    child = spawn(process.execPath, [program], { env: { ...process.env, PKEXEC_UID: String(uid) } })
    answers = []
    createInterface({ input: child.stdout }).on('line', (line) => answers.push(JSON.parse(line) as Answer))
    child.stdin.on('error', () => undefined)
  })
  afterEach(async () => {
    child.stdin.end()
    await until('the helper to end', () => child.exitCode !== null)
    expect(readdirSync(victim).sort()).toEqual(['data', 'dockerd.log', 'precious'])
    for (const name of readdirSync(victim)) expect(readFileSync(join(victim, name), 'utf8')).toBe('precious')
    expect(statSync(victim)).toMatchObject({ uid: 0, gid: 0, mode: 0o40755 })
    expect(leftovers(places)).toEqual([])
    removeUser(user)
    rmSync(victim, { recursive: true, force: true })
  })

  let ids = 0
  const send = (input: object): number => {
    ids += 1
    child.stdin.write(`${JSON.stringify({ id: ids, verb: 'sandbox', input })}\n`)
    return ids
  }
  const answer = (id: number): Promise<Answer> =>
    until('an answer', () => answers.find((each) => each.id === id && each.progress === undefined))
  const start = (input: object = { dockerdDir: fakeBin }): Promise<Answer> => answer(send(input))
  /** What a shell of the user does. */
  const asUser = (script: string): void => {
    execFileSync('su', [user, '-c', script], { cwd: '/' })
  }

  it('writes where the user keeps state, as root, and leaves the rest the user’s', async () => {
    expect(await start()).toMatchObject({
      error: { code: 'sandbox/failed', message: expect.stringContaining('a fake') },
    })
    const { uid, gid } = statSync(home)
    for (const path of ['.local', '.local/state', STATE])
      expect(statSync(join(home, path))).toMatchObject({ uid, gid })
    expect(statSync(join(home, STATE, 'sandbox'))).toMatchObject({ uid: 0, mode: 0o40711 })
    expect(statSync(join(home, STATE, 'sandbox/data/trace'))).toMatchObject({ uid: 0 })
    asUser(`cat ~/${STATE}/sandbox/dockerd.log`)
  })

  it.each(['.local', '.local/state', STATE, `${STATE}/sandbox`])('follows no link at ~/%s', async (path) => {
    asUser(`mkdir -p ~/${dirname(path)} && ln -s ${victim} ~/${path}`)
    expect(await start()).toMatchObject({ error: { code: 'helper/path-refused' } })
  })

  it('follows no link where a daemon.json is tried', async () => {
    asUser(`mkdir -p ~/${STATE} && ln -s ${victim} ~/${STATE}/tried`)
    const input = { dockerdDir: fakeBin, text: '{}' }
    expect(await start(input)).toMatchObject({ error: { code: 'helper/path-refused' } })
  })

  it.each(['data', 'dockerd.log'])(
    'takes no folder the user has made, with a link named %s',
    async (name) => {
      asUser(`mkdir -p ~/${STATE}/sandbox && ln -s ${victim}/${name} ~/${STATE}/sandbox/${name}`)
      expect(await start()).toMatchObject({ error: { code: 'helper/path-refused' } })
    },
  )

  it.each([
    ['a place of the real daemon', { text: '{"data-root": "/var/lib/docker"}' }],
    ['the same twice', { text: '{"hosts": [], "hosts": ["tcp://0.0.0.0:1"]}' }],
    ['what would outlive it', { text: '{"live-restore": true}' }],
    ['a list', { text: '[]' }],
    ['no text at all', { text: 5 }],
    ['a name of its own', { text: '{}', name: '../../etc' }],
    ['a process that is no dockerd', { text: '{}', pid: process.pid }],
  ])('tries no daemon.json with %s', async (_, input) => {
    const { error } = await start(input)
    expect(['helper/failed', 'helper/path-refused', 'config/invalid']).toContain(error?.code)
    expect(existsSync(join(home, '.local'))).toBe(false)
  })

  it('keeps nothing of a daemon.json that was tried and refused', async () => {
    expect(await start({ dockerdDir: fakeBin, text: '{"labels": ["a=b"]}' })).toMatchObject({
      error: { code: 'sandbox/refused', detail: { said: 'failed to start: a fake' } },
    })
    expect(readdirSync(join(home, STATE))).toEqual([])
  })

  it('is not led astray while somebody exchanges the folders under its feet', async () => {
    asUser(`mkdir -p ~/${STATE}`)
    const flip = `cd ${home}/${dirname(STATE)}; while :; do mv porthole real; ln -s ${victim} porthole; rm porthole; mv real porthole; done`
    const { uid, gid } = statSync(home)
    const flipping = spawn('sh', ['-c', flip], { uid, gid, stdio: 'ignore' })
    onTestFinished(() => {
      flipping.kill('SIGKILL')
    })
    for (let round = 0; round < 15; round += 1) {
      const { error } = await start()
      expect(['helper/path-refused', 'sandbox/failed', 'helper/failed']).toContain(error?.code)
      expect(existsSync(join(victim, 'sandbox'))).toBe(false)
    }
    flipping.kill('SIGKILL')
    await until('the exchange to end', () => flipping.signalCode !== null)
  })

  it('goes on in the folder it opened when that is moved away meanwhile', async () => {
    const id = send({})
    await until('the sandbox', () =>
      answers.some((each) => each.progress !== undefined || each.error !== undefined),
    )
    asUser(`cd ~/${STATE} && mv sandbox moved && ln -s ${victim} sandbox`)
    execFileSync('docker', ['-H', `unix://${places.socket}`, 'volume', 'create', 'after'])
    child.stdin.write(`${JSON.stringify({ stop: id })}\n`)
    expect(await answer(id)).toMatchObject({ ok: {} })
    expect(existsSync(join(home, STATE, 'moved/data/volumes/after/_data'))).toBe(true)
  })

  it('ends nobody who only names its files', async () => {
    const reader = spawn('sh', ['-c', 'exec sleep 600', 'sh', `${places.execRoot}/x`, places.pidfile])
    onTestFinished(() => {
      reader.kill()
    })
    await start()
    expect(isAlive(reader.pid ?? 0)).toBe(true)
  })

  it.each([
    ['a program in it is another’s', (bin: string) => chownSync(join(bin, 'containerd'), 65_534, 65_534)],
    ['a program in it may be written by all', (bin: string) => chmodSync(join(bin, 'containerd'), 0o777)],
    ['it may be written by all', (bin: string) => chmodSync(bin, 0o777)],
    ['it is another’s', (bin: string) => chownSync(bin, 65_534, 65_534)],
  ])('runs no dockerd of a folder when %s', async (_, spoil) => {
    const bin = mkdtempSync(join(tmpdir(), 'porthole-bin-'))
    onTestFinished(() => rmSync(bin, { recursive: true, force: true }))
    for (const name of ['dockerd', 'containerd'])
      writeFileSync(join(bin, name), `#!/bin/sh\ntouch ${victim}/was-run\n`, { mode: 0o755 })
    spoil(bin)
    expect(await start({ dockerdDir: bin })).toMatchObject({ error: { code: 'helper/path-refused' } })
  })

  it('runs no dockerd of a folder that a link of the user’s leads out of', async () => {
    const bin = join(home, 'bin')
    mkdirSync(bin)
    symlinkSync('/bin/true', join(bin, 'dockerd'))
    expect(await start({ dockerdDir: bin })).toMatchObject({ error: { code: 'helper/path-refused' } })
  })
})
