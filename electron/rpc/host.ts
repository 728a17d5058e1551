import type { CallContext, Handlers, Session } from '../contract/contract'
import type { EntryDef, RequestDef, StreamDef } from '../contract/define'
import { AppError } from '../contract/errors'
import {
  BATCH_ITEMS,
  BATCH_MS,
  INITIAL_CREDIT,
  MAX_FRAME_BYTES,
  MAX_OPEN,
  type ClientFrame,
  type HostFrame,
  type Transport,
} from '../contract/wire'
import { toWireError } from './errors'
import { nearest } from './nearest'
import { Outbox } from './outbox'
import { exceedsJsonBytes, jsonBytesAtMost } from './size'

type AnyHandler = (input: unknown, context: CallContext) => unknown

/** What a host serves, stated loosely so that tests can serve a contract of their own. */
export interface Served {
  readonly contract: Readonly<Record<string, EntryDef>>
  readonly handlers: Handlers | Readonly<Record<string, unknown>>
  /** Told of errors that become `internal`. */
  readonly log: (id: string, error: unknown) => void
  /** Check answers against their schema too: for development and tests, where it finds our own mistakes. */
  readonly validateOutput?: boolean
}

/** Above this many bytes waiting in the carrier, nothing more is handed to it. */
const CARRIER_HIGH_WATER = 4 * 1024 * 1024

/** Largest item or batch; the rest of a frame is the envelope. */
const MAX_ITEM_BYTES = MAX_FRAME_BYTES - 256

/** An item and what it takes in a frame, at most. */
interface Sized {
  item: unknown
  bytes: number
}

interface Open {
  abort: AbortController
  credit: number
  /** Tells a stream that credit came. */
  wake?: () => void
}

/**
 * Serves one session over one transport until it closes. Every call settles, every stream is
 * cancelled by the same AbortController for stop, disconnect and shutdown.
 * @returns a function that ends the session.
 */
export function serve(
  served: Served,
  transport: Transport<HostFrame, ClientFrame>,
  session: Session,
): () => void {
  const open = new Map<number, Open>()
  let closed = false

  const send = (frame: HostFrame) => {
    if (!closed) transport.send(frame)
  }
  const fail = (id: number, error: unknown) => send({ t: 'fail', id, error: toWireError(error, served.log) })

  const offFrame = transport.onFrame((frame) => {
    if (closed) return
    const bad = frameFault(frame)
    if (bad !== undefined) {
      // -1 is nobody's id: a frame without one was not a call, so nobody waits for it.
      fail(frameId(frame) ?? -1, new AppError('rpc/bad-frame', bad))
      return
    }
    if ((frame.t === 'call' || frame.t === 'open') && exceedsJsonBytes(frame, MAX_FRAME_BYTES)) {
      fail(frame.id, tooLarge('A frame'))
      return
    }
    switch (frame.t) {
      case 'stop': {
        open.get(frame.id)?.abort.abort(new AppError('rpc/cancelled', 'The caller cancelled this.'))
        return
      }
      case 'more': {
        const entry = open.get(frame.id)
        if (entry) {
          entry.credit = Math.min(entry.credit + frame.n, Number.MAX_SAFE_INTEGER)
          entry.wake?.()
        }
        return
      }
      case 'call':
      case 'open':
        void start(frame)
    }
  })

  const end = () => {
    if (closed) return
    closed = true
    offFrame()
    offClose()
    const reason = new AppError('rpc/disconnected', 'The connection ended.')
    for (const entry of open.values()) entry.abort.abort(reason)
    open.clear()
  }
  const offClose = transport.onClose(end)
  return () => {
    end()
    transport.close()
  }

  async function start(frame: Extract<ClientFrame, { t: 'call' | 'open' }>): Promise<void> {
    const { id, name } = frame
    if (open.has(id)) {
      fail(id, new AppError('rpc/bad-frame', `The id ${id} is in use.`))
      return
    }
    if (open.size >= MAX_OPEN) {
      fail(
        id,
        new AppError('rpc/too-many', `More than ${MAX_OPEN} calls are open.`, {
          hint: 'Wait for some to end.',
        }),
      )
      return
    }
    const entry: Open = { abort: new AbortController(), credit: INITIAL_CREDIT }
    open.set(id, entry)
    try {
      const def = admit(served, session, name, frame.t)
      const input = parseInput(def, name, frame.input)
      const handler = (served.handlers as Record<string, AnyHandler>)[name] as AnyHandler
      const context: CallContext = { session, signal: entry.abort.signal }
      if (def.kind === 'request') await answer(id, def, name, handler, input, context, entry)
      else await pour(id, def, name, handler, input, context, entry)
    } catch (error) {
      fail(id, error)
    } finally {
      open.delete(id)
    }
  }

  async function answer(
    id: number,
    def: RequestDef,
    name: string,
    handler: AnyHandler,
    input: unknown,
    context: CallContext,
    entry: Open,
  ): Promise<void> {
    const timer = setTimeout(() => {
      entry.abort.abort(new AppError('rpc/timeout', `No answer to ${name} within ${def.timeoutMs / 1000} s.`))
    }, def.timeoutMs)
    try {
      const work = Promise.resolve(handler(input, context))
      const value = checked(served, name, def.output, await untilAborted(work, context.signal))
      const frame: HostFrame = { t: 'ok', id, value }
      if (exceedsJsonBytes(frame, MAX_FRAME_BYTES)) throw tooLarge(`The answer to ${name}`)
      send(frame)
    } finally {
      clearTimeout(timer)
    }
  }

  async function pour(
    id: number,
    def: StreamDef,
    name: string,
    handler: AnyHandler,
    input: unknown,
    context: CallContext,
    entry: Open,
  ): Promise<void> {
    const { signal } = context
    const box = new Outbox<Sized>(def.overflow, def.queueLimit)
    let timer: NodeJS.Timeout | undefined
    let flushedAt = -Infinity
    let onEmpty: (() => void) | undefined

    const flush = () => {
      clearTimeout(timer)
      timer = undefined
      flushedAt = performance.now()
      try {
        while (box.size > 0 && entry.credit > 0) {
          if ((transport.bufferedBytes?.() ?? 0) > CARRIER_HIGH_WATER) {
            timer = setTimeout(flush, BATCH_MS)
            return
          }
          const { items, dropped } = box.take(Math.min(entry.credit, BATCH_ITEMS))
          entry.credit -= items.length
          sendItems(id, items, dropped)
        }
      } catch (error) {
        // A carrier that cannot write an item as JSON: the stream fails, not the program.
        entry.abort.abort(error)
      }
      if (box.size === 0) onEmpty?.()
    }
    entry.wake = () => {
      if (timer === undefined) flush()
    }
    // The first item after a pause leaves at once; those behind it are gathered.
    const schedule = () => {
      if (timer === undefined && entry.credit > 0)
        timer = setTimeout(flush, Math.max(0, flushedAt + BATCH_MS - performance.now()))
    }

    const iterator = (handler(input, context) as AsyncIterable<unknown>)[Symbol.asyncIterator]()
    const produce = async () => {
      for (let count = 1; ; count += 1) {
        const next = await iterator.next()
        if (next.done === true || signal.aborted) return
        const item = checked(served, name, def.item, next.value)
        const bytes = jsonBytesAtMost(item, MAX_ITEM_BYTES)
        if (bytes > MAX_ITEM_BYTES && exceedsJsonBytes(item, MAX_ITEM_BYTES))
          throw tooLarge(`An item of ${name}`)
        box.push({ item, bytes })
        if (box.full || box.size >= BATCH_ITEMS) flush()
        else schedule()
        const room = box.room()
        if (room) await room
        // A producer that never waits would keep timers and the reader's credit from being
        // heard, and then lose items to a reader who is not slow at all.
        if (count % BATCH_ITEMS === 0) await new Promise((resolve) => setImmediate(resolve))
        if (signal.aborted) return
      }
    }
    // What is queued reaches the reader before it is told of the end, a good or a bad one.
    const drain = async () => {
      if (box.size === 0 || signal.aborted) return
      await new Promise<void>((resolve) => {
        onEmpty = resolve
        entry.wake?.()
      })
    }
    try {
      await untilAborted(produce().finally(drain), signal)
      send({ t: 'end', id })
    } finally {
      clearTimeout(timer)
      box.release()
      onEmpty?.()
      // Not awaited: a producer that is stuck must not keep the session from ending.
      void Promise.resolve(iterator.return?.()).catch((error: unknown) =>
        served.log(`${name}, ending`, error),
      )
    }
  }

  /** One frame, or several where one would be larger than a carrier takes. */
  function sendItems(id: number, sized: Sized[], dropped: number): void {
    let items: unknown[] = []
    let bytes = 0
    let lost = dropped
    const cut = () => {
      send(lost > 0 ? { t: 'items', id, items, dropped: lost } : { t: 'items', id, items })
      items = []
      bytes = 0
      lost = 0
    }
    for (const next of sized) {
      if (items.length > 0 && bytes + next.bytes > MAX_ITEM_BYTES) cut()
      items.push(next.item)
      bytes += next.bytes + 1
    }
    cut()
  }
}

function tooLarge(what: string): AppError {
  return new AppError('rpc/too-large', `${what} is larger than ${MAX_FRAME_BYTES / 1024} KiB.`, {
    hint: 'Ask for less at once.',
    detail: { limitBytes: MAX_FRAME_BYTES },
  })
}

/** The entry a frame may use, or the coded reason why not. */
function admit(served: Served, session: Session, name: string, kind: 'call' | 'open'): EntryDef {
  // hasOwn: `constructor` and `__proto__` are not entries.
  const def = Object.hasOwn(served.contract, name) ? served.contract[name] : undefined
  if (!def) {
    const near = nearest(name.slice(0, 100), Object.keys(served.contract))
    throw new AppError('rpc/unknown', `There is no request or stream "${name.slice(0, 100)}".`, {
      hint: near === undefined ? 'See docs/contract.md for the names.' : `Did you mean "${near}"?`,
    })
  }
  if ((def.kind === 'request') !== (kind === 'call'))
    throw new AppError('rpc/unknown', `"${name}" is a ${def.kind}.`, {
      hint: def.kind === 'stream' ? `Use: porthole watch ${name}` : `Use: porthole call ${name}`,
    })
  if (!session.access.has(def.access))
    throw new AppError(
      'rpc/denied',
      `"${name}" needs ${def.access} access, which this session does not have.`,
      {
        hint:
          def.access === 'admin'
            ? 'Use the desktop window, or start "porthole serve" with --allow-admin.'
            : 'This server was started with --read-only.',
        detail: { access: def.access },
      },
    )
  return def
}

function parseInput(def: EntryDef, name: string, input: unknown): unknown {
  const parsed = def.input.safeParse(input ?? {})
  if (parsed.success) return parsed.data
  const first = parsed.error.issues[0]
  const where = first && first.path.length > 0 ? first.path.map(String).join('.') : 'input'
  throw new AppError('rpc/bad-input', `${name}: ${where}: ${first?.message ?? 'not accepted'}`, {
    hint: 'docs/contract.md lists what each entry takes.',
    detail: { field: where },
  })
}

function checked(served: Served, name: string, schema: EntryDef['input'], value: unknown): unknown {
  if (served.validateOutput !== true) return value
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new Error(`${name} answered against its own schema: ${parsed.error.message}`)
  return parsed.data
}

/** The value of `work`, or the abort reason as soon as the signal fires. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error)
    if (signal.aborted) {
      work.catch(() => {})
      onAbort()
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(
      (value) => {
        signal.removeEventListener('abort', onAbort)
        resolve(value)
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort)
        reject(error as Error)
      },
    )
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function frameId(frame: unknown): number | undefined {
  const id = isRecord(frame) ? frame['id'] : undefined
  return Number.isSafeInteger(id) && (id as number) >= 0 ? (id as number) : undefined
}

/** What is wrong with a frame's shape; a client may send anything. */
function frameFault(frame: unknown): string | undefined {
  if (!isRecord(frame)) return 'A frame is a JSON object.'
  if (frameId(frame) === undefined) return 'A frame needs an id.'
  switch (frame['t']) {
    case 'call':
    case 'open':
      return typeof frame['name'] === 'string' ? undefined : 'A call needs a name.'
    case 'more':
      return Number.isSafeInteger(frame['n']) && (frame['n'] as number) > 0
        ? undefined
        : 'Credit is a whole number above 0.'
    case 'stop':
      return undefined
    default:
      return 'A frame is one of call, open, more, stop.'
  }
}
