import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createConfigService, type ApplyStep, type ConfigService } from '../../electron/services/config'
import { createEngineService, type EngineService } from '../../electron/services/engine'
import { createPrivileged } from '../../electron/services/privileged'
import { generations, Lab, newest } from '../support/lab'
import { daemonPid, stopAll, terminate } from '../support/plain-daemon'
import { RECORDED_TEXTS } from '../support/recorded/config-verdicts'
import { until } from '../support/until'

const START = '{\n  "debug": false,\n  "labels": ["a=1"]\n}\n'

describe.each(generations)('config on a real daemon (%s)', (generation) => {
  let lab: Lab
  let engine: EngineService
  let config: ConfigService

  const file = (): string => readFileSync(lab.configFile, 'utf8')
  const backups = (): string[] => readdirSync(lab.dir).filter((name) => /\.porthole-\d{8}T/.test(name))
  const apply = async (text: string, activate: 'reload' | 'none' = 'reload') =>
    config.apply({ text, baseHash: (await config.read()).hash, activate })

  beforeAll(async () => {
    lab = await Lab.start({ generation, config: START })
    const options = { endpoint: lab.endpoint, env: process.env, log: () => undefined }
    engine = createEngineService(options)
    engine.start()
    config = createConfigService({ engine, privileged: createPrivileged(options), options })
  })
  afterAll(async () => {
    await engine.dispose()
    await stopAll(lab)
  })
  beforeEach(() => {
    rmSync(lab.configFile, { force: true, recursive: true })
    writeFileSync(lab.configFile, START)
    chmodSync(lab.configFile, 0o644)
  })

  it('reads the file, its place, the flags and what is in force', async () => {
    const read = await config.read()
    expect(read).toMatchObject({
      path: lab.configFile,
      exists: true,
      text: START,
      readable: true,
      writable: true,
      writeThrough: 'process',
      mode: '0644',
      problems: [],
    })
    expect(read.flags).toContainEqual({ flag: '--data-root', key: 'data-root', value: lab.dataRoot })
    const of = (key: string) => read.effective.find((each) => each.key === key)
    expect(of('debug')).toMatchObject({ value: false, source: 'file', inFile: false })
    expect(of('log-level')).toMatchObject({ value: 'info', source: 'default' })
    expect(of('data-root')).toMatchObject({ value: lab.dataRoot, source: 'flag' })
    expect(of('iptables')).toMatchObject({ value: false, source: 'flag' })
  })

  it('turns debug on and off again with proof, and keeps order, mode and owner', async () => {
    chmodSync(lab.configFile, 0o640)
    chownSync(lab.configFile, 0, 4)
    const on = await config.edit({ text: START, set: { debug: true } })
    expect(on.text).toBe(START.replace('false', 'true'))
    const steps: ApplyStep[] = []
    const stop = new AbortController()
    const seen = (async () => {
      for await (const step of config.progress(stop.signal)) steps.push(step)
    })()
    const applied = await apply(on.text)
    expect(applied.problems).toBeUndefined()
    expect(applied.outcome).toBe('applied')
    expect(applied.evidence.event).toMatchObject({ Type: 'daemon', Action: 'reload' })
    expect((await lab.info())['Debug']).toBe(true)
    expect(file()).toBe(on.text)
    expect(statSync(lab.configFile)).toMatchObject({ uid: 0, gid: 4 })
    expect(statSync(lab.configFile).mode & 0o777).toBe(0o640)
    expect(readFileSync(join(lab.dir, applied.backupId ?? ''), 'utf8')).toBe(START)
    expect(statSync(join(lab.dir, applied.backupId ?? '')).mode & 0o777).toBe(0o640)
    await until('all steps', () => steps.some((step) => step.step === 'verify' && step.state === 'done'))
    stop.abort()
    await seen
    expect(steps).toEqual(applied.steps)

    const off = await config.edit({ text: file(), set: { debug: false } })
    expect(await apply(off.text)).toMatchObject({ outcome: 'applied' })
    expect((await lab.info())['Debug']).toBe(false)
    expect(file()).toBe(START)
  })

  it('reloads a file that somebody else changed, with proof and without writing', async () => {
    const text = START.replace('a=1', 'a=2')
    writeFileSync(lab.configFile, text)
    const before = await config.read()
    expect(before.effective.find((each) => each.key === 'labels')).toMatchObject({
      value: ['a=1'],
      inFile: ['a=2'],
      source: 'engine',
      drift: true,
    })
    const kept = backups().length
    const result = await apply(text)
    expect(result).toMatchObject({ outcome: 'applied' })
    expect(result.backupId).toBeUndefined()
    expect(backups()).toHaveLength(kept)
    expect((await lab.info())['Labels']).toEqual(['a=2'])
    await apply(START)
  })

  it('says that a removed live key stays, and shows it as drift', async () => {
    await apply(START.replace('false', 'true'))
    const { text } = await config.edit({ text: file(), unset: ['debug'] })
    const check = await config.check({ text, depth: 'static' })
    expect(check.changes).toMatchObject([{ key: 'debug', before: true, takesEffect: 'live' }])
    expect(check.changes[0]?.note).toMatch(/does not undo/)
    await apply(text)
    expect((await lab.info())['Debug']).toBe(true)
    const read = await config.read()
    expect(read.effective.find((each) => each.key === 'debug')).toMatchObject({ value: true, drift: true })
    await apply(START)
  })

  it('writes only, without a reload, when asked to', async () => {
    const text = START.replace('a=1', 'a=3')
    const result = await apply(text, 'none')
    expect(result).toMatchObject({
      outcome: 'applied',
      evidence: { log: [expect.any(String), expect.any(String)] },
    })
    expect(file()).toBe(text)
    expect((await lab.info())['Labels']).toEqual(['a=1'])
  })

  it('tells live keys from those that wait for a restart', async () => {
    const { changes } = await config.check({
      text: '{"debug": true, "labels": ["a=1"], "log-level": "warn", "default-shm-size": "128M", "label": []}',
      depth: 'static',
    })
    expect(Object.fromEntries(changes.map((each) => [each.key, each.takesEffect]))).toEqual({
      debug: 'live',
      'log-level': 'restart',
      'default-shm-size': 'new-containers',
      label: 'ignored',
    })
  })

  it('writes none of the bad files, and dockerd keeps running', async () => {
    const pid = lab.pid
    // Those with flags are refused for flags this daemon has not; the driver is the kernel's matter.
    const version = generation === 'system' ? '20.10.24' : '28.5.2'
    const bad = RECORDED_TEXTS.filter(
      ({ name, verdicts, flags }) =>
        verdicts[version]?.accepted === false && flags === undefined && name !== 'start devicemapper',
    ).map(({ name, text }): [string, string] => [name, text])
    const more: [string, string][] = [
      ['conflict with a flag', `{"data-root": "/elsewhere"}`],
      ['no plugin', '{"authorization-plugins": ["nope-plugin"]}'],
      ['no seccomp file', '{"seccomp-profile": "/nope.json"}'],
      ['no port', '{"metrics-addr": "badaddr"}'],
    ]
    const all = [...bad, ...more]
    expect(all.length).toBeGreaterThanOrEqual(40)
    const base = await config.read()
    for (const [name, text] of all) {
      const result = await config.apply({ text, baseHash: base.hash, activate: 'reload' })
      expect([name, result.outcome]).toEqual([name, 'rejected'])
      expect(result.problems?.length, name).toBeGreaterThan(0)
      expect(file(), name).toBe(START)
    }
    expect(lab.pid).toBe(pid)
    expect((await lab.get('/_ping')).status).toBe(200)
  })

  it('puts the previous file back when the engine refuses it on reload', async () => {
    // dockerd writes a script per runtime with arguments, under the runtime's name: one that is no
    // file name passes every check of a file and fails on reload (20.10; 28 hashes the name, and
    // there the options of a runtime are looked at on reload only).
    const runtime =
      generation === 'system'
        ? { path: 'runc', runtimeArgs: ['--debug'] }
        : { runtimeType: 'io.containerd.runc.v2', options: { SystemdCgroup: 'neither' } }
    const text = JSON.stringify({ debug: false, labels: ['a=1', 'b=2'], runtimes: { 'a/b': runtime } })
    const result = await apply(text)
    expect(result.outcome).toBe('rolled-back')
    expect(result.problems?.[0]).toMatchObject({ severity: 'error', code: 'apply/refused' })
    expect(result.evidence.log.join('\n')).toMatch(/the engine said: /)
    expect(result.evidence.log.join('\n')).toMatch(/put the previous .* back/)
    expect(result.evidence.log.join('\n')).toMatch(/took the previous file again/)
    expect(file()).toBe(START)
    expect((await lab.info())['Labels']).toEqual(['a=1'])
  })

  it('refuses a file that somebody changed after it was read', async () => {
    const base = await config.read()
    const theirs = '{"labels": ["theirs=1"]}'
    writeFileSync(lab.configFile, theirs)
    await expect(
      config.apply({ text: START, baseHash: base.hash, activate: 'reload' }),
    ).rejects.toMatchObject({ code: 'config/changed-underneath' })
    expect(file()).toBe(theirs)
  })

  it('refuses a second apply while one runs', async () => {
    const base = await config.read()
    const text = START.replace('a=1', 'a=4')
    const first = config.apply({ text, baseHash: base.hash, activate: 'reload' })
    await expect(config.apply({ text, baseHash: base.hash, activate: 'none' })).rejects.toMatchObject({
      code: 'config/busy',
    })
    expect(await first).toMatchObject({ outcome: 'applied' })
  })

  it('writes a missing file, and removes it again when it does not come into force', async () => {
    rmSync(lab.configFile)
    const read = await config.read()
    expect(read).toMatchObject({ exists: false, hash: 'absent', text: '', problems: [] })
    const { text } = await config.edit({ text: read.text, set: { debug: true } })
    const result = await config.apply({ text, baseHash: 'absent', activate: 'reload' })
    expect(result).toMatchObject({ outcome: 'applied' })
    expect(result.backupId).toBeUndefined()
    expect(statSync(lab.configFile).mode & 0o777).toBe(0o644)
    expect((await lab.info())['Debug']).toBe(true)
    await apply(START)
  })

  it('reads an empty file as nothing set and edits it into one that is something', async () => {
    writeFileSync(lab.configFile, '')
    const read = await config.read()
    // 20.10 does not start with an empty file, later ones do.
    expect(read.problems.some((each) => each.severity === 'error')).toBe(generation === 'system')
    const { text } = await config.edit({ text: '', set: { debug: false } })
    expect(text).toBe('{\n  "debug": false\n}\n')
    expect(await apply(text)).toMatchObject({ outcome: 'applied' })
  })

  it.each([
    ['a byte order mark', `\uFEFF${START}`, generation === 'system' ? 'json/bom' : 'json/bom-accepted', 1, 1],
    ['a comment', '{\n  // why\n  "debug": true\n}\n', 'json/comment', 2, 3],
    ['a trailing comma', '{\n  "debug": true,\n}\n', 'json/trailing-comma', 2, 16],
  ])('shows %s with its place and leaves the file alone', async (_name, text, code, line, column) => {
    writeFileSync(lab.configFile, text)
    const read = await config.read()
    expect(read.problems).toContainEqual(expect.objectContaining({ code, line, column }))
    await expect(config.edit({ text: read.text, set: { debug: false } })).rejects.toMatchObject({
      code: 'config/invalid',
      detail: { line, column },
    })
    expect(file()).toBe(text)
  })

  it('loses no byte of a file that is not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"labels": ["a='),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"]}'),
    ])
    writeFileSync(lab.configFile, bytes)
    const read = await config.read()
    expect(read.problems).toContainEqual(expect.objectContaining({ code: 'file/not-utf8', line: 1 }))
    await expect(config.edit({ text: read.text, set: { debug: true } })).rejects.toMatchObject({
      code: 'config/invalid',
    })
    expect(await apply(read.text)).toMatchObject({ outcome: 'rejected' })
    expect(readFileSync(lab.configFile).equals(bytes)).toBe(true)
    // A text without the damage may take its place, and the backup has every byte.
    const result = await apply(START)
    expect(result.outcome).toBe('applied')
    expect(readFileSync(join(lab.dir, result.backupId ?? '')).equals(bytes)).toBe(true)
  })

  it('writes through no symbolic link', async () => {
    const real = join(lab.dir, 'real.json')
    renameSync(lab.configFile, real)
    symlinkSync(real, lab.configFile)
    const read = await config.read()
    expect(read).toMatchObject({ linkTarget: real, writable: false, writeThrough: 'none', text: START })
    await expect(config.apply({ text: '{}', baseHash: read.hash, activate: 'reload' })).rejects.toMatchObject(
      { code: 'config/symlink' },
    )
    expect(readFileSync(real, 'utf8')).toBe(START)
  })

  it('refuses a folder and a file with a second name', async () => {
    rmSync(lab.configFile)
    writeFileSync(join(lab.dir, 'other'), START)
    linkSync(join(lab.dir, 'other'), lab.configFile)
    await expect(apply('{}')).rejects.toMatchObject({ code: 'config/not-writable' })
    expect(readFileSync(join(lab.dir, 'other'), 'utf8')).toBe(START)
  })

  // The same whatever the engine is.
  if (generation === newest) {
    it('puts the previous file back when the engine hangs', async () => {
      const pid = lab.pid
      const stop = new AbortController()
      const pause = (async () => {
        for await (const step of config.progress(stop.signal))
          if (step.step === 'write' && step.state === 'done') process.kill(pid, 'SIGSTOP')
          else if (step.step === 'rollback' && step.state === 'running') process.kill(pid, 'SIGCONT')
      })()
      onTestFinished(() => {
        process.kill(pid, 'SIGCONT')
      })
      const result = await apply(START.replace('a=1', 'a=9'))
      stop.abort()
      await pause
      expect(result.outcome).toBe('rolled-back')
      expect(file()).toBe(START)
    })

    it('changes nothing for an engine that does not answer before', async () => {
      const pid = lab.pid
      const base = await config.read()
      process.kill(pid, 'SIGSTOP')
      onTestFinished(() => {
        process.kill(pid, 'SIGCONT')
      })
      await expect(
        config.apply({ text: START.replace('a=1', 'a=8'), baseHash: base.hash, activate: 'reload' }),
      ).rejects.toMatchObject({ code: 'engine/unreachable' })
      expect(file()).toBe(START)
      process.kill(pid, 'SIGCONT')
      await until('the engine to answer', async () => (await lab.get('/_ping')).status === 200)
    })

    it('keeps twenty backups', async () => {
      for (let i = 0; i < 23; i += 1) await apply(START.replace('a=1', `a=${i + 100}`), 'none')
      expect(backups()).toHaveLength(20)
      expect(readdirSync(lab.dir).filter((name) => name.startsWith('.daemon.json'))).toEqual([])
    })
  }

  it('watches the file and what is in force', async () => {
    const stop = new AbortController()
    const items: { hash: string; exists: boolean; drift: string[] }[] = []
    const watching = (async () => {
      for await (const item of config.watch(stop.signal)) items.push(item)
    })()
    await until('the first item', () => items.length === 1)
    writeFileSync(lab.configFile, START.replace('a=1', 'changed=1'))
    await until('the drift', () => items.at(-1)?.drift.includes('labels'))
    rmSync(lab.configFile)
    await until('the absence', () => items.at(-1)?.exists === false)
    stop.abort()
    await watching
  })

  if (generation === 'next')
    it('asks dockerd itself, and says once what both of them know', async () => {
      const good = await config.check({ text: START, depth: 'validate' })
      expect(good).toMatchObject({ ok: true, validated: true, problems: [] })
      const bad = await config.check({ text: '{\n  "fixed-cidr-v6": "no"\n}', depth: 'validate' })
      expect(bad).toMatchObject({ ok: false, validated: true })
      expect(bad.problems).toMatchObject([{ severity: 'error', key: 'fixed-cidr-v6', line: 2 }])
    })
  else
    it('says that this dockerd cannot validate', async () => {
      expect(await config.check({ text: START, depth: 'validate' })).toMatchObject({
        ok: true,
        validated: false,
      })
    })

  it('puts the file back when dockerd ends in the middle, and starts it again', async () => {
    const pid = lab.pid
    const stop = new AbortController()
    const kill = (async () => {
      for await (const step of config.progress(stop.signal))
        if (step.step === 'write' && step.state === 'done') process.kill(pid, 'SIGKILL')
    })()
    const base = await config.read()
    const result = await config.apply({ text: '{"debug": true}', baseHash: base.hash, activate: 'reload' })
    stop.abort()
    await kill
    expect(result.outcome).toBe('rolled-back')
    expect(result.problems?.[0]).toMatchObject({ code: 'apply/daemon-ended' })
    expect(result.problems).toHaveLength(1)
    expect(file()).toBe(START)
    expect(daemonPid(lab)).not.toBe(pid)
    expect((await lab.get('/_ping')).status).toBe(200)
    await terminate(lab)
    // With no daemon there is nothing to reload, and the text can still be checked and written.
    await until('the link to fall', () => engine.link.state !== 'connected')
    const down = createConfigService({
      engine,
      privileged: createPrivileged({ env: process.env, log: () => undefined }),
      options: { configFile: lab.configFile, env: { ...process.env, PATH: lab.path }, log: () => undefined },
    })
    const read = await down.read()
    expect(read).toMatchObject({ path: lab.configFile, text: START })
    await expect(down.apply({ text: '{}', baseHash: read.hash, activate: 'reload' })).rejects.toMatchObject({
      code: 'engine/no-process',
    })
    expect(await down.apply({ text: '{}', baseHash: read.hash, activate: 'none' })).toMatchObject({
      outcome: 'applied',
    })
    expect(existsSync(lab.configFile)).toBe(true)
  })
})
