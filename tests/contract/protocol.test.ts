import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { request, stream, type Access } from '../../electron/contract/define'
import { AppError } from '../../electron/contract/errors'
import { INITIAL_CREDIT, MAX_FRAME_BYTES, MAX_OPEN, type HostFrame } from '../../electron/contract/wire'
import { createClient, type Batch } from '../../electron/rpc/client'
import type { RemoteError } from '../../electron/rpc/errors'
import type { Served } from '../../electron/rpc/host'
import { carriers, type Carrier, type Connected } from '../support/carriers'
import { until } from '../support/until'

const Nothing = z.strictObject({})
const contract = {
  'test.echo': request({ access: 'read', input: z.strictObject({ text: z.string() }), output: z.string() }),
  'test.wrong': request({ access: 'read', input: Nothing, output: z.object({ n: z.int() }) }),
  'test.throw': request({ access: 'read', input: z.object({ coded: z.boolean() }), output: z.null() }),
  'test.large': request({ access: 'read', input: z.object({ bytes: z.int() }), output: z.string() }),
  'test.hang': request({ access: 'read', input: Nothing, output: z.null() }),
  'test.slow': request({ access: 'read', input: Nothing, output: z.null(), timeoutMs: 20 }),
  'test.write': request({ access: 'write', input: Nothing, output: z.null() }),
  'test.admin': request({ access: 'admin', input: Nothing, output: z.null() }),
  'test.count': stream({
    access: 'read',
    input: z.strictObject({ to: z.int(), pad: z.int().default(0) }),
    item: z.object({ n: z.int(), pad: z.string() }),
    overflow: 'block',
    resume: 'none',
    queueLimit: 10,
  }),
  'test.flood': stream({
    access: 'read',
    input: z.strictObject({ to: z.int() }),
    item: z.int(),
    overflow: 'drop-oldest',
    resume: 'cursor',
    queueLimit: 100,
  }),
  'test.newest': stream({
    access: 'read',
    input: z.strictObject({ to: z.int() }),
    item: z.int(),
    overflow: 'latest',
    resume: 'restart',
  }),
  'test.breaks': stream({ access: 'read', input: Nothing, item: z.int(), overflow: 'block', resume: 'none' }),
  'test.forever': stream({
    access: 'read',
    input: Nothing,
    item: z.int(),
    overflow: 'drop-oldest',
    resume: 'none',
  }),
}

/** What the handlers went through, for the tests to look at. */
class Seen {
  produced = 0
  ended = 0
  aborted = 0
  logged: string[] = []
}

function serving(seen: Seen): Served {
  const hang = (signal: AbortSignal) =>
    new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => {
        seen.aborted += 1
        reject(signal.reason as Error)
      }),
    )
  const counting = async function* (to: number) {
    try {
      for (let n = 1; n <= to; n += 1) {
        seen.produced = n
        yield n
      }
    } finally {
      seen.ended += 1
    }
  }
  return {
    contract,
    validateOutput: true,
    log: (id) => seen.logged.push(id),
    handlers: {
      'test.echo': ({ text }: { text: string }) => Promise.resolve(text),
      'test.wrong': () => Promise.resolve({ n: 'one' }),
      'test.throw': ({ coded }: { coded: boolean }) => {
        if (coded)
          throw new AppError('engine/refused', 'No.', {
            hint: 'Ask nicely.',
            detail: { path: '/x', line: 3 },
          })
        throw new TypeError('a secret of the inside')
      },
      'test.large': ({ bytes }: { bytes: number }) => Promise.resolve('é'.repeat(bytes / 2)),
      'test.hang': (_: unknown, { signal }: { signal: AbortSignal }) => hang(signal),
      'test.slow': (_: unknown, { signal }: { signal: AbortSignal }) => hang(signal),
      'test.write': () => Promise.resolve(null),
      'test.admin': () => Promise.resolve(null),
      'test.count': async function* ({ to, pad }: { to: number; pad: number }) {
        for await (const n of counting(to)) yield { n, pad: '-'.repeat(pad) }
      },
      'test.flood': ({ to }: { to: number }) => counting(to),
      'test.newest': ({ to }: { to: number }) => counting(to),
      'test.breaks': async function* () {
        yield 1
        yield await Promise.reject<number>(new AppError('engine/unreachable', 'Gone.'))
      },
      'test.forever': async function* (_: unknown, { signal }: { signal: AbortSignal }) {
        try {
          yield 0
          await hang(signal)
        } finally {
          seen.ended += 1
        }
      },
    },
  }
}

type LooseCall = (name: string, input?: unknown, options?: { signal?: AbortSignal }) => Promise<unknown>
type LooseWatch = (
  name: string,
  input?: unknown,
  options?: { signal?: AbortSignal },
) => AsyncIterable<Batch<unknown>>

const open: Connected[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop()
})

async function connect(carrier: Carrier, access: Access[] = ['read', 'write', 'admin']) {
  const seen = new Seen()
  const connected = await carrier.connect(serving(seen), access)
  open.push(connected)
  const client = createClient(connected.transport)
  return {
    ...connected,
    client,
    seen,
    call: client.call as unknown as LooseCall,
    watch: client.watch as unknown as LooseWatch,
    /** Every frame the host sends from now on. */
    frames() {
      const frames: HostFrame[] = []
      connected.transport.onFrame((frame) => frames.push(frame))
      return frames
    },
  }
}

const failure = (promise: Promise<unknown>): Promise<RemoteError> =>
  promise.then(
    () => Promise.reject(new Error('It was answered.')),
    (error: unknown) => error as RemoteError,
  )

describe.each(carriers)('over $name', (carrier) => {
  describe('a request', () => {
    test('is answered', async () => {
      const { call } = await connect(carrier)
      expect(await call('test.echo', { text: 'Größe\u0000 🚢' })).toBe('Größe\u0000 🚢')
    })

    test('a thousand at once are answered, each its own', async () => {
      const { call } = await connect(carrier)
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, (_, n) => call('test.echo', { text: `${n}` })),
      )
      expect(answers).toEqual(Array.from({ length: 1_000 }, (_, n) => `${n}`))
    })

    test.each([
      'test.nothing',
      'constructor',
      '__proto__',
      'toString',
      'hasOwnProperty',
      '',
      'x'.repeat(10_000),
    ])('of the unknown name %.40s is refused', async (name) => {
      const { call } = await connect(carrier)
      const error = await failure(call(name, {}))
      expect(error.code).toBe('rpc/unknown')
      expect(error.message.length).toBeLessThan(200)
    })

    test('of a name with a slip is told the right one', async () => {
      const { call } = await connect(carrier)
      expect((await failure(call('test.ehco', {}))).hint).toBe('Did you mean "test.echo"?')
    })

    test('of a stream’s name is refused, and the other way round', async () => {
      const { call, watch } = await connect(carrier)
      expect((await failure(call('test.count', { to: 1 }))).code).toBe('rpc/unknown')
      expect((await failure(read(watch('test.echo', { text: '' })))).code).toBe('rpc/unknown')
    })

    test.each([
      ['a wrong type', { text: 7 }, 'text'],
      ['a missing field', {}, 'text'],
      ['an unknown field', { text: '', more: 1 }, 'input'],
      ['an own __proto__', JSON.parse('{"text":"","__proto__":{"admin":true}}'), 'input'],
      ['no object', 'text', 'input'],
      ['nothing', undefined, 'text'],
      ['null', null, 'text'],
    ])('with %s is refused and the field named', async (_, input, field) => {
      const { call } = await connect(carrier)
      const error = await failure(call('test.echo', input))
      expect(error).toMatchObject({ code: 'rpc/bad-input', detail: { field } })
    })

    test('without the right is refused', async () => {
      const reader = await connect(carrier, ['read'])
      expect(await failure(reader.call('test.write'))).toMatchObject({ code: 'rpc/denied' })
      const writer = await connect(carrier, ['read', 'write'])
      expect(await writer.call('test.write')).toBeNull()
      expect(await failure(writer.call('test.admin'))).toMatchObject({
        code: 'rpc/denied',
        detail: { access: 'admin' },
      })
    })

    test('whose handler throws a coded error fails with all of it', async () => {
      const { call, seen } = await connect(carrier)
      expect(await failure(call('test.throw', { coded: true }))).toMatchObject({
        code: 'engine/refused',
        message: 'No.',
        hint: 'Ask nicely.',
        detail: { path: '/x', line: 3 },
      })
      expect(seen.logged).toEqual([])
    })

    test('whose handler throws anything else fails as internal, with the id of the log and nothing of the inside', async () => {
      const { call, frames, seen } = await connect(carrier)
      const sent = frames()
      const error = await failure(call('test.throw', { coded: false }))
      expect(error.code).toBe('internal')
      expect(seen.logged).toEqual([error.detail?.['id']])
      expect(JSON.stringify(sent)).not.toMatch(/secret|\.ts|TypeError|stack/)
    })

    test('answered against its schema fails as internal', async () => {
      const { call } = await connect(carrier)
      expect((await failure(call('test.wrong'))).code).toBe('internal')
    })

    test('whose time is over fails, and its handler is told', async () => {
      const { call, seen } = await connect(carrier)
      expect((await failure(call('test.slow'))).code).toBe('rpc/timeout')
      expect(seen.aborted).toBe(1)
    })

    test('that is cancelled settles at once, and its handler is told', async () => {
      const { call, seen } = await connect(carrier)
      const stop = new AbortController()
      const pending = failure(call('test.hang', {}, { signal: stop.signal }))
      await call('test.echo', { text: '' })
      stop.abort()
      expect((await pending).code).toBe('rpc/cancelled')
      await until('the handler to be told', () => seen.aborted === 1)
    })
  })

  describe('a frame', () => {
    test('above the limit is refused by the client and leaves the session well', async () => {
      const { call, watch } = await connect(carrier)
      const text = 'x'.repeat(MAX_FRAME_BYTES)
      expect((await failure(call('test.echo', { text }))).code).toBe('rpc/too-large')
      expect((await failure(read(watch('test.count', { text })))).code).toBe('rpc/too-large')
      expect(await call('test.echo', { text: 'still here' })).toBe('still here')
    })

    test('above the limit from a client that sends it all the same settles that client', async () => {
      const { call, raw, client } = await connect(carrier)
      const pending = failure(call('test.hang'))
      await call('test.echo', { text: '' })
      // Id 1 is the pending call's own.
      raw({ t: 'call', id: 1, name: 'test.echo', input: { text: 'x'.repeat(MAX_FRAME_BYTES) } })
      expect((await pending).code).toBe('rpc/too-large')
      client.close()
    })

    test('that is as large as allowed passes', async () => {
      const { call } = await connect(carrier)
      const text = 'x'.repeat(MAX_FRAME_BYTES - 200)
      expect(await call('test.echo', { text })).toBe(text)
    })

    test('of an answer above the limit becomes a coded error', async () => {
      const { call } = await connect(carrier)
      expect((await failure(call('test.large', { bytes: MAX_FRAME_BYTES + 2 }))).code).toBe('rpc/too-large')
      expect(await call('test.large', { bytes: 1_000 })).toHaveLength(500)
    })

    test.each([
      ['text', 'not json'],
      ['a number', 7],
      ['null', null],
      ['an array', [1]],
      ['no kind', { id: 3 }],
      ['an unknown kind', { t: 'eval', id: 3 }],
      ['no id', { t: 'call', name: 'test.echo' }],
      ['an id that is no number', { t: 'call', id: 'x', name: 'test.echo' }],
      ['a negative id', { t: 'call', id: -5, name: 'test.echo' }],
      ['no name', { t: 'call', id: 3 }],
      ['a name that is no text', { t: 'open', id: 3, name: { toString: 'x' } }],
      ['negative credit', { t: 'more', id: 3, n: -1 }],
      ['credit that is no number', { t: 'more', id: 3, n: '1e9' }],
    ])('that is junk (%s) is answered with rpc/bad-frame', async (_, junk) => {
      const { call, raw, frames } = await connect(carrier)
      const sent = frames()
      raw(junk)
      const answer = await until('an answer', () => sent.find((frame) => frame.t === 'fail'))
      expect(answer).toMatchObject({ error: { code: 'rpc/bad-frame' } })
      expect(await call('test.echo', { text: 'still here' })).toBe('still here')
    })

    test('nested beyond reason is refused', async () => {
      const { call, raw, frames } = await connect(carrier)
      const sent = frames()
      let deep: unknown = 1
      for (let i = 0; i < 1_000; i += 1) deep = [deep]
      raw({ t: 'call', id: 900, name: 'test.echo', input: deep })
      const answer = await until('an answer', () => sent.find((frame) => frame.id === 900))
      expect(answer).toMatchObject({ t: 'fail', error: { code: 'rpc/too-large' } })
      expect(await call('test.echo', { text: 'still here' })).toBe('still here')
    })

    test('with an id that is in use is refused, and the first call goes on', async () => {
      const { raw, frames, call, seen } = await connect(carrier)
      const sent = frames()
      raw({ t: 'open', id: 900, name: 'test.forever', input: {} })
      raw({ t: 'call', id: 900, name: 'test.echo', input: { text: '' } })
      const answer = await until('the refusal', () => sent.find((frame) => frame.t === 'fail'))
      expect(answer).toMatchObject({ id: 900, error: { code: 'rpc/bad-frame' } })
      await call('test.echo', { text: '' })
      expect(seen.ended).toBe(0)
      raw({ t: 'stop', id: 900 })
      await until('the stream to end', () => seen.ended === 1)
    })

    test('of credit or stop for what is not open is ignored', async () => {
      const { raw, call, frames } = await connect(carrier)
      const sent = frames()
      raw({ t: 'more', id: 900, n: 5 })
      raw({ t: 'stop', id: 901 })
      await call('test.echo', { text: '' })
      expect(sent).toHaveLength(1)
    })

    test('beyond the open calls allowed is refused', async () => {
      const { raw, frames } = await connect(carrier)
      const sent = frames()
      for (let id = 10; id <= 10 + MAX_OPEN; id += 1) raw({ t: 'call', id, name: 'test.hang', input: {} })
      const answer = await until('the refusal', () => sent.find((frame) => frame.t === 'fail'))
      expect(answer).toMatchObject({ id: 10 + MAX_OPEN, error: { code: 'rpc/too-many' } })
    })
  })

  describe('a stream', () => {
    test('gives every item in order, however slow the reader, when its producer waits', async () => {
      const { watch, seen } = await connect(carrier)
      const numbers: number[] = []
      let ahead = 0
      for await (const { items, dropped } of watch('test.count', { to: 5_000 })) {
        expect(dropped).toBe(0)
        for (const { n } of items as { n: number }[]) numbers.push(n)
        await new Promise((resolve) => setImmediate(resolve))
        ahead = Math.max(ahead, seen.produced - numbers.length)
      }
      expect(numbers).toEqual(Array.from({ length: 5_000 }, (_, index) => index + 1))
      expect(ahead).toBeLessThanOrEqual(INITIAL_CREDIT + 10 + 2)
      expect(seen.ended).toBe(1)
    })

    test('that drops keeps bounded memory for a reader that does not read, tells the count, keeps the order', async () => {
      const { watch, call, seen } = await connect(carrier)
      const numbers: number[] = []
      let lost = 0
      for await (const { items, dropped } of watch('test.flood', { to: 50_000 })) {
        if (numbers.length === 0) await until('all to be produced', () => seen.ended === 1)
        lost += dropped
        numbers.push(...(items as number[]))
      }
      await call('test.echo', { text: '' })
      expect(numbers.length + lost).toBe(50_000)
      expect(numbers.length).toBeLessThanOrEqual(INITIAL_CREDIT + 100)
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
      expect(numbers.at(-1)).toBe(50_000)
    })

    test('that drops loses nothing for a reader that keeps up with a producer that never waits', async () => {
      const { watch } = await connect(carrier)
      let count = 0
      let lost = 0
      for await (const { items, dropped } of watch('test.flood', { to: 90 })) {
        count += items.length
        lost += dropped
      }
      expect([count, lost]).toEqual([90, 0])
    })

    test('of which only the latest counts ends with the latest and speaks of no loss', async () => {
      const { watch } = await connect(carrier)
      const numbers: number[] = []
      for await (const { items, dropped } of watch('test.newest', { to: 10_000 })) {
        expect(dropped).toBe(0)
        numbers.push(...(items as number[]))
      }
      expect(numbers.at(-1)).toBe(10_000)
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    })

    test('stops sending without credit and goes on with it', async () => {
      const { raw, frames, call } = await connect(carrier)
      const sent = frames()
      const count = () => sent.reduce((sum, frame) => sum + (frame.t === 'items' ? frame.items.length : 0), 0)
      raw({ t: 'open', id: 900, name: 'test.count', input: { to: 5_000 } })
      await until('the first credit to be used', () => count() >= INITIAL_CREDIT)
      await call('test.echo', { text: '' })
      expect(count()).toBe(INITIAL_CREDIT)
      raw({ t: 'more', id: 900, n: 7 })
      await until('the next seven', () => count() >= INITIAL_CREDIT + 7)
      await call('test.echo', { text: '' })
      expect(count()).toBe(INITIAL_CREDIT + 7)
    })

    test('of large items is split into frames below the limit', async () => {
      const { watch, frames } = await connect(carrier)
      const sent = frames()
      const numbers: number[] = []
      for await (const { items } of watch('test.count', { to: 40, pad: 100_000 }))
        for (const { n } of items as { n: number }[]) numbers.push(n)
      expect(numbers).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
      for (const frame of sent) expect(JSON.stringify(frame).length).toBeLessThanOrEqual(MAX_FRAME_BYTES)
    })

    test('with an item that fits in no frame fails, and the producer ends', async () => {
      const { watch, seen } = await connect(carrier)
      const error = await failure(read(watch('test.count', { to: 5, pad: MAX_FRAME_BYTES })))
      expect(error.code).toBe('rpc/too-large')
      await until('the producer to end', () => seen.ended === 1)
    })

    test('whose producer breaks fails with its code after what came before', async () => {
      const { watch } = await connect(carrier)
      const got: unknown[] = []
      const error = await failure(
        (async () => {
          for await (const { items } of watch('test.breaks')) got.push(...items)
        })(),
      )
      expect(error.code).toBe('engine/unreachable')
      expect(got).toEqual([1])
    })

    test('that the reader leaves ends its producer', async () => {
      const { watch, seen } = await connect(carrier)
      for await (const _ of watch('test.forever')) break
      await until('the producer to end', () => seen.ended === 1)
    })

    test('that the signal ends, ends its producer and the loop', async () => {
      const { watch, seen } = await connect(carrier)
      const stop = new AbortController()
      for await (const _ of watch('test.forever', {}, { signal: stop.signal })) stop.abort()
      await until('the producer to end', () => seen.ended === 1)
    })

    test('refuses bad input and missing rights like a request', async () => {
      const { watch } = await connect(carrier)
      expect((await failure(read(watch('test.count', { to: 'x' })))).code).toBe('rpc/bad-input')
    })
  })

  describe('a cut connection', () => {
    test('settles every call and stream, and ends every producer', async () => {
      const { call, watch, cut, seen, client } = await connect(carrier)
      const calls = [failure(call('test.hang')), failure(call('test.hang'))]
      const streams = [failure(read(watch('test.forever'))), failure(read(watch('test.forever')))]
      await call('test.echo', { text: '' })
      cut()
      for (const error of await Promise.all([...calls, ...streams]))
        expect(error.code).toBe('rpc/disconnected')
      await until('the handlers to be told', () => seen.aborted === 4 && seen.ended === 2)
      expect(client.closed).toBe(true)
      expect((await failure(call('test.echo', { text: '' }))).code).toBe('rpc/disconnected')
      expect((await failure(read(watch('test.forever')))).code).toBe('rpc/disconnected')
    })

    test('by the host settles everything too', async () => {
      const { call, stop, seen } = await connect(carrier)
      const pending = failure(call('test.hang'))
      await call('test.echo', { text: '' })
      await stop()
      expect((await pending).code).toBe('rpc/disconnected')
      expect(seen.aborted).toBe(1)
    })
  })
})

async function read(stream: AsyncIterable<Batch<unknown>>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const { items } of stream) all.push(...items)
  return all
}
