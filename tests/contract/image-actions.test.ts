import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Access } from '../../electron/contract/define'
import { createClient, type Client } from '../../electron/rpc/client'
import type { RemoteError } from '../../electron/rpc/errors'
import { createCore } from '../../electron/services/core'
import { carriers } from '../support/carriers'

const ends: (() => Promise<void>)[] = []
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-contract-'))
})
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  rmSync(folder, { recursive: true })
})

const failure = (promise: Promise<unknown>): Promise<RemoteError> =>
  promise.then(
    () => Promise.reject(new Error('It was answered.')),
    (error: unknown) => error as RemoteError,
  )

async function drained(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) expect(item).toBeDefined()
}

describe.each(carriers)('images in and out of files, over $name', (carrier) => {
  /** The real core, whose engine is not there. */
  async function connect(access: Access[] = ['read', 'write', 'admin']): Promise<Client> {
    const core = createCore({ env: {}, log: () => undefined, endpoint: `unix://${folder}/none.sock` })
    ends.push(() => core.dispose())
    const connected = await carrier.connect({ ...core.served, validateOutput: true }, access)
    ends.push(() => connected.stop())
    return createClient(connected.transport)
  }

  test('are for a session that may do what they do', async () => {
    const reader = await connect(['read'])
    const path = join(folder, 'x.tar')
    for (const asked of [
      reader.call('image.tag', { image: 'a', name: 'b' }),
      reader.call('image.remove', { image: 'a', digest: 'd' }),
    ])
      expect(await failure(asked)).toMatchObject({ code: 'rpc/denied', detail: { access: 'write' } })
    const writer = await connect(['read', 'write'])
    for (const asked of [
      writer.watch('image.save', { images: ['a'], path }),
      writer.watch('image.load', { path }),
      writer.watch('image.import', { path }),
    ])
      expect(await failure(drained(asked))).toMatchObject({ code: 'rpc/denied', detail: { access: 'admin' } })
  })

  test('refuse a path that is none before they ask the engine', async () => {
    const client = await connect()
    for (const path of ['image.tar', '~/image.tar', folder, join(folder, 'absent/image.tar')])
      for (const asked of [client.watch('image.load', { path }), client.watch('image.import', { path })])
        expect(await failure(drained(asked))).toMatchObject({ code: 'image/no-archive' })
    const taken = join(folder, 'taken.tar')
    writeFileSync(taken, 'mine')
    for (const path of ['image.tar', '~/image.tar', folder, taken])
      expect(await failure(drained(client.watch('image.save', { images: ['a'], path })))).toMatchObject({
        code: 'image/no-archive',
      })
  })

  test('leave nothing where the engine is not there', async () => {
    const client = await connect()
    const path = join(folder, 'x.tar')
    const asked = client.watch('image.save', { images: ['a'], path })
    expect(await failure(drained(asked))).toMatchObject({ code: 'engine/unreachable' })
    expect(readdirSync(folder)).toEqual([])
    for (const call of [
      client.call('image.previewRemove', { image: 'a' }),
      client.call('container.changes', { container: 'a' }),
      client.call('container.mountStack', { container: 'a' }),
    ])
      expect(await failure(call)).toMatchObject({ code: 'engine/unreachable' })
  })

  test('take no more than the contract has', async () => {
    const client = await connect()
    const images = Array<string>(101).fill('a')
    expect(await failure(drained(client.watch('image.save', { images, path: '/x' })))).toMatchObject({
      code: 'rpc/bad-input',
    })
    expect(await failure(drained(client.watch('image.save', { images: [], path: '/x' })))).toMatchObject({
      code: 'rpc/bad-input',
    })
    const forced = { image: 'a', digest: 'd', force: true } as { image: string; digest: string }
    expect(await failure(client.call('image.remove', forced))).toMatchObject({ code: 'rpc/bad-input' })
  })
})
