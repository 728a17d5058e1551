import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { contract } from '../../electron/contract/contract'
import { createConfigService } from '../../electron/services/config'
import { createDaemonLogService } from '../../electron/services/daemon-log'
import { createEngineService, type EngineService } from '../../electron/services/engine'
import { createEventsService } from '../../electron/services/events'
import { createPrivileged } from '../../electron/services/privileged'
import { createRuntimeService, type RuntimeService } from '../../electron/services/runtime'
import { checkProgram } from '../../electron/services/runtime/check'
import { createTopologyService } from '../../electron/services/topology'
import { ChaosProxy } from '../support/chaos-proxy'
import { Lab, generations } from '../support/lab'
import { until } from '../support/until'

const never = new AbortController().signal

interface Parts {
  engine: EngineService
  runtime: RuntimeService
}

function partsFor(lab: Lab, endpoint = lab.endpoint): Parts {
  const options = {
    endpoint,
    configFile: lab.configFile,
    pidfile: lab.pidfile,
    daemonLog: lab.logFile,
    env: process.env,
    log: () => undefined,
  }
  const engine = createEngineService(options)
  const events = createEventsService(engine, options)
  const daemonLog = createDaemonLogService({ engine, options, sandboxLog: () => undefined })
  const privileged = createPrivileged(options)
  onTestFinished(async () => {
    await daemonLog.dispose()
    await events.dispose()
    await privileged.dispose()
    await engine.dispose()
  })
  const config = createConfigService({
    engine,
    events,
    privileged,
    daemonLog: () => Promise.resolve(daemonLog),
    options,
  })
  return {
    engine,
    runtime: createRuntimeService({
      engine,
      privileged,
      topology: createTopologyService(engine),
      config: () => Promise.resolve(config),
    }),
  }
}

/** The first item of a stream that is wanted. */
async function first<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  wanted: (item: T) => boolean,
): Promise<T> {
  const stop = new AbortController()
  try {
    for await (const item of open(stop.signal)) if (wanted(item)) return item
  } finally {
    stop.abort()
  }
  throw new Error('The stream ended.')
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

describe.each(generations)('tools of the runtime on a real engine (%s)', (generation) => {
  let lab: Lab
  let port: number
  beforeAll(async () => {
    port = await freePort()
    lab = await Lab.start({ generation, config: JSON.stringify({ 'metrics-addr': `127.0.0.1:${port}` }) })
  })
  afterAll(() => lab.stop())

  it('dockerd’s health equals docker info and /proc', async () => {
    const { runtime } = partsFor(lab)
    const reading = await first(
      (signal) => runtime.health({ tail: 10 }, signal),
      () => true,
    )
    contract['runtime.health'].item.parse(reading)
    const info = await lab.info()
    expect(reading.pid).toBe(lab.pid)
    expect(reading.goroutines).toBeGreaterThan(10)
    expect(Math.abs((reading.goroutines ?? 0) - Number(info['NGoroutines']))).toBeLessThan(50)
    expect(reading.eventListeners).toBe(info['NEventsListener'])
    expect(reading.rssBytes).toBeGreaterThan(10_000_000)
  })

  it('its metrics are those it serves', async () => {
    lab.importBusybox()
    lab.docker('create', '--name', 'asleep', '--network', 'none', 'busybox:lab', 'true')
    const { runtime } = partsFor(lab)
    const reading = await first(
      (signal) => runtime.metrics({ tail: 10 }, signal),
      ({ state }) => state === 'read',
    )
    contract['runtime.metrics'].item.parse(reading)
    expect(reading).toMatchObject({
      address: `127.0.0.1:${port}`,
      values: { containers: { running: 0, paused: 0, stopped: 1 } },
    })
    const served = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    const created = /^engine_daemon_container_actions_seconds_count\{action="create"\} (\d+)$/m.exec(
      served,
    )?.[1]
    expect(reading.values?.containerActions.find(({ action }) => action === 'create')?.count).toBe(
      Number(created),
    )
    lab.docker('rm', 'asleep')
  })

  it('every goroutine is told over the API, debug off', async () => {
    const { runtime } = partsFor(lab)
    const dump = await runtime.dump({ kind: 'goroutines', seconds: 5 }, never)
    contract['runtime.dump'].output.parse(dump)
    expect(dump).toMatchObject({ through: 'api', truncated: false })
    expect(dump.name).toMatch(/^dockerd-goroutines-\d{8}T\d{6}Z\.txt\.gz$/)
    const text = gunzipSync(Buffer.from(dump.base64, 'base64')).toString('utf8')
    expect(dump.goroutines?.total).toBe(text.match(/^goroutine \d+ /gm)?.length)
    const { groups = [] } = dump.goroutines ?? {}
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(dump.goroutines?.total)
    expect(groups.some(({ frames }) => frames.some(({ call }) => call.includes('docker/daemon')))).toBe(true)
  })

  it.each(['heap', 'cpu'] as const)('a %s profile is a gzip of a profile', async (kind) => {
    const { runtime } = partsFor(lab)
    const dump = await runtime.dump({ kind, seconds: 1 }, never)
    expect(dump.goroutines).toBeUndefined()
    expect(dump.name).toMatch(new RegExp(`^dockerd-${kind}-.*\\.pb\\.gz$`))
    // The string table of a profile holds the units of its samples.
    expect(
      gunzipSync(Buffer.from(dump.base64, 'base64')).includes(
        kind === 'heap' ? 'inuse_space' : 'nanoseconds',
      ),
    ).toBe(true)
  })

  it.runIf(process.geteuid?.() === 0)(
    'a dockerd whose API is silent tells its goroutines by a signal',
    async () => {
      const proxy = await ChaosProxy.start(join(lab.dir, 'silent.sock'), lab.socket)
      onTestFinished(() => proxy.away())
      const { runtime, engine } = partsFor(lab, proxy.endpoint)
      await engine.settled()
      proxy.stall()
      const dump = await runtime.dump({ kind: 'goroutines', seconds: 5 }, never)
      expect(dump.through).toBe('signal')
      expect(dump.path).toMatch(new RegExp(`^${lab.execRoot}/goroutine-stacks-.*\\.log$`))
      const text = gunzipSync(Buffer.from(dump.base64, 'base64')).toString('utf8')
      expect(text).toBe(execFileSync('cat', [dump.path ?? ''], { encoding: 'utf8' }))
      expect(dump.goroutines?.groups.length).toBeGreaterThan(5)
      await expect(runtime.dump({ kind: 'heap', seconds: 5 }, never)).rejects.toMatchObject({
        code: 'runtime/no-dump',
      })
      expect(lab.running).toBe(true)
    },
  )
})

describe('metrics of a real engine', () => {
  it('are off where no address is set', async () => {
    const lab = await Lab.start()
    onTestFinished(() => lab.stop())
    const { runtime, engine } = partsFor(lab)
    await until('the link', async () => (await engine.settled()).state === 'connected')
    const off = await first(
      (signal) => runtime.metrics({ tail: 1 }, signal),
      () => true,
    )
    expect(off).toMatchObject({ state: 'off' })
    expect(off.address).toBeUndefined()
  })
})

describe('a runtime before it is registered', () => {
  it('is found by its name and tells its version', async () => {
    const program = execFileSync('sh', ['-c', 'command -v runc'], { encoding: 'utf8' }).trim()
    const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')[0]
    const checked = await checkProgram('runc')
    contract['runtime.check'].output.parse(checked)
    expect(checked).toMatchObject({ verdict: 'answers', owner: 'root', rootsOwn: true })
    expect(checked.said?.split('\n')[0]).toBe(version)
    expect(await checkProgram('no-such-runtime')).toEqual({ verdict: 'not-found' })
  })
})
