import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type Server } from 'node:http'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createConfigService, type ConfigFile, type ConfigService } from '../../electron/services/config'
import { isIgnored, knows, OPTIONS } from '../../electron/services/config/options'
import { createDaemonLogService, type DaemonLogService } from '../../electron/services/daemon-log'
import { createEngineService, type EngineService } from '../../electron/services/engine'
import { createPrivileged } from '../../electron/services/privileged'
import { generations, Lab } from '../support/lab'

/** dockerd looks for plugins here whatever its own folders are. */
const PLUGIN_FOLDER = '/run/docker/plugins'

/** A daemon as it runs at one moment, told by itself and by what a new container gets. */
interface Moment {
  event: Record<string, string>
  info: Record<string, unknown>
  container: Record<string, unknown>
  /** Requests the authorization plugin was asked about. */
  asked: number
  diagnostics: boolean
  file: ConfigFile
}

interface LiveKey {
  value: unknown
  /** What to look at, and what it is with the value and without. */
  look: (moment: Moment) => unknown
  set: unknown
  unset: unknown
}

const text = (key: string) => (moment: Moment) => moment.event[key]
const list = (key: string) => (moment: Moment) => JSON.parse(moment.event[key] ?? '[]') as unknown
const info = (key: string) => (moment: Moment) => moment.info[key]
const container = (key: string) => (moment: Moment) => moment.container[key]

const runc = execFileSync('sh', ['-c', 'command -v runc'], { encoding: 'utf8' }).trim()
const plugin = `porthole-test-${process.pid}`

/** Every live key with a value that is not its default, and where its effect is seen. */
function liveKeys(port: number, cgroup: string): Record<string, LiveKey> {
  const [home, away] = cgroup === '2' ? ['private', 'host'] : ['host', 'private']
  return {
    debug: { value: true, look: info('Debug'), set: true, unset: false },
    'live-restore': { value: true, look: info('LiveRestoreEnabled'), set: true, unset: false },
    labels: { value: ['a=1'], look: (at) => at.info['Labels'] ?? [], set: ['a=1'], unset: [] },
    'shutdown-timeout': { value: 20, look: text('shutdown-timeout'), set: '20', unset: '15' },
    features: {
      value: { buildkit: true },
      look: (at) => at.event['features']?.includes('buildkit:true'),
      set: true,
      unset: false,
    },
    runtimes: {
      value: { other: { path: runc } },
      look: (at) => 'other' in (at.info['Runtimes'] as object),
      set: true,
      unset: false,
    },
    'default-runtime': { value: 'other', look: container('Runtime'), set: 'other', unset: 'runc' },
    'default-shm-size': {
      value: '128M',
      look: container('ShmSize'),
      set: 128 * 1024 ** 2,
      unset: 64 * 1024 ** 2,
    },
    'default-ipc-mode': {
      value: 'shareable',
      look: container('IpcMode'),
      set: 'shareable',
      unset: 'private',
    },
    'default-cgroupns-mode': { value: away, look: container('CgroupnsMode'), set: away, unset: home },
    'registry-mirrors': {
      value: ['https://mirror.invalid/'],
      look: (at) => (at.info['RegistryConfig'] as { Mirrors: string[] | null }).Mirrors ?? [],
      set: ['https://mirror.invalid/'],
      unset: [],
    },
    'insecure-registries': {
      value: ['10.9.0.0/16'],
      look: (at) => JSON.stringify(at.info['RegistryConfig']).includes('10.9.0.0/16'),
      set: true,
      unset: false,
    },
    'allow-nondistributable-artifacts': {
      value: ['r.invalid'],
      look: list('allow-nondistributable-artifacts'),
      set: ['r.invalid'],
      unset: [],
    },
    'max-concurrent-downloads': { value: 7, look: text('max-concurrent-downloads'), set: '7', unset: '3' },
    'max-concurrent-uploads': { value: 8, look: text('max-concurrent-uploads'), set: '8', unset: '5' },
    'max-download-attempts': { value: 9, look: text('max-download-attempts'), set: '9', unset: '5' },
    'network-diagnostic-port': { value: port, look: (at) => at.diagnostics, set: true, unset: false },
    'authorization-plugins': { value: [plugin], look: (at) => at.asked > 0, set: true, unset: false },
  }
}

/** An authorization plugin that allows everything and counts what it is asked. */
class Plugin {
  asked = 0
  readonly #path = join(PLUGIN_FOLDER, `${plugin}.sock`)
  #server: Server | undefined

  async start(): Promise<void> {
    mkdirSync(PLUGIN_FOLDER, { recursive: true })
    this.#server = createHttpServer((request, response) => {
      request.resume()
      const activate = request.url === '/Plugin.Activate'
      if (!activate) this.asked += 1
      response.end(JSON.stringify(activate ? { Implements: ['authz'] } : { Allow: true }))
    })
    await new Promise<void>((resolve) => this.#server?.listen(this.#path, resolve))
  }

  stop(): void {
    this.#server?.closeAllConnections()
    this.#server?.close()
    rmSync(this.#path, { force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

describe.each(generations)('reloads of a real daemon (%s)', (generation) => {
  let lab: Lab
  let engine: EngineService
  let log: DaemonLogService
  let config: ConfigService
  let version: string
  let keys: Record<string, LiveKey>
  let port: number
  let image: string
  const authorizer = new Plugin()
  const hadPlugins = existsSync(PLUGIN_FOLDER)
  /** The daemon with all keys, after their removal, and after the explicit values. */
  const moments: Moment[] = []
  let removal: Awaited<ReturnType<ConfigService['check']>>

  const known = () =>
    OPTIONS.filter((each) => each.live !== undefined && knows(each, version) && !isIgnored(each, version))

  /** Applies a file by a reload and looks at what runs then. */
  async function reload(file: object): Promise<void> {
    const { hash } = await config.read()
    const result = await config.apply({ text: JSON.stringify(file), baseHash: hash, activate: 'reload' })
    if (result.outcome !== 'applied') throw new Error(JSON.stringify(result.problems))
    const before = authorizer.asked
    const created = JSON.parse(
      (await lab.get('/containers/create', 'POST', { Image: image, Cmd: ['true'], HostConfig: {} })).body,
    ) as { Id: string }
    const inspected = JSON.parse((await lab.get(`/containers/${created.Id}/json`)).body) as {
      HostConfig: Record<string, unknown>
    }
    const event = result.evidence.event as { Actor: { Attributes: Record<string, string> } }
    moments.push({
      event: event.Actor.Attributes,
      info: await lab.info(),
      container: inspected.HostConfig,
      asked: authorizer.asked - before,
      diagnostics: await listens(port),
      file: await config.read(),
    })
    await lab.get(`/containers/${created.Id}`, 'DELETE')
  }

  beforeAll(async () => {
    await authorizer.start()
    port = await freePort()
    lab = await Lab.start({ generation, config: '{"mtu": 1400}\n' })
    image = lab.importBusybox()
    const options = {
      endpoint: lab.endpoint,
      daemonLog: lab.logFile,
      env: process.env,
      log: () => undefined,
    }
    engine = createEngineService(options)
    engine.start()
    log = createDaemonLogService({ engine, options })
    config = createConfigService({
      engine,
      privileged: createPrivileged(options),
      options,
      daemonLog: () => Promise.resolve(log),
    })
    const about = await lab.info()
    version = String(about['ServerVersion'])
    keys = liveKeys(port, String(about['CgroupVersion']))
    const names = known().map(({ key }) => key)
    await reload(Object.fromEntries(names.map((key) => [key, keys[key]?.value])))
    removal = await config.check({ text: '{}', depth: 'static' })
    await reload({})
    await reload(
      Object.fromEntries(
        removal.changes.flatMap(({ key, instead }) => (instead === undefined ? [] : [[key, instead]])),
      ),
    )
  })
  afterAll(async () => {
    await log.dispose()
    await engine.dispose()
    await lab.stop()
    authorizer.stop()
    if (!hadPlugins) rmSync(PLUGIN_FOLDER, { recursive: true, force: true })
  })

  it('are tried for every live key of this version', () => {
    expect(
      known()
        .map(({ key }) => key)
        .filter((key) => keys[key] === undefined),
    ).toEqual([])
  })

  // The keys of the table, not of the version: that is known only once the daemon runs.
  it.for(Object.keys(liveKeys(0, '')))('%s: changed, removed, undone, as Porthole says', (key, { skip }) => {
    const option = known().find((each) => each.key === key)
    const live = keys[key]
    if (option === undefined || live === undefined) return skip('not of this version')
    const [changed, removed, undone] = moments
    if (changed === undefined || removed === undefined || undone === undefined) throw new Error('no moments')
    const effective = ({ file }: Moment) => file.effective.find((each) => each.key === key)

    expect(live.look(changed)).toEqual(live.set)
    expect(effective(changed)).toMatchObject({ source: 'file', inFile: live.value })
    expect(effective(changed)?.drift).toBeUndefined()

    const said = removal.changes.find((each) => each.key === key)
    expect(said).toMatchObject({ needs: 'reload', before: live.value })
    if (option.live === 'reset') {
      expect(said?.noteCode).toBe('removed/reset')
      expect(live.look(removed)).toEqual(live.unset)
      expect(effective(removed)?.drift).toBeUndefined()
      return
    }
    expect(said?.noteCode).toMatch(/^removed\/kept/)
    expect(live.look(removed)).toEqual(live.set)
    expect(effective(removed)).toMatchObject({ source: 'engine', drift: true, why: 'left-over' })
    // The default of this one depends on the machine, and nothing is offered.
    if (said?.instead === undefined) return expect(key).toBe('default-cgroupns-mode')
    expect(live.look(undone)).toEqual(live.unset)
    expect(effective(undone)?.drift).toBeUndefined()
  })

  it('shows by the dump in the log what was read at start and is no longer in the file', () => {
    const [changed] = moments
    expect(readFileSync(lab.logFile, 'utf8')).toContain('Reloaded configuration')
    expect(changed?.file.effective.find((each) => each.key === 'mtu')).toMatchObject({
      value: 1400,
      source: 'engine',
      from: { told: 'dump' },
      drift: true,
      why: 'needs-restart',
    })
  })
})
