import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { ApplyStep } from '../../electron/services/config'
import { createConfigService } from '../../electron/services/config'
import { createDaemonLogService } from '../../electron/services/daemon-log'
import { createEngineService } from '../../electron/services/engine'
import { createLifecycleService, type LifecycleService } from '../../electron/services/lifecycle'
import { createPrivileged } from '../../electron/services/privileged'
import { createRecoveryService, type Recovery } from '../../electron/services/recovery'
import { generations, Lab } from '../support/lab'
import { Supervisor } from '../support/supervisor'
import { until } from '../support/until'

const GOOD = '{\n  "shutdown-timeout": 1\n}\n'

// Real daemons, kept by a stand-in for systemd (tests/support/supervisor.ts).
describe.each(generations)('a daemon that needs help (%s)', (generation) => {
  let lab: Lab
  let unit: Supervisor
  let lifecycle: LifecycleService
  let look: () => Promise<Recovery>
  let end: () => Promise<void>
  const steps: ApplyStep[] = []

  beforeAll(async () => {
    lab = Lab.prepare({ generation, config: GOOD })
    unit = (await Supervisor.over(lab, { startLimit: 1 })).install()
    const options = {
      endpoint: lab.endpoint,
      configFile: lab.configFile,
      daemonLog: lab.logFile,
      dockerd: lab.binary,
      env: process.env,
      log: () => undefined,
    }
    const engine = createEngineService(options)
    engine.start()
    const privileged = createPrivileged(options)
    const config = createConfigService({ engine, privileged, options })
    const daemonLog = createDaemonLogService({ engine, options })
    lifecycle = createLifecycleService({ engine, privileged, options, onStep: (step) => steps.push(step) })
    const recovery = createRecoveryService({ engine, config, daemonLog, lifecycle })
    look = () => recovery.look(AbortSignal.timeout(60_000))
    end = async () => {
      await daemonLog.dispose()
      await engine.dispose()
    }
  })
  afterAll(async () => {
    await end()
    await unit.end()
    await lab.stop()
  })
  afterEach(() => {
    writeFileSync(lab.configFile, GOOD)
    steps.length = 0
  })

  /** Starts with this file, which must fail, and waits until the unit has given up. */
  const startWith = async (text: string): Promise<Recovery> => {
    writeFileSync(lab.configFile, text)
    const outcome = await lifecycle.start()
    expect(outcome).toMatchObject({ outcome: 'failed', problems: [{ code: 'apply/not-started' }] })
    await until('the unit to give up', () => unit.activeState === 'failed')
    return look()
  }

  it('was never started', async () => {
    expect(await look()).toEqual({
      state: 'down',
      service: {
        manager: 'systemd',
        unit: 'docker.service',
        activeState: 'inactive',
        subState: 'dead',
        result: 'success',
        restarts: 0,
        control: 'process',
      },
      problems: [],
    })
  })

  it('does not start because of its file: the key, the line, and the way back', async () => {
    const found = await startWith('{\n  "debug": true,\n  "foo-bar": 1\n}\n')
    expect(found).toMatchObject({
      state: 'down',
      service: { activeState: 'failed', result: 'start-limit-hit', control: 'process' },
      fatal: { code: 'unknown-key', detail: { keys: 'foo-bar' } },
      problems: [{ severity: 'error', key: 'foo-bar', line: 3 }],
    })
    writeFileSync(lab.configFile, GOOD)
    const started = await lifecycle.start()
    expect(started).toMatchObject({
      outcome: 'done',
      evidence: { restart: { pidAfter: unit.pid } },
      problems: [],
    })
    expect(steps.slice(-started.steps.length)).toEqual(started.steps)
    await until('the engine to be seen', async () => (await look()).state === 'running')
  })

  it('runs, and would not start again', async () => {
    writeFileSync(lab.configFile, '{\n  "debug": true,\n  "mtu": "1400"\n}\n')
    expect(await look()).toMatchObject({
      state: 'broken-file',
      service: { activeState: 'active', pid: unit.pid },
      problems: [{ severity: 'error', key: 'mtu', line: 3 }],
    })
    writeFileSync(lab.configFile, GOOD)
    expect(await lifecycle.reload()).toMatchObject({
      outcome: 'done',
      evidence: { event: { Action: 'reload' } },
    })
    expect(await lifecycle.restart()).toMatchObject({ outcome: 'done' })
  })

  it('is stopped with nobody left to listen', async () => {
    const { pid } = unit
    const stopped = await lifecycle.stop()
    expect(stopped).toMatchObject({ outcome: 'done', problems: [] })
    expect(stopped.evidence.log.at(-1)).toMatch(/nobody listens on/)
    expect(pid).toBeDefined()
    expect(unit.pid).toBeUndefined()
    const found = await look()
    expect(found).toMatchObject({ state: 'down', service: { activeState: 'inactive' }, problems: [] })
    expect(found.fatal).toBeUndefined()
  })

  it('finds its port for metrics taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const found = await startWith(
      `{\n  "shutdown-timeout": 1,\n  "experimental": true,\n  "metrics-addr": "127.0.0.1:${port}"\n}\n`,
    )
    expect(found.fatal?.code).toMatch(/^(metrics-port|address-in-use)$/)
    expect(found.fatal?.detail).toMatchObject({ address: `127.0.0.1:${port}` })
    expect(found.problems[0]).toMatchObject({ severity: 'error', key: 'metrics-addr', line: 4 })
  })

  it('cannot use its folder for data', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', lab.dataRoot])
    onTestFinished(() => void execFileSync('umount', [lab.dataRoot]))
    const found = await startWith(GOOD)
    expect(found).toMatchObject({ state: 'down', fatal: { code: 'read-only' } })
    expect(found.fatal?.detail?.['path']).toContain(lab.dataRoot)
  })

  it('lacks its authorization plugin', async ({ skip }) => {
    skip(generation !== generations.at(-1), 'dockerd looks for it for 15 s: the newest one shows it.')
    writeFileSync(lab.configFile, '{\n  "authorization-plugins": ["nope-plugin"]\n}\n')
    expect(await lifecycle.start()).toMatchObject({ outcome: 'failed' })
    const found = await look()
    expect(found).toMatchObject({
      fatal: { code: 'authorization-plugin', detail: { plugin: 'nope-plugin' } },
      problems: [{ key: 'authorization-plugins', line: 2 }],
    })
    expect(['failing', 'down']).toContain(found.state)
  })
})
