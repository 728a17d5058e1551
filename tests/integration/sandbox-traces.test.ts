import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ItemOf } from '../../electron/contract/contract'
import { createClient, type Client } from '../../electron/rpc/client'
import { serve } from '../../electron/rpc/host'
import { memoryPair } from '../../electron/rpc/memory'
import { createCore, type CoreOptions } from '../../electron/services/core'
import { Lab, nextBin } from '../support/lab'
import { SEED_MS } from '../support/sandbox'

const NO_NEXT = 'There is no dockerd of 25 or newer: set PORTHOLE_TEST_DOCKERD.'

/** A core as a window has it, with a state folder of its own. */
function open(options: Partial<CoreOptions>): Client {
  const state = mkdtempSync(join(tmpdir(), 'porthole-state-'))
  const core = createCore({
    ...options,
    env: { ...process.env, XDG_STATE_HOME: state },
    log: () => undefined,
  })
  onTestFinished(async () => {
    await core.dispose()
    rmSync(state, { recursive: true, force: true })
  })
  core.start()
  const pair = memoryPair()
  serve({ ...core.served, validateOutput: true }, pair.host, {
    access: new Set(['read', 'write', 'admin']),
    carrier: 'process',
  })
  return createClient(pair.client)
}

async function observers(
  client: Client,
  wanted: (now: ItemOf<'flow.observers'>) => boolean,
): Promise<ItemOf<'flow.observers'>> {
  for await (const { items } of client.watch('flow.observers', {}))
    for (const now of items) if (wanted(now)) return now
  throw new Error('The observers ended.')
}

/** Runs the docker command line against a socket, and answers the spans of the request it makes. */
async function traced(client: Client, socket: string): Promise<void> {
  const ask = (): string =>
    execFileSync('docker', ['-H', `unix://${socket}`, 'volume', 'ls'], { encoding: 'utf8' })
  ask()
  for await (const { items } of client.watch('flow.requests', { by: ['trace'] })) {
    const found = items.find(({ route, own }) => route === '/volumes' && own !== true)
    if (found === undefined) continue
    const { spans } = await client.call('flow.spans', { id: found.id })
    expect(spans[0]).toMatchObject({ depth: 0, kind: 'server' })
    return
  }
}

test('a sandbox tells its traces without being asked to', { timeout: SEED_MS }, async (context) => {
  if (nextBin === undefined) return context.skip(NO_NEXT)
  const client = open({ sandbox: true, sandboxDockerd: nextBin })
  const now = await observers(client, ({ standsOn }) => standsOn === 'trace')
  expect(now).toMatchObject({ traces: { sandbox: true } })
  expect(now.sending).toBeUndefined()
  const { sandbox } = await client.call('session.get', {})
  await traced(client, sandbox?.socket ?? '')
  expect(await client.call('flow.stopTraces', {})).toEqual({ stopped: false })
  expect(await client.call('flow.startTraces', {})).toMatchObject({
    endpoint: now.traces?.endpoint,
    sandbox: true,
  })
  await expect(client.call('flow.sendTraces', {})).rejects.toMatchObject({ code: 'flow/no-systemd' })
})

test('one that is too old is left to the other observers', { timeout: SEED_MS }, async (context) => {
  const client = open({ sandbox: true })
  const { engine } = await client.call('engine.status', {})
  if (Number.parseInt(engine?.version ?? '', 10) >= 25)
    return context.skip('The dockerd on PATH sends traces.')
  const now = await observers(client, () => true)
  expect(now.observers[0]).toEqual({ kind: 'trace', state: 'impossible', obstacle: 'engine-too-old' })
  await expect(client.call('flow.sendTraces', {})).rejects.toMatchObject({ code: 'engine/too-old' })
})

test(
  'one that tries a text tells its own, and none of the engine it is for',
  { timeout: 90_000 },
  async (context) => {
    if (nextBin === undefined) return context.skip(NO_NEXT)
    const lab = await Lab.start({ generation: 'next' })
    onTestFinished(() => lab.stop())
    const client = open({ endpoint: lab.endpoint, sandboxDockerd: nextBin })
    expect((await observers(client, () => true)).traces).toBeUndefined()
    for await (const { items } of client.watch('sandbox.try', { text: '{"debug": true}' })) {
      const at = items.find((item) => item.at !== undefined)?.at
      if (at === undefined) continue
      await client.call('engine.use', { url: at.url })
      await observers(client, ({ traces }) => traces?.sandbox === true && traces.heardAt !== undefined)
      await traced(client, at.url.replace('unix://', ''))
      break
    }
    await client.call('sandbox.close', {})
    expect((await observers(client, ({ traces }) => traces === undefined)).standsOn).not.toBe('trace')
    expect(readFileSync(lab.logFile, 'utf8')).not.toMatch(/traces export/)
  },
)
