import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OutputOf } from '../../electron/contract/contract'
import { bundle } from '../support/bundle'
import { runAs } from '../support/cli-as-user'
import { Lab } from '../support/lab'
import { daemonPid, stopAll } from '../support/plain-daemon'
import { hasPolkit, Polkit, POLKIT_TURN_MS } from '../support/polkit'

// Real polkit, a real ordinary user, a real dockerd that root runs.
describe.skipIf(!hasPolkit)('the life of root’s dockerd in an ordinary user’s hands', () => {
  let polkit: Polkit
  let lab: Lab
  let helper: string
  let program: string

  const call = async (name: string): Promise<{ code: number | null; answer: unknown; stderr: string }> => {
    const args = ['call', name, '--endpoint', lab.endpoint]
    const { code, stdout, stderr } = await runAs(polkit.user, program, args, { PORTHOLE_HELPER: helper })
      .ended
    return { code, answer: stdout === '' ? undefined : (JSON.parse(stdout) as unknown), stderr }
  }

  beforeAll(async () => {
    ;[helper, program] = await Promise.all([
      bundle('electron/helper/main.ts', 'porthole-helper'),
      bundle('electron/cli/index.ts', 'porthole'),
    ])
    polkit = await Polkit.start()
    lab = await Lab.start({ config: '{"shutdown-timeout": 1}\n' })
    chmodSync(lab.dir, 0o755)
    chmodSync(lab.socket, 0o666)
  }, POLKIT_TURN_MS)
  afterAll(async () => {
    await stopAll(lab)
    await polkit.stop()
    for (const file of [helper, program]) rmSync(dirname(file), { recursive: true, force: true })
  })

  it('is told without a password, and left alone when polkit says no', async () => {
    await polkit.decide('no')
    const pid = daemonPid(lab)
    const told = await call('engine.recovery')
    expect(told.answer).toMatchObject({
      state: 'running',
      service: { manager: 'process', control: 'helper' },
    })
    const refused = await call('engine.restart')
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toMatch(/helper\/(denied|dismissed)/)
    expect(daemonPid(lab)).toBe(pid)
  })

  it('is restarted with proof when polkit says yes', async () => {
    await polkit.decide('yes')
    writeFileSync(lab.configFile, '{"shutdown-timeout": 1, "labels": ["restarted=1"]}\n')
    const pidBefore = daemonPid(lab)
    const { answer, stderr } = await call('engine.restart')
    expect(stderr).toBe('')
    const { outcome, evidence, steps } = answer as OutputOf<'engine.restart'>
    expect(outcome).toBe('done')
    expect(evidence).toMatchObject({ restart: { pidBefore, pidAfter: daemonPid(lab) } })
    expect(steps.filter(({ state }) => state === 'done').map(({ step }) => step)).toEqual([
      'authorize',
      'activate',
      'verify',
    ])
    expect((await lab.info())['Labels']).toEqual(['restarted=1'])
  })
})
