import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyConfig, type ApplyRequest } from '../../electron/helper/apply'
import { hashOf } from '../../electron/helper/folder'
import { readHistory } from '../../electron/helper/history'
import { generations, Lab } from '../support/lab'
import { daemonPid, runQuick, running, stopAll, terminate } from '../support/plain-daemon'
import { Supervisor } from '../support/supervisor'
import { until } from '../support/until'

const START = '{"live-restore": true, "log-driver": "json-file"}\n'

/** What the engine says of itself that only a restart changes. */
const driver = async (lab: Lab): Promise<unknown> => (await lab.info())['LoggingDriver']

function request(lab: Lab, text: string, more: Partial<ApplyRequest> = {}): ApplyRequest {
  return {
    path: lab.configFile,
    text,
    baseHash: hashOf(readFileSync(lab.configFile)),
    activate: 'restart',
    pid: daemonPid(lab),
    socketPath: lab.socket,
    ...more,
  }
}

// From sources, so the pipeline runs in this process; that it outlives its caller is config-crash's.
describe.each(generations)('a restart of a plain dockerd (%s)', (generation) => {
  let lab: Lab

  beforeAll(async () => {
    lab = await Lab.start({ generation, config: START })
    lab.importBusybox()
    runQuick(lab, 'plain')
    runQuick(lab, 'policy', '--restart', 'always')
  })
  afterAll(() => stopAll(lab))

  it('puts a key in force that a reload does not, and keeps what live-restore keeps', async () => {
    const before = daemonPid(lab)
    const result = await applyConfig(request(lab, START.replace('json-file', 'local')))
    expect(result.problems).toBeUndefined()
    expect(result).toMatchObject({
      outcome: 'applied',
      evidence: { restart: { pidBefore: before, stopped: [], restarted: [] } },
    })
    expect(result.evidence.restart?.kept.sort()).toEqual(['plain', 'policy'])
    expect(result.evidence.restart?.pidAfter).toBe(daemonPid(lab))
    expect(daemonPid(lab)).not.toBe(before)
    expect(await driver(lab)).toBe('local')
  })

  it('names what stopped, and what its restart policy brought back, without live-restore', async () => {
    const result = await applyConfig(request(lab, '{"live-restore": false, "log-driver": "json-file"}\n'))
    expect(result).toMatchObject({ outcome: 'applied' })
    expect(result.evidence.restart?.kept).toEqual([])
    expect(result.evidence.restart?.stopped).toEqual(['plain'])
    expect(result.evidence.restart?.restarted).toEqual(['policy'])
    expect(await driver(lab)).toBe('json-file')
    expect(running(lab)).toEqual(['policy'])
  })

  it('refuses while an authorization plugin is not there', async () => {
    const before = daemonPid(lab)
    const wrong = request(lab, '{"authorization-plugins": ["nope"]}')
    await expect(applyConfig(wrong)).rejects.toMatchObject({ code: 'config/invalid' })
    expect(daemonPid(lab)).toBe(before)
  })

  it('is told in the history, with the file before and after', async () => {
    const { entries, texts, hash } = await readHistory(lab.configFile, 10)
    expect(entries.map((entry) => [entry.kind, entry.outcome, entry.activate])).toEqual([
      ['apply', 'applied', 'restart'],
      ['apply', 'applied', 'restart'],
    ])
    expect(entries.at(-1)?.left).toBe(hash)
    expect(Buffer.from(texts[entries[0]?.before ?? ''] ?? '', 'base64').toString()).toBe(START)
  })
})

describe.each(generations)('a restart through a service manager (%s)', (generation) => {
  let lab: Lab
  let supervisor: Supervisor

  beforeAll(async () => {
    lab = Lab.prepare({ generation, config: START })
    supervisor = (await Supervisor.over(lab)).install()
    await supervisor.boot()
    lab.importBusybox()
    runQuick(lab, 'plain')
  })
  afterAll(async () => {
    await supervisor.end()
    await lab.stop()
  })

  async function down(): Promise<void> {
    await terminate(lab)
    await until('the manager to notice', () => supervisor.activeState === 'inactive')
  }

  it('is done by the manager, and proven', async () => {
    const result = await applyConfig(request(lab, START.replace('json-file', 'local')))
    expect(result).toMatchObject({ outcome: 'applied', evidence: { restart: { kept: ['plain'] } } })
    expect(supervisor.calls).toContain('restart docker.service')
    expect(await driver(lab)).toBe('local')
  })

  it('starts an engine that is down, past its start limit too', async () => {
    // Somebody broke the file by hand and started it until systemd gave up.
    await down()
    writeFileSync(lab.configFile, '{"debug": tru')
    await supervisor.boot().catch(() => undefined)
    await until('systemd to give up', () => supervisor.activeState === 'failed')
    expect(supervisor.result).toBe('start-limit-hit')

    const result = await applyConfig(request(lab, START))
    expect(result.problems).toBeUndefined()
    expect(result.outcome).toBe('applied')
    expect(supervisor.activeState).toBe('active')
    expect(await driver(lab)).toBe('json-file')
    expect(readFileSync(join(lab.dir, result.backupId ?? ''), 'utf8')).toBe('{"debug": tru')
    const { entries } = await readHistory(lab.configFile, 10)
    expect(entries.map(({ kind }) => kind)).toEqual(['apply', 'hand-edit', 'apply'])
  })

  it('leaves an engine that was down no worse when the new file is no better', async () => {
    await down()
    const result = await applyConfig(request(lab, '{"default-runtime": "nonexist"}'))
    expect(result.outcome).toBe('rolled-back')
    expect(result.problems?.[0]).toMatchObject({ code: 'apply/not-started' })
    expect(readFileSync(lab.configFile, 'utf8')).toBe(START)
  })
})
