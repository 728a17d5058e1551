import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { serve } from '../../../electron/helper/session'
import { HelperError, type Verb } from '../../../electron/helper/verb'

interface Message {
  id: number | null
  ok?: unknown
  progress?: unknown
  error?: { code: string; message: string; hint?: string }
}

function start(...verbs: Verb<unknown, unknown>[]) {
  const input = new PassThrough()
  const output = new PassThrough()
  const messages: Message[] = []
  output.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.trim().split('\n')) messages.push(JSON.parse(line) as Message)
  })
  const done = serve(input, output, verbs, { uid: 1, gid: 2 })
  const ask = (message: unknown): void => {
    input.write(`${JSON.stringify(message)}\n`)
  }
  return { input, output, messages, done, ask }
}

const verb = (name: string, run: Verb<unknown, unknown>['run']): Verb<unknown, unknown> => ({
  name,
  parse: (input) => input,
  run,
})

it('answers with progress, result and the caller it was told of', async () => {
  const { ask, input, done, messages } = start(
    verb('twice', async (given, { emit, caller }) => {
      emit(1)
      emit({ two: 2 })
      return Promise.resolve({ given, caller })
    }),
  )
  ask({ id: 7, verb: 'twice', input: { a: 'é' } })
  input.end()
  await done
  expect(messages).toEqual([
    { id: 7, progress: 1 },
    { id: 7, progress: { two: 2 } },
    { id: 7, ok: { given: { a: 'é' }, caller: { uid: 1, gid: 2 } } },
  ])
})

it('waits for what runs when the input ends, having asked it to stop', async () => {
  let stopped = false
  const { ask, input, done, messages } = start(
    verb(
      'long',
      (_input, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            stopped = true
            setImmediate(() => resolve('done'))
          })
        }),
    ),
  )
  ask({ id: 1, verb: 'long' })
  input.end()
  await done
  expect(stopped).toBe(true)
  expect(messages).toEqual([{ id: 1, ok: 'done' }])
})

it('stops one verb and leaves the others', async () => {
  const wait = verb(
    'wait',
    (_input, { signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'))),
  )
  const { ask, input, done, messages } = start(wait)
  ask({ id: 1, verb: 'wait' })
  ask({ id: 2, verb: 'wait' })
  ask({ id: 2, verb: 'wait' })
  ask({ stop: 2 })
  ask({ stop: 99 })
  await new Promise((resolve) => setImmediate(resolve))
  expect(messages).toMatchObject([
    { id: 2, error: { code: 'rpc/bad-frame' } },
    { id: 2, ok: 'stopped' },
  ])
  input.end()
  await done
})

it('tells its own errors and hides nothing of a foreign one but its stack', async () => {
  const { ask, input, done, messages } = start(
    verb('own', () => Promise.reject(new HelperError('config/symlink', 'No.', { hint: 'Do.' }))),
    verb('foreign', () => Promise.reject(new Error('boom'))),
  )
  ask({ id: 1, verb: 'own' })
  ask({ id: 2, verb: 'foreign' })
  input.end()
  await done
  expect(messages).toEqual([
    { id: 1, error: { code: 'config/symlink', message: 'No.', hint: 'Do.' } },
    { id: 2, error: { code: 'helper/failed', message: 'The privileged helper failed: boom' } },
  ])
})

it('joins lines that come in pieces, and characters too', async () => {
  const { input, done, messages } = start(verb('echo', (given) => Promise.resolve(given)))
  for (const byte of Buffer.from(
    '{"id":1,"verb":"echo","input":"😀"}\n\n{"id":2,"verb":"echo","input":"é"}\n',
  ))
    input.write(Buffer.from([byte]))
  input.end()
  await done
  expect(messages).toEqual([
    { id: 1, ok: '😀' },
    { id: 2, ok: 'é' },
  ])
})
