import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { placesIn, programOn, type SandboxPlaces } from '../../electron/helper/sandbox'
import { isAlive } from '../../electron/helper/sandbox/leftovers'
import { bundle } from '../support/bundle'
import { runAs, type Run } from '../support/cli-as-user'
import { generations, nextBin } from '../support/lab'
import { containerProcesses, get, leftovers, SEED_MS } from '../support/sandbox'
import { until } from '../support/until'
import { addUser, removeUser } from '../support/user'

/** What slirp4netns makes a network of. Everywhere but on the barest systems all users may use it. */
const TUN = '/dev/net/tun'

/** Why rootless dockerd cannot run here, if so. */
function whyNot(): string | undefined {
  if (process.geteuid?.() !== 0) return 'making a user needs root'
  const path = `${process.env['PATH'] ?? ''}:/usr/share/docker.io/contrib`
  const needed = ['dockerd-rootless.sh', 'rootlesskit', 'slirp4netns', 'newuidmap', 'useradd', TUN]
  const missing = needed.filter((name) => !existsSync(name) && programOn(name, path) === undefined)
  if (missing.length > 0) return `there is no ${missing.join(', ')} here`
  const nobody = { uid: 65_534, gid: 65_534 }
  const made = spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'true'], {
    ...nobody,
    encoding: 'utf8',
  })
  return made.status === 0 ? undefined : `this kernel lets no user make namespaces: ${made.stderr.trim()}`
}

const reason = whyNot()

// A real ordinary user with subordinate ids, and nobody to ask for a password.
describe('a rootless sandbox', { timeout: SEED_MS }, () => {
  let user: string
  let program: string
  let places: SandboxPlaces
  let tunMode = 0

  beforeAll(async () => {
    if (reason !== undefined) return
    tunMode = statSync(TUN).mode & 0o777
    chmodSync(TUN, 0o666)
    program = await bundle('electron/cli/index.ts', 'porthole')
    user = addUser({ subordinateIds: true })
    const state = `/home/${user}/.local/state/porthole/sandbox-rootless`
    places = placesIn(join(state, 'run'), state)
  })
  afterAll(() => {
    if (reason !== undefined) return
    chmodSync(TUN, tunMode)
    removeUser(user)
    rmSync(dirname(program), { recursive: true, force: true })
  })
  beforeEach((context) => context.skip(reason !== undefined, reason))

  const porthole = (args: string[], env: Record<string, string> = {}): Run => {
    const run = runAs(user, program, args, { PORTHOLE_HELPER: '/nonexistent', ...env })
    onTestFinished(() => {
      run.child.kill('SIGKILL')
    })
    return run
  }
  const ask = async (name: string, input: object, flags: string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await porthole(['call', name, JSON.stringify(input), ...flags]).ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout) as unknown
  }

  it.each(generations)(
    'runs with the right of its user, and takes a changed daemon.json (%s)',
    async (generation) => {
      const dockerd = generation === 'next' && nextBin !== undefined ? ['--sandbox-dockerd', nextBin] : []
      const window = porthole(['watch', 'engine.link', '--sandbox', ...dockerd])
      expect(JSON.parse(await window.firstLine)).toMatchObject({ endpoint: `unix://${places.socket}` })
      const pid = Number(readFileSync(places.pidfile, 'utf8'))
      expect(statSync(`/proc/${pid}`).uid).toBe(statSync(`/home/${user}`).uid)

      const flags = ['--endpoint', `unix://${places.socket}`]
      expect(await ask('engine.status', {}, flags)).toMatchObject({
        state: 'connected',
        engine: { containers: { total: 6 }, dataRoot: places.dataRoot },
      })
      const file = (await ask('config.read', {}, flags)) as { text: string; hash: string }
      expect(file).toMatchObject({ path: places.configFile, writeThrough: 'process' })
      const text = file.text.replace('{', '{"debug": true,')
      const input = { text, baseHash: file.hash, activate: 'reload' }
      expect(await ask('config.apply', input, flags)).toMatchObject({ outcome: 'applied' })

      const containers = await containerProcesses(places.socket)
      window.child.kill('SIGINT')
      await window.ended
      expect([pid, ...containers].filter(isAlive)).toEqual([])
      expect(leftovers(places)).toEqual([])
    },
  )

  it('is ended when its Porthole is killed, and swept when its dockerd was too', async () => {
    const first = porthole(['watch', 'engine.link', '--sandbox'])
    await first.firstLine
    const pid = Number(readFileSync(places.pidfile, 'utf8'))
    const containers = await containerProcesses(places.socket)
    first.child.kill('SIGKILL')
    await until('its dockerd and containers to end', () => ![pid, ...containers].some(isAlive))

    const second = porthole(['watch', 'engine.link', '--sandbox'])
    await second.firstLine
    const left = await containerProcesses(places.socket)
    process.kill(Number(readFileSync(places.pidfile, 'utf8')), 'SIGKILL')
    second.child.kill('SIGKILL')
    await second.ended
    expect(left.some(isAlive)).toBe(true)

    expect(await ask('engine.status', {}, ['--sandbox'])).toMatchObject({
      engine: { containers: { total: 6 } },
    })
    expect(left.filter(isAlive)).toEqual([])
    expect(leftovers(places)).toEqual([])
    expect(existsSync(join(places.dataRoot, 'overlay2'))).toBe(true)
  })

  it('tries a daemon.json, and leaves nothing of it', async () => {
    const input = JSON.stringify({ text: '{"log-driver": "local", "bip": "10.9.0.1/24"}' })
    const window = porthole(['watch', 'sandbox.try', input, '--endpoint', 'unix:///nonexistent.sock'])
    const lines: string[] = []
    createInterface({ input: window.child.stdout ?? process.stdin }).on('line', (line) => lines.push(line))
    await until('its containers', () => /"stage":"(full|bare)"/.test(lines.at(-1) ?? ''), {
      timeoutMs: SEED_MS,
    })
    expect(lines.at(-1)).toContain('full')
    const state = `/home/${user}/.local/state/porthole/tried-rootless`
    const tried = placesIn(join(state, 'run'), state)
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      leftOut: [{ key: 'bip', why: 'network' }],
      at: { url: `unix://${tried.socket}`, rootless: true },
    })
    expect((await get(tried.socket, '/info')).body).toContain('"LoggingDriver":"local"')
    window.child.kill('SIGINT')
    expect(await window.ended).toMatchObject({ code: 0 })
    expect(leftovers(tried)).toEqual([])
    expect(existsSync(state)).toBe(false)
  })

  it('has the helper asked instead where the tools are missing', async () => {
    const { code, stderr } = await porthole(['call', 'engine.status', '--sandbox'], { PATH: '/nonexistent' })
      .ended
    expect(code).toBe(1)
    expect(JSON.parse(stderr)).toMatchObject({ code: 'sandbox/unavailable' })
    expect(leftovers(places)).toEqual([])
  })
})
