import type { Readable, Writable } from 'node:stream'
import { HelperError, type Verb } from './verb'

/** Most bytes of one line; a daemon.json of the largest size fits, escaped. */
export const MAX_LINE = 2 * 1024 * 1024

interface Request {
  id: number
  verb: string
  input: unknown
}

/**
 * One session: a JSON request a line comes in, `{id, progress}` lines and one `{id, ok}` or
 * `{id, error}` go out. `{stop: id}` asks a running verb to stop. Resolves when the input has
 * ended and every verb with it; a verb that changes things finishes or undoes first.
 */
export async function serve(
  input: Readable,
  output: Writable,
  verbs: readonly Verb<unknown, unknown>[],
  caller: { uid: number; gid: number },
): Promise<void> {
  const known = new Map(verbs.map((verb) => [verb.name, verb]))
  const running = new Map<number, AbortController>()
  const ends: Promise<void>[] = []

  // The caller may be gone at any time; then nobody reads the answers, and the work goes on.
  output.on('error', () => undefined)
  const send = (message: object): void => {
    if (output.writable) output.write(`${JSON.stringify(message)}\n`)
  }

  const handle = (line: string): void => {
    const message = parseLine(line)
    if (message === undefined) {
      send({ id: null, error: { code: 'rpc/bad-frame', message: 'The line is not a request.' } })
      return
    }
    if ('stop' in message) {
      running.get(message.stop)?.abort()
      return
    }
    if (running.has(message.id)) {
      send({ id: message.id, error: { code: 'rpc/bad-frame', message: 'The id is in use.' } })
      return
    }
    const stop = new AbortController()
    running.set(message.id, stop)
    ends.push(
      run(message, known, send, stop.signal, caller).finally(() => {
        running.delete(message.id)
      }),
    )
  }

  try {
    for await (const line of lines(input)) handle(line)
  } catch (error) {
    // Too long a line: the rest of the input cannot be trusted to begin at a line.
    send({ id: null, error: wire(error) })
  }
  for (const stop of running.values()) stop.abort()
  await Promise.all(ends)
}

async function run(
  request: Request,
  known: ReadonlyMap<string, Verb<unknown, unknown>>,
  send: (message: object) => void,
  signal: AbortSignal,
  caller: { uid: number; gid: number },
): Promise<void> {
  const { id } = request
  try {
    const verb = known.get(request.verb)
    if (verb === undefined)
      throw new HelperError('helper/unknown-verb', 'The helper has no such verb.', {
        detail: { verb: request.verb.slice(0, 100) },
      })
    const input = verb.parse(request.input)
    const ok = await verb.run(input, { emit: (progress) => send({ id, progress }), signal, caller })
    send({ id, ok: ok ?? null })
  } catch (error) {
    send({ id, error: wire(error) })
  }
}

function wire(error: unknown): object {
  if (error instanceof HelperError) return { code: error.code, message: error.message, ...error.more }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'helper/failed', message: `The privileged helper failed: ${message}` }
}

function parseLine(line: string): Request | { stop: number } | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { id, verb, input, stop } = value as Record<string, unknown>
  if (typeof stop === 'number') return { stop }
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || typeof verb !== 'string') return undefined
  return { id, verb, input: input ?? {} }
}

/** Lines of a stream, cut as bytes so that no character is torn. */
async function* lines(input: Readable): AsyncGenerator<string> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of input) {
    let rest = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      if (length + end > MAX_LINE) throw tooLong()
      const line = Buffer.concat([...parts, rest.subarray(0, end)]).toString('utf8')
      parts = []
      length = 0
      rest = rest.subarray(end + 1)
      if (line.trim() !== '') yield line
    }
    length += rest.length
    if (length > MAX_LINE) throw tooLong()
    if (rest.length > 0) parts.push(rest)
  }
}

function tooLong(): HelperError {
  return new HelperError('rpc/too-large', `A line may hold ${MAX_LINE} bytes.`)
}
