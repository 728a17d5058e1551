import { appendFileSync, chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createConfigService, type ConfigService } from '../../electron/services/config'
import { createEngineService, type EngineService } from '../../electron/services/engine'
import { createPrivileged } from '../../electron/services/privileged'
import { Lab } from '../support/lab'

const START = '{\n  "debug": false,\n  "labels": ["a=1"]\n}\n'

describe('what has become of daemon.json', () => {
  let lab: Lab
  let engine: EngineService
  let config: ConfigService
  let other: ConfigService

  const file = (): string => readFileSync(lab.configFile, 'utf8')
  const apply = async (text: string, activate: 'reload' | 'none' = 'none') =>
    config.apply({ text, baseHash: (await config.read()).hash, activate })
  const history = async (limit = 10) => (await config.history({ limit })).entries

  beforeAll(async () => {
    lab = await Lab.start({ config: START, flags: ['--max-concurrent-downloads', '7'] })
    const options = { endpoint: lab.endpoint, env: process.env, log: () => undefined }
    engine = createEngineService(options)
    engine.start()
    config = createConfigService({ engine, privileged: createPrivileged(options), options })
    // Another window, that knows nothing of the first.
    other = createConfigService({ engine, privileged: createPrivileged(options), options })
  })
  afterAll(async () => {
    await engine.dispose()
    await lab.stop()
  })
  beforeEach(() => {
    for (const name of readdirSync(lab.dir))
      if (name.startsWith('daemon.json.porthole-')) rmSync(join(lab.dir, name))
    writeFileSync(lab.configFile, START)
    chmodSync(lab.configFile, 0o644)
  })

  it('tells changes, differences and outcomes, newest first', async () => {
    await apply(START.replace('false', 'true'), 'reload')
    await apply(
      '{"labels": ["a=1"], "runtimes": {"a/b": {"path": "runc", "runtimeArgs": ["--debug"]}}}',
      'reload',
    )
    const [undone, done] = await history()
    expect(done).toMatchObject({
      kind: 'apply',
      outcome: 'applied',
      activate: 'reload',
      changes: [{ key: 'debug', before: false, after: true }],
      problems: [],
      current: false,
      restorable: { before: true, after: true },
    })
    expect(done?.diff).toContain('-  "debug": false,\n+  "debug": true,')
    expect(undone).toMatchObject({ outcome: 'rolled-back', current: true })
    expect(undone?.problems[0]).toMatchObject({ code: 'apply/refused' })
  })

  it('puts a text back, proven like any other', async () => {
    await apply(START.replace('false', 'true'), 'reload')
    const [entry] = await history()
    const id = entry?.id ?? ''
    expect(await config.backup({ id, which: 'before' })).toEqual({ text: START, exists: true })
    const { hash } = await config.read()
    const result = await config.restore({
      id,
      which: 'before',
      baseHash: hash,
      activate: 'reload',
      trial: true,
    })
    expect(result).toMatchObject({ outcome: 'applied', evidence: { event: { Action: 'reload' } } })
    expect(result.steps).toContainEqual(expect.objectContaining({ step: 'trial', state: 'done' }))
    expect(file()).toBe(START)
    expect((await lab.info())['Debug']).toBe(false)
    expect((await history())[0]).toMatchObject({ kind: 'restore', outcome: 'applied', current: true })
  })

  it('keeps what somebody wrote by hand in between', async () => {
    await apply(START.replace('a=1', 'a=2'))
    writeFileSync(lab.configFile, '{"labels": ["by=hand"]}\n')
    const [edit] = await history()
    expect(edit).toMatchObject({
      kind: 'hand-edit',
      current: true,
      changes: [{ key: 'debug' }, { key: 'labels' }],
    })
    await apply(START)
    const result = await config.restore({
      id: edit?.id ?? '',
      which: 'after',
      baseHash: (await config.read()).hash,
      activate: 'none',
    })
    expect(result.outcome).toBe('applied')
    expect(file()).toBe('{"labels": ["by=hand"]}\n')
  })

  it('knows no entry that is not there, and removes no file that dockerd was given', async () => {
    const { hash } = await config.read()
    const nothing = { id: 'nobody', which: 'before' as const, baseHash: hash, activate: 'none' as const }
    await expect(config.backup(nothing)).rejects.toMatchObject({ code: 'config/no-backup' })
    await expect(config.restore(nothing)).rejects.toMatchObject({ code: 'config/no-backup' })
    rmSync(lab.configFile)
    await config.apply({ text: START, baseHash: 'absent', activate: 'none' })
    const [entry] = await history()
    expect(await config.backup({ id: entry?.id ?? '', which: 'before' })).toEqual({ text: '', exists: false })
    const result = await config.restore({
      ...nothing,
      id: entry?.id ?? '',
      baseHash: (await config.read()).hash,
    })
    expect(result).toMatchObject({ outcome: 'rejected', problems: [{ code: 'apply/needs-file' }] })
    expect(file()).toBe(START)
  })

  it('says what a reload does not do', async () => {
    const result = await apply('{"debug": false, "log-level": "warn"}\n', 'reload')
    expect(result.outcome).toBe('applied')
    expect(
      Object.fromEntries((result.problems ?? []).map(({ code, detail }) => [code, detail?.['keys']])),
    ).toEqual({
      'apply/waits-for-restart': 'log-level',
      'apply/kept-until-restart': 'labels',
      'apply/flag-reset': 'max-concurrent-downloads',
    })
  })

  it('two editors: the second is refused with what the first did, and nothing is lost', async () => {
    const [mine, theirs] = [await config.read(), await other.read()]
    await config.apply({ text: START.replace('a=1', 'mine=1'), baseHash: mine.hash, activate: 'none' })
    const late = other.apply({
      text: START.replace('false', 'true'),
      baseHash: theirs.hash,
      activate: 'none',
    })
    await expect(late).rejects.toMatchObject({
      code: 'config/changed-underneath',
      detail: {
        diffFrom: 'base',
        diff: expect.stringContaining('-  "labels": ["a=1"]\n+  "labels": ["mine=1"]'),
      },
    })
    expect(file()).toBe(START.replace('a=1', 'mine=1'))
  })

  it('two at once: one is told to wait', async () => {
    const { hash } = await config.read()
    const both = await Promise.allSettled([
      config.apply({ text: START.replace('a=1', 'one=1'), baseHash: hash, activate: 'reload' }),
      other.apply({ text: START.replace('a=1', 'two=1'), baseHash: hash, activate: 'reload' }),
    ])
    const refused = both.flatMap((each) =>
      each.status === 'rejected' ? [each.reason as { code: string }] : [],
    )
    expect(refused).toHaveLength(1)
    expect(['config/busy', 'config/changed-underneath']).toContain(refused[0]?.code)
    expect(await history()).toHaveLength(1)
  })

  it('a hand edit after it was read: refused with a diff', async () => {
    const { hash } = await config.read()
    appendFileSync(lab.configFile, ' ')
    await expect(config.apply({ text: '{}', baseHash: hash, activate: 'none' })).rejects.toMatchObject({
      code: 'config/changed-underneath',
      detail: { diffFrom: 'base', path: lab.configFile },
    })
    expect(file()).toBe(`${START} `)
  })

  it('an `echo >>` in the very moment: refused with a diff, and it stays', async () => {
    const { hash } = await config.read()
    const stop = new AbortController()
    const echo = (async () => {
      for await (const { step, state } of config.progress(stop.signal))
        if (step === 'write' && state === 'running') appendFileSync(lab.configFile, 'echo\n')
    })()
    const late = config.apply({ text: '{}', baseHash: hash, activate: 'none' })
    await expect(late).rejects.toMatchObject({
      code: 'config/changed-underneath',
      detail: { diff: expect.stringContaining('+echo') },
    })
    stop.abort()
    await echo
    expect(file()).toBe(`${START}echo\n`)
    expect((await history()).filter(({ kind }) => kind === 'apply')).toEqual([])
  })
})
