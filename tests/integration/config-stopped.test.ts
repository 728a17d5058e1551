import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machine } from '../../electron/helper/manager'
import { createConfigService, type ConfigService } from '../../electron/services/config'
import { createDaemonLogService } from '../../electron/services/daemon-log'
import { createEngineService } from '../../electron/services/engine'
import { createLifecycleService, type LifecycleService } from '../../electron/services/lifecycle'
import { createPrivileged } from '../../electron/services/privileged'
import { createRecoveryService, type RecoveryService } from '../../electron/services/recovery'
import { generations, Lab } from '../support/lab'
import { daemonPid, stopAll } from '../support/plain-daemon'
import { Supervisor } from '../support/supervisor'
import { until } from '../support/until'

const GOOD = '{"shutdown-timeout": 1}\n'
const BAD = '{\n  "shutdown-timeout": 1,\n  "storage-driver": "nope"\n}\n'

interface Porthole {
  config: ConfigService
  lifecycle: LifecycleService
  recovery: RecoveryService
  /** Resolves when the engine is seen as running, or as down. */
  sees: (running: boolean) => Promise<unknown>
  end: () => Promise<void>
}

/** A Porthole that is told the socket of its engine and nothing else. */
function open(lab: Lab): Porthole {
  const options = { endpoint: lab.endpoint, env: process.env, log: () => undefined }
  const engine = createEngineService(options)
  engine.start()
  const privileged = createPrivileged(options)
  const config = createConfigService({ engine, privileged, options })
  const daemonLog = createDaemonLogService({ engine, options })
  const lifecycle = createLifecycleService({ engine, privileged, options, onStep: () => undefined })
  const recovery = createRecoveryService({ engine, config, daemonLog, lifecycle })
  return {
    config,
    lifecycle,
    recovery,
    sees: (running) => until('the engine to be seen', () => (engine.link.state === 'connected') === running),
    end: async () => {
      await daemonLog.dispose()
      await engine.dispose()
    },
  }
}

// A dockerd that is down, whose file only its command line names.
describe.each(generations)('daemon.json of a stopped dockerd (%s)', (generation) => {
  let lab: Lab
  let porthole: Porthole

  const finds = async (): Promise<void> => {
    const read = await porthole.config.read()
    expect(read).toMatchObject({ path: lab.configFile, exists: true, text: GOOD, writable: true })
    expect(read.flags).toContainEqual({ flag: '--data-root', key: 'data-root', value: lab.dataRoot })
    const checked = await porthole.config.check({ text: '{"data-root": "/srv"}', depth: 'static' })
    expect(checked).toMatchObject({ ok: false, problems: [{ key: 'data-root', severity: 'error' }] })
  }

  it('of a unit is what the unit names, and is put in force by its start', async () => {
    lab = Lab.prepare({ generation, config: GOOD })
    const unit = (await Supervisor.over(lab)).install()
    porthole = open(lab)
    try {
      await finds()
      const { config, recovery } = porthole
      expect(await config.read()).toMatchObject({ unit: 'docker.service' })
      writeFileSync(lab.configFile, '{"nope": 1}')
      expect(await recovery.look(AbortSignal.timeout(60_000))).toMatchObject({
        state: 'down',
        service: { manager: 'systemd', activeState: 'inactive' },
        problems: [{ severity: 'error', key: 'nope', line: 1 }],
      })
      const { hash: baseHash } = await config.read()
      const applied = await config.apply({ text: GOOD, baseHash, activate: 'restart' })
      expect(applied).toMatchObject({ outcome: 'applied', evidence: { restart: { pidAfter: unit.pid } } })
      expect(readFileSync(lab.configFile, 'utf8')).toBe(GOOD)
    } finally {
      await porthole.end()
      await unit.end()
      await lab.stop()
    }
  })

  describe('that somebody started', () => {
    const before = { ...machine }
    beforeAll(async () => {
      machine.runFolder = mkdtempSync(join(tmpdir(), 'porthole-run-'))
      lab = await Lab.start({ generation, config: GOOD })
      porthole = open(lab)
    })
    afterAll(async () => {
      await porthole.end()
      await stopAll(lab)
      rmSync(machine.runFolder, { recursive: true })
      Object.assign(machine, before)
    })

    it('is what it was started with, and so is its log', async () => {
      const { lifecycle, recovery, sees } = porthole
      expect(await lifecycle.stop()).toMatchObject({ outcome: 'done' })
      await sees(false)
      await finds()
      writeFileSync(lab.configFile, BAD)
      expect(await lifecycle.start()).toMatchObject({ outcome: 'failed' })
      expect(await recovery.look(AbortSignal.timeout(60_000))).toMatchObject({
        state: 'down',
        service: { manager: 'process', activeState: 'inactive', control: 'process' },
        fatal: { code: 'storage-driver' },
        problems: [{ key: 'storage-driver', line: 3 }],
      })
      writeFileSync(lab.configFile, GOOD)
      expect(await lifecycle.start()).toMatchObject({ outcome: 'done' })
      await sees(true)
      expect(daemonPid(lab)).toBeDefined()
    })
  })
})
