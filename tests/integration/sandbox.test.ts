import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createClient } from '../../electron/rpc/client'
import { serve } from '../../electron/rpc/host'
import { memoryPair } from '../../electron/rpc/memory'
import { createCore } from '../../electron/services/core'
import { sandboxPlaces } from '../../electron/helper/sandbox'
import { generations, nextBin } from '../support/lab'
import { leftovers, SEED_MS } from '../support/sandbox'

/** A core over a sandbox in a state folder of its own, called as `porthole call --sandbox` does. */
async function open(state: string, bin?: string) {
  const core = createCore({
    sandbox: true,
    ...(bin === undefined ? {} : { sandboxDockerd: bin }),
    env: { ...process.env, XDG_STATE_HOME: state },
    log: () => undefined,
  })
  onTestFinished(() => core.dispose())
  await core.ready()
  const pair = memoryPair()
  serve({ ...core.served, validateOutput: true }, pair.host, {
    access: new Set(['read', 'write', 'admin']),
    carrier: 'process',
  })
  return { client: createClient(pair.client), dispose: () => core.dispose() }
}

/** Where root's sandbox in a state folder has its things. */
const placesOf = (state: string) => sandboxPlaces(join(state, 'porthole/sandbox'), 0)

describe.each(generations)('a sandbox of the %s dockerd', { timeout: SEED_MS }, (generation) => {
  const bin = generation === 'next' ? nextBin : undefined
  let state = ''
  beforeAll(() => {
    state = mkdtempSync(join(tmpdir(), 'porthole-state-'))
  })
  afterAll(() => rmSync(state, { recursive: true, force: true }))

  test('starts, is filled, says what it is, and leaves nothing running', async () => {
    const { client, dispose } = await open(state, bin)
    const status = await client.call('engine.status', {})
    expect(status.state).toBe('connected')
    expect(status.source).toBe('sandbox')
    expect(status.engine?.containers.total).toBe(6)
    expect(status.engine?.containers.paused).toBe(1)
    const dataRoot = status.engine?.dataRoot ?? ''
    expect(statSync(dataRoot).ino).toBe(statSync(join(state, 'porthole/sandbox/data')).ino)
    const session = await client.call('session.get', {})
    expect(session.sandbox?.dataRoot).toBe(status.engine?.dataRoot)
    const config = await client.call('config.read', {})
    expect(config.path).toBe(placesOf(state).configFile)
    expect(config.writeThrough).toBe('process')
    for await (const { items } of client.watch('daemonLog.watch', { tail: 10 })) {
      expect(items[0]?.source).toContain('dockerd.log')
      break
    }
    await dispose()
    expect(leftovers(placesOf(state))).toEqual([])
  })

  test('is debugged by a reload like any other daemon', async () => {
    const { client } = await open(state, bin)
    const before = await client.call('config.read', {})
    const { text } = await client.call('config.edit', { text: before.text, set: { debug: true } })
    const applied = await client.call('config.apply', { text, baseHash: before.hash, activate: 'reload' })
    expect(applied.outcome).toBe('applied')
    expect(applied.evidence.event).toBeDefined()
    expect((await client.call('engine.status', {})).engine?.debug).toBe(true)
  })
})

test('says where to get a dockerd when the folder has none', async () => {
  const state = mkdtempSync(join(tmpdir(), 'porthole-state-'))
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
  await expect(open(state, state)).rejects.toMatchObject({ code: 'sandbox/unavailable' })
})
