import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runningContainers } from '../../electron/helper/containers'
import { findManager, type ServiceManager } from '../../electron/helper/manager'
import { restartAndProve } from '../../electron/helper/restart'
import { StepLog } from '../../electron/helper/steps'
import { generations, Lab } from '../support/lab'
import { runQuick } from '../support/plain-daemon'
import { Supervisor } from '../support/supervisor'
import { until } from '../support/until'

// A real dockerd kept by a stand-in for systemd (tests/support/supervisor.ts).
describe.each(generations)('dockerd as a unit (%s)', (generation) => {
  let lab: Lab
  let unit: Supervisor
  let log: StepLog

  const manager = (): Promise<ServiceManager> =>
    findManager({ pid: unit.pid, path: lab.configFile, socketPath: lab.socket })
  const restart = async (liveRestore = false) =>
    restartAndProve(
      {
        manager: await manager(),
        socketPath: lab.socket,
        containersBefore: unit.pid === undefined ? [] : await runningContainers(lab.socket),
        liveRestore,
      },
      log,
    )

  beforeAll(async () => {
    lab = Lab.prepare({ generation, config: '{"shutdown-timeout": 1}' })
    unit = (await Supervisor.over(lab, { socketUnit: true, startLimit: 2 })).install()
    await unit.boot()
    lab.importBusybox()
  })
  afterAll(async () => {
    await unit.end()
    await lab.stop()
  })
  beforeEach(() => {
    log = new StepLog()
    unit.calls.length = 0
  })
  afterEach(async () => {
    writeFileSync(lab.configFile, '{"shutdown-timeout": 1}')
    const of = await manager()
    await of.start(() => undefined)
    const ids = (JSON.parse((await lab.get('/containers/json?all=1')).body) as { Id: string }[]).map(
      ({ Id }) => Id,
    )
    if (ids.length > 0) lab.docker('rm', '-f', ...ids)
  })

  it('is found by its pid and by its file, and says how it is', async () => {
    const of = await manager()
    expect(of).toMatchObject({ kind: 'systemd', unit: 'docker.service', controllable: true })
    expect(await of.state()).toEqual({
      manager: 'systemd',
      unit: 'docker.service',
      activeState: 'active',
      subState: 'running',
      result: 'success',
      restarts: 0,
      socketUnit: 'docker.socket',
      pid: unit.pid,
    })
    expect(await of.command()).toEqual(lab.command)
    expect(await findManager({ path: '/elsewhere/daemon.json' })).toMatchObject({ kind: 'none' })
  })

  it('restarts, and tells what became of each container', async () => {
    runQuick(lab, 'plain')
    runQuick(lab, 'always', '--restart', 'always')
    const pidBefore = unit.pid
    const outcome = await restart()
    expect(outcome).toMatchObject({
      ok: true,
      evidence: { pidBefore, pidAfter: unit.pid, kept: [], stopped: ['plain'], restarted: ['always'] },
    })
    expect(outcome.evidence.answeredMs).toBeGreaterThan(0)
    expect(unit.pid).not.toBe(pidBefore)
    expect(log.steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      'activate running',
      'activate done',
      'verify running',
      'verify done',
    ])
    expect(log.log.slice(0, 2)).toEqual([
      'systemctl reset-failed docker.service',
      'systemctl restart docker.service',
    ])
  })

  it('keeps containers with live-restore', async () => {
    writeFileSync(lab.configFile, '{"live-restore": true}')
    process.kill(unit.pid ?? 0, 'SIGHUP')
    await until('live-restore', async () => (await lab.info())['LiveRestoreEnabled'] === true)
    runQuick(lab, 'kept')
    const outcome = await restart(true)
    expect(outcome).toMatchObject({ ok: true, evidence: { kept: ['kept'], stopped: [], restarted: [] } })
  })

  it('says what dockerd said when it does not start, and gets past the start limit', async () => {
    writeFileSync(lab.configFile, '{"storage-driver": "nope"}')
    const broken = await restart()
    expect(broken.ok).toBe(false)
    expect(broken.said.join('\n')).toMatch(/driver not supported/)
    expect(log.steps.at(-1)).toMatchObject({ step: 'verify', state: 'failed' })
    await until('the start limit', () => unit.result === 'start-limit-hit')
    expect(await (await manager()).state()).toMatchObject({
      activeState: 'failed',
      result: 'start-limit-hit',
    })

    writeFileSync(lab.configFile, '{}')
    expect(await restart()).toMatchObject({ ok: true, evidence: { pidAfter: unit.pid } })
  })

  it('stops with the socket unit that would start it again, and starts with it', async () => {
    const of = await manager()
    await of.stop((line) => log.note(line))
    expect(unit).toMatchObject({ activeState: 'inactive', socketActive: false, pid: undefined })
    await of.start((line) => log.note(line))
    expect(unit).toMatchObject({ activeState: 'active', socketActive: true })
    expect(log.log).toEqual([
      'systemctl stop docker.socket docker.service',
      'systemctl reset-failed docker.service',
      'systemctl start docker.socket docker.service',
    ])
    await of.reload((line) => log.note(line))
    await until('a reload', () => readFileSync(lab.logFile, 'utf8').includes('Got signal to reload'))
  })
})
