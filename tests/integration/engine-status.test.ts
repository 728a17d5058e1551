import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { contract } from '../../electron/contract/contract'
import { createEngineService, type EngineService } from '../../electron/services/engine'
import { Lab, generations } from '../support/lab'
import { until } from '../support/until'

const never = new AbortController().signal

function engineFor(lab: Lab, more: { pidfile?: string } = {}): EngineService {
  const engine = createEngineService({ endpoint: lab.endpoint, env: {}, log: () => undefined, ...more })
  onTestFinished(() => engine.dispose())
  return engine
}

describe.each(generations)('engine.status with a real dockerd (%s)', (generation) => {
  let lab: Lab
  let other: Lab
  beforeAll(async () => {
    lab = await Lab.start({ generation, config: '{"debug": true, "labels": ["a=b"]}\n' })
    other = await Lab.start({ generation })
  })
  afterAll(async () => {
    await lab.stop()
    await other.stop()
  })

  it('tells engine, process and runtime as they are', async () => {
    const status = await engineFor(lab).status(never)
    const info = await lab.info()
    expect(contract['engine.status'].output.parse(status)).toEqual(status)
    expect(status).toMatchObject({
      state: 'connected',
      endpoint: lab.endpoint,
      source: 'flag',
      events: 'waiting',
    })
    expect(status.engine).toMatchObject({
      id: info['ID'],
      version: info['ServerVersion'],
      apiVersion: generation === 'system' ? '1.41' : '1.51',
      storageDriver: info['Driver'],
      dataRoot: lab.dataRoot,
      debug: true,
      imageStore: 'graphdriver',
    })
    expect(status.process?.pid).toBe(lab.pid)
    expect(status.process?.argv).toContain(lab.configFile)
    expect(status.process?.exe).toMatch(/dockerd$/)
    expect(status.process?.rssBytes).toBeGreaterThan(10 * 1024 * 1024)
    expect(status.process?.goroutines).toBeGreaterThan(1)
    expect(Math.abs(Date.parse(status.process?.startedAt ?? '') - Date.now())).toBeLessThan(3_600_000)
    expect(status.runtime).toMatchObject({ containerd: { managed: true }, shims: 0 })
    expect(status.engine?.eventListeners).toBe(0)
  })

  it('finds each of several daemons on this machine', async () => {
    const [one, two] = await Promise.all([engineFor(lab).process(), engineFor(other).process()])
    expect(one?.pid).toBe(lab.pid)
    expect(two?.pid).toBe(other.pid)
  })

  it('opens no event stream', async () => {
    await engineFor(lab).status(never)
    expect((await lab.info())['NEventsListener']).toBe(0)
  })

  it('gives dockerode on the negotiated version', async () => {
    const docker = await engineFor(lab).docker()
    const version = (await docker.version()) as { Version: string }
    expect(version.Version).toBe((await lab.info())['ServerVersion'])
  })

  it('counts the shims of this daemon alone', async () => {
    const image = lab.importBusybox()
    lab.docker('run', '-d', '--network', 'none', '--name', 'sleeper', image, 'sleep', '1000')
    onTestFinished(() => void lab.docker('rm', '-f', 'sleeper'))
    expect((await engineFor(lab).status(never)).runtime?.shims).toBe(1)
    expect((await engineFor(other).status(never)).runtime?.shims).toBe(0)
  })

  it('streams vitals, the first at once', async () => {
    const stop = new AbortController()
    const seen = []
    for await (const vitals of engineFor(lab).watchVitals(500, stop.signal)) {
      contract['engine.vitals'].item.parse(vitals)
      seen.push(vitals)
      if (seen.length === 2) stop.abort()
    }
    expect(seen[0]?.rssBytes).toBeGreaterThan(0)
    expect(seen[0]?.goroutines).toBeGreaterThan(0)
    expect(seen[1]?.cpuPercent).toBeGreaterThanOrEqual(0)
  })

  it('follows a daemon that is stopped, started, killed and started', async () => {
    const engine = engineFor(lab)
    const states: string[] = []
    engine.onLink((link) => states.push(link.state))
    engine.start()
    await engine.settled()
    await lab.down()
    await until('the stop to be noticed', () => engine.link.state === 'unreachable')
    const down = await engine.status(never)
    expect(down.engine).toBeUndefined()
    expect(down.process).toBeUndefined()
    expect(down.reason).toMatch(/^(no-socket|refused)$/)
    await lab.up()
    await until('the start to be noticed', () => engine.link.state === 'connected')
    expect((await engine.status(never)).process?.pid).toBe(lab.pid)
    await lab.down('SIGKILL')
    await until('the kill to be noticed', () => engine.link.reason === 'refused')
    await lab.up()
    await until('the restart to be noticed', () => engine.link.state === 'connected')
    expect(states).toContain('unreachable')
  })
})
