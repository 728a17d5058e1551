import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createClient } from '../../electron/rpc/client'
import { serve } from '../../electron/rpc/host'
import { memoryPair } from '../../electron/rpc/memory'
import { createCore } from '../../electron/services/core'
import { sandboxPlaces } from '../../electron/helper/sandbox'
import { generations, nextBin } from '../support/lab'
import { until } from '../support/until'

/** A core over a sandbox in a state folder of its own, called as `porthole call --sandbox` does. */
function open(state: string, bin?: string) {
  const core = createCore({
    sandbox: true,
    ...(bin === undefined ? {} : { sandboxDockerd: bin }),
    env: { ...process.env, XDG_STATE_HOME: state },
    log: () => undefined,
  })
  const pair = memoryPair()
  serve({ ...core.served, validateOutput: true }, pair.host, {
    access: new Set(['read', 'write', 'admin']),
    carrier: 'process',
  })
  return { client: createClient(pair.client), dispose: () => core.dispose() }
}

/** Processes, mounts and folders that still speak of a sandbox. */
function leftovers(state: string): string[] {
  const { execRoot, socket } = sandboxPlaces(join(state, 'porthole/sandbox'), 0)
  const processes = readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false
    try {
      return readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(`${execRoot}/`)
    } catch {
      return false
    }
  })
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(state) || line.includes(execRoot))
  return [...processes, ...mounts, ...(existsSync(socket) ? [socket] : [])]
}

describe.each(generations)('a sandbox of the %s dockerd', (generation) => {
  const bin = generation === 'next' ? nextBin : undefined
  let state = ''
  beforeAll(() => {
    state = mkdtempSync(join(tmpdir(), 'porthole-state-'))
  })
  afterAll(() => rmSync(state, { recursive: true, force: true }))

  test('starts, is filled, says what it is, and leaves nothing running', async () => {
    const { client, dispose } = open(state, bin)
    onTestFinished(dispose)
    const status = await client.call('engine.status', {}, { timeoutMs: 0 })
    expect(status.state).toBe('connected')
    expect(status.source).toBe('sandbox')
    expect(status.engine?.containers.total).toBe(6)
    expect(status.engine?.containers.paused).toBe(1)
    expect(status.engine?.dataRoot.startsWith(state)).toBe(true)
    const session = await client.call('session.get', {})
    expect(session.sandbox?.dataRoot).toBe(status.engine?.dataRoot)
    const config = await client.call('config.read', {})
    expect(config.path).toBe(sandboxPlaces(join(state, 'porthole/sandbox'), 0).configFile)
    expect(config.writeThrough).toBe('process')
    for await (const { items } of client.watch('daemonLog.watch', { tail: 10 })) {
      expect(items[0]?.source).toContain('dockerd.log')
      break
    }
    await dispose()
    expect(leftovers(state)).toEqual([])
  })

  test('is debugged by a reload like any other daemon', async () => {
    const { client, dispose } = open(state, bin)
    onTestFinished(dispose)
    const before = await client.call('config.read', {}, { timeoutMs: 0 })
    const { text } = await client.call('config.edit', { text: before.text, set: { debug: true } })
    const applied = await client.call('config.apply', { text, baseHash: before.hash, activate: 'reload' })
    expect(applied.outcome).toBe('applied')
    expect(applied.evidence.event).toBeDefined()
    expect((await client.call('engine.status', {})).engine?.debug).toBe(true)
  })

  test('is cleaned up after a crash when the next one starts', async () => {
    const places = sandboxPlaces(join(state, 'porthole/sandbox'), 0)
    const orphan = await orphaned(state, bin)
    expect(leftovers(state)).not.toEqual([])
    const { client, dispose } = open(state, bin)
    onTestFinished(dispose)
    const status = await client.call('engine.status', {}, { timeoutMs: 0 })
    expect(status.endpoint).toBe(`unix://${places.socket}`)
    expect(status.process?.pid).not.toBe(orphan)
    await dispose()
    expect(leftovers(state)).toEqual([])
  })
})

/** Leaves a dockerd behind as a Porthole does that is killed. Returns its pid. */
async function orphaned(state: string, bin: string | undefined): Promise<number> {
  const { socket, dataRoot, execRoot, pidfile, configFile } = sandboxPlaces(
    join(state, 'porthole/sandbox'),
    0,
  )
  mkdirSync(dirname(configFile), { recursive: true })
  writeFileSync(configFile, '{}')
  const flags = ['--config-file', configFile, '--host', `unix://${socket}`, '--data-root', dataRoot]
  const more = ['--exec-root', execRoot, '--pidfile', pidfile, '--bridge', 'none', '--iptables=false']
  const child = spawn(
    bin === undefined ? 'dockerd' : join(bin, 'dockerd'),
    [...flags, ...more, '--ip6tables=false'],
    {
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, PATH: `${bin ?? ''}:${process.env['PATH'] ?? ''}` },
    },
  )
  child.unref()
  await until('the orphan to listen', () => existsSync(socket) && existsSync(pidfile))
  return child.pid ?? 0
}

test('says where to get a dockerd when the folder has none', async () => {
  const state = mkdtempSync(join(tmpdir(), 'porthole-state-'))
  const { client, dispose } = open(state, state)
  onTestFinished(async () => {
    await dispose()
    rmSync(state, { recursive: true, force: true })
  })
  await expect(client.call('engine.status', {})).rejects.toMatchObject({ code: 'sandbox/unavailable' })
})
