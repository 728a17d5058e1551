import type { CallContext, Handlers, Session } from '../contract/contract'
import type { EntryDef, RequestDef, StreamDef } from '../contract/define'
import { AppError } from '../contract/errors'
import {
  BATCH_ITEMS,
  BATCH_MS,
  INITIAL_CREDIT,
  MAX_OPEN,
  type ClientFrame,
  type HostFrame,
  type Transport,
} from '../contract/wire'
import { toWireError } from './errors'
import { Outbox } from './outbox'

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
      const id =
        isRecord(frame) && Number.isSafeInteger(frame['id']) ? (frame['id'] as unknown as number) : -1
      fail(id, new AppError('rpc/bad-frame', bad))
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
      if (def.kind === 'request') await answer(id, def, name, handler, input, context)
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
  ): Promise<void> {
    const work = Promise.resolve(handler(input, context))
    const value = checked(served, name, def.output, await untilAborted(work, context.signal))
    send({ t: 'ok', id, value })
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
    const box = new Outbox<unknown>(def.overflow, def.queueLimit)
    let timer: NodeJS.Timeout | undefined
    let idle: (() => void) | undefined

    const flush = () => {
      timer = undefined
      while (box.size > 0 && entry.credit > 0) {
        if ((transport.bufferedBytes?.() ?? 0) > CARRIER_HIGH_WATER) {
          timer = setTimeout(flush, BATCH_MS)
          return
        }
        const { items, dropped } = box.take(Math.min(entry.credit, BATCH_ITEMS))
        entry.credit -= items.length
        send(dropped > 0 ? { t: 'items', id, items, dropped } : { t: 'items', id, items })
      }
      if (box.size === 0) idle?.()
    }
    entry.wake = () => {
      if (timer === undefined) flush()
    }
    const schedule = () => {
      if (timer === undefined && entry.credit > 0) timer = setTimeout(flush, BATCH_MS)
    }
    signal.addEventListener('abort', () => {
      box.release()
      idle?.()
    })

    const iterator = (handler(input, context) as AsyncIterable<unknown>)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await untilAborted(iterator.next(), signal)
        if (next.done === true) break
        box.push(checked(served, name, def.item, next.value))
        schedule()
        const room = box.room()
        if (room) await untilAborted(room, signal)
      }
      // Let what is queued reach the reader before the end is said.
      if (box.size > 0)
        await untilAborted(new Promise<void>((resolve) => ((idle = resolve), entry.wake?.())), signal)
      send({ t: 'end', id })
    } finally {
      clearTimeout(timer)
      // Not awaited: a producer that is stuck must not keep the session from ending.
      void Promise.resolve(iterator.return?.()).catch((error: unknown) =>
        served.log(`${name} on return`, error),
      )
    }
  }
}

/** The entry a frame may use, or the coded reason why not. */
function admit(served: Served, session: Session, name: string, kind: 'call' | 'open'): EntryDef {
  // hasOwn: `constructor` and `__proto__` are not entries.
  const def = Object.hasOwn(served.contract, name) ? served.contract[name] : undefined
  if (!def)
    throw new AppError('rpc/unknown', `There is no request or stream "${name.slice(0, 100)}".`, {
      hint: 'See docs/contract.md for the names.',
    })
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

/** What is wrong with a frame's shape; a client may send anything. */
function frameFault(frame: unknown): string | undefined {
  if (!isRecord(frame)) return 'A frame is a JSON object.'
  if (!Number.isSafeInteger(frame['id']) || (frame['id'] as number) < 0) return 'A frame needs an id.'
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
