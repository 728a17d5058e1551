import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { sandboxPlaces, type SandboxPlaces } from '../../electron/helper/sandbox'
import { isAlive, removeLeftovers } from '../../electron/helper/sandbox/leftovers'
import { createClient } from '../../electron/rpc/client'
import { createCore } from '../../electron/services/core'
import type { TriedSandbox } from '../../electron/services/sandbox'
import { BUNDLE_ENV, bundle } from '../support/bundle'
import { carriers, type Carrier } from '../support/carriers'
import { generations, Lab } from '../support/lab'
import { get, leftovers, SEED_MS } from '../support/sandbox'
import { until } from '../support/until'

const [memory] = carriers as [Carrier, ...Carrier[]]
const USUAL =
  '{"log-driver": "local", "log-opts": {"max-size": "5m"}, "data-root": "/nowhere", "live-restore": true}\n'

/** Where a sandbox of root's that tries something has its things. */
const placesOf = (state: string) => sandboxPlaces(join(state, 'porthole/tried'), 0)

describe.each(generations)('a daemon.json tried beside a %s dockerd', { timeout: SEED_MS }, (generation) => {
  let lab: Lab
  let state = ''
  let places: SandboxPlaces
  beforeAll(async () => {
    lab = await Lab.start({ generation, flags: ['--log-level', 'warn'] })
    state = mkdtempSync(join(tmpdir(), 'porthole-state-'))
    places = placesOf(state)
  })
  afterAll(async () => {
    await lab.stop()
    // What a failed test has left.
    await removeLeftovers(places)
    rmSync(state, { recursive: true, force: true })
  })

  const flags = () => ({
    endpoint: lab.endpoint,
    configFile: lab.configFile,
    pidfile: lab.pidfile,
    daemonLog: lab.logFile,
  })

  async function connect(carrier = memory) {
    const core = createCore({
      ...flags(),
      env: { ...process.env, XDG_STATE_HOME: state },
      log: () => undefined,
    })
    onTestFinished(() => core.dispose())
    const served = { ...core.served, validateOutput: true }
    const connected = await carrier.connect(served, ['read', 'write', 'admin'])
    onTestFinished(() => connected.stop())
    return { ...connected, client: createClient(connected.transport), dispose: () => core.dispose() }
  }
  type Connected = Awaited<ReturnType<typeof connect>>

  /** Opens a sandbox and reads its stream until one of the two ends. */
  function reading({ client }: Connected, text: string) {
    const seen: TriedSandbox[] = []
    const over = (async () => {
      for await (const { items } of client.watch('sandbox.try', { text })) seen.push(...items)
    })()
    over.catch(() => undefined)
    const at = () => until('the sandbox to answer', () => seen.at(-1)?.at)
    return { seen, over, at }
  }

  /** Nothing of it runs, is mounted, or lies anywhere. */
  const gone = () => !existsSync(places.run) && !existsSync(join(state, 'porthole/tried'))

  test('is in force there, on every page, and gone when it is closed', async () => {
    const connected = await connect()
    const { client } = connected
    const { seen, over, at } = reading(connected, USUAL)
    const { url } = await at()
    expect(url).toBe(`unix://${places.socket}`)
    expect(seen.at(-1)).toMatchObject({
      leftOut: [
        { key: 'data-root', why: 'own' },
        { key: 'live-restore', why: 'life' },
      ],
      before: { url: lab.endpoint },
    })
    expect(await client.call('sandbox.get', {})).toMatchObject({ open: { at: { url } } })

    await client.call('engine.use', { url })
    const info = JSON.parse((await get(places.socket, '/info')).body) as Record<string, unknown>
    expect(info).toMatchObject({ LoggingDriver: 'local', DockerRootDir: places.dataRoot })
    const status = await client.call('engine.status', {})
    expect(status).toMatchObject({ state: 'connected', source: 'sandbox' })
    expect(status.engine?.version).toBe((await lab.info())['ServerVersion'])
    const file = await client.call('config.read', {})
    expect(file.path).toBe(places.configFile)
    expect(file.text).toBe('{"log-driver": "local", "log-opts": {"max-size": "5m"}}\n')
    for await (const { items } of client.watch('daemonLog.link', {})) {
      expect(items.at(-1)).toMatchObject({ source: { kind: 'sandbox', name: places.logFile } })
      break
    }
    if (generation === 'system') {
      await until('its containers', () => seen.at(-1)?.stage === 'full', { timeoutMs: SEED_MS })
      expect((await client.call('engine.status', {})).engine?.containers.total).toBe(6)
    }

    expect(await client.call('sandbox.close', {})).toEqual({ closed: true })
    await over
    expect(await client.call('engine.status', {})).toMatchObject({ endpoint: lab.endpoint, source: 'flag' })
    expect((await client.call('config.read', {})).path).toBe(lab.configFile)
    expect(leftovers(places)).toEqual([])
    expect(gone()).toBe(true)
    expect(await client.call('sandbox.get', {})).toEqual({})
  })

  test('is refused with dockerd’s own sentence, its meaning and its place', async () => {
    const connected = await connect()
    const { over } = reading(
      connected,
      '{\n  "log-driver": "json-file",\n  "exec-opts": ["native.cgroupdriver=bogus"]\n}\n',
    )
    await expect(over).rejects.toMatchObject({
      code: 'sandbox/refused',
      detail: { fatal: 'cgroup-driver', said: expect.stringContaining('bogus'), key: 'exec-opts', line: 3 },
    })
    await expect(reading(connected, '[]').over).rejects.toMatchObject({ code: 'config/invalid' })
    expect(leftovers(places)).toEqual([])
    expect(gone()).toBe(true)
  })

  test('goes on through a restart of its own', async () => {
    const connected = await connect()
    const { client } = connected
    const { url } = await reading(connected, '{}')
      .at()
      .then((at) => client.call('engine.use', { url: at.url }).then(() => at))
    const file = await client.call('config.read', {})
    const text = '{"labels": ["again=1"]}'
    expect(
      await client.call('config.apply', { text, baseHash: file.hash, activate: 'restart' }),
    ).toMatchObject({ outcome: 'applied' })
    expect((await get(places.socket, '/info')).body).toContain('again=1')
    expect(await client.call('sandbox.get', {})).toMatchObject({ open: { at: { url } } })
    await client.call('sandbox.close', {})
    expect(gone()).toBe(true)
    expect(leftovers(places)).toEqual([])
  })

  // What follows is of no version.
  if (generation !== 'system') return

  test.each(carriers)('ends with whoever reads it, over $name', async (carrier) => {
    const connected = await connect(carrier)
    const { at } = reading(connected, '{}')
    await at()
    const other = reading(connected, '{}')
    await expect(other.over).rejects.toMatchObject({ code: 'sandbox/unavailable' })
    connected.cut()
    await until('nothing of it to be left', gone)
    expect(leftovers(places)).toEqual([])
  })

  test('on the command line lives while it is watched, and is swept after a kill', async () => {
    const program = await bundle('electron/cli/index.ts', 'porthole')
    onTestFinished(() => rmSync(dirname(program), { recursive: true, force: true }))
    const watch = async () => {
      const input = JSON.stringify({ text: USUAL })
      const child = spawn(
        process.execPath,
        [program, 'watch', 'sandbox.try', input, '--endpoint', lab.endpoint],
        {
          env: { ...process.env, ...BUNDLE_ENV, XDG_STATE_HOME: state },
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
      onTestFinished(() => {
        child.kill('SIGKILL')
      })
      const lines: TriedSandbox[] = []
      createInterface({ input: child.stdout }).on('line', (line) =>
        lines.push(JSON.parse(line) as TriedSandbox),
      )
      await until('the sandbox to answer', () => lines.at(-1)?.at)
      return child
    }

    const first = await watch()
    const dockerd = Number(readFileSync(places.pidfile, 'utf8'))
    first.kill('SIGKILL')
    await until('its dockerd to end', () => !isAlive(dockerd))
    expect(existsSync(places.run)).toBe(true)

    const second = await watch()
    expect((await get(places.socket, '/info')).body).toContain('"LoggingDriver":"local"')
    second.kill('SIGINT')
    await until('nothing of it to be left', gone)
    expect(leftovers(places)).toEqual([])
  })

  test('is told of when its dockerd ends by itself', async () => {
    const connected = await connect()
    const { over, at } = reading(connected, '{}')
    const { url } = await at()
    await connected.client.call('engine.use', { url })
    process.kill(Number(readFileSync(places.pidfile, 'utf8')), 'SIGKILL')
    await expect(over).rejects.toMatchObject({ code: 'sandbox/failed' })
    expect(await connected.client.call('engine.status', {})).toMatchObject({ endpoint: lab.endpoint })
    expect(gone()).toBe(true)
    expect(leftovers(places)).toEqual([])
  })
})
