import type { InputOf, ItemOf, OutputOf, RequestName, StreamName } from '../contract/contract'
import type { WireError } from '../contract/errors'
import { MAX_FRAME_BYTES, type ClientFrame, type HostFrame, type Transport } from '../contract/wire'
import { RemoteError, fromWireError } from './errors'
import { exceedsJsonBytes } from './size'

/** A batch of a stream's items and the number lost before it because this side was slow. */
export interface Batch<T> {
  items: T[]
  dropped: number
}

export interface CallOptions {
  signal?: AbortSignal
  /** Milliseconds; 0 waits for ever. */
  timeoutMs?: number
}

/** The contract, callable. One client speaks over one transport and ends with it. */
export interface Client {
  /** Asks one request. Rejects with a {@link RemoteError}. */
  call<K extends RequestName>(name: K, input: InputOf<K>, options?: CallOptions): Promise<OutputOf<K>>
  /** Opens a stream. Leaving the loop, or the signal, cancels it on the other side. */
  watch<K extends StreamName>(
    name: K,
    input: InputOf<K>,
    options?: { signal?: AbortSignal },
  ): AsyncIterable<Batch<ItemOf<K>>>
  /** Settles everything that is open with `rpc/disconnected` and closes the transport. */
  close(): void
  /** Called once, when the transport is gone. */
  onClose(listener: (reason: WireError) => void): () => void
  readonly closed: boolean
}

/**
 * Longest wait for an answer unless the caller says otherwise, in milliseconds. The host times each
 * request by its own entry; this is for a carrier that died without saying so.
 */
const DEFAULT_TIMEOUT_MS = 330_000

interface Pending {
  onFrame(frame: HostFrame): void
  onGone(error: RemoteError): void
}

/** A client over a transport. */
export function createClient(transport: Transport<ClientFrame, HostFrame>): Client {
  const pending = new Map<number, Pending>()
  const closeListeners = new Set<(reason: WireError) => void>()
  let nextId = 1
  let gone: RemoteError | undefined

  const offFrame = transport.onFrame((frame) => {
    pending.get(frame.id)?.onFrame(frame)
  })
  const offClose = transport.onClose((reason) => lose(reason))

  function lose(reason?: WireError): void {
    if (gone) return
    const why: WireError = reason ?? {
      code: 'rpc/disconnected',
      message: 'The connection to Porthole’s core ended.',
    }
    gone = new RemoteError(why)
    offFrame()
    offClose()
    const entries = [...pending.values()]
    pending.clear()
    for (const entry of entries) entry.onGone(gone)
    for (const listener of closeListeners) listener(why)
  }

  function call(name: string, input: unknown, options: CallOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (gone) {
        reject(gone)
        return
      }
      const { signal } = options
      if (signal?.aborted === true) {
        reject(cancelled())
        return
      }
      const id = nextId++
      const frame: ClientFrame = { t: 'call', id, name, input }
      if (exceedsJsonBytes(frame, MAX_FRAME_BYTES)) {
        reject(tooLarge(name))
        return
      }
      const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
      const timer =
        timeoutMs > 0
          ? setTimeout(() => {
              transport.send({ t: 'stop', id })
              settle(() =>
                reject(
                  new RemoteError({
                    code: 'rpc/timeout',
                    message: `No answer to ${name} within ${timeoutMs / 1000} s.`,
                  }),
                ),
              )
            }, timeoutMs)
          : undefined
      const onAbort = () => {
        transport.send({ t: 'stop', id })
        settle(() => reject(cancelled()))
      }
      const settle = (finish: () => void) => {
        pending.delete(id)
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        finish()
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      pending.set(id, {
        onFrame(frame) {
          if (frame.t === 'ok') settle(() => resolve(frame.value))
          else if (frame.t === 'fail') settle(() => reject(fromWireError(frame.error)))
        },
        onGone: (error) => settle(() => reject(error)),
      })
      transport.send(frame)
    })
  }

  async function* watch(
    name: string,
    input: unknown,
    options: { signal?: AbortSignal } = {},
  ): AsyncGenerator<Batch<unknown>, void, void> {
    const { signal } = options
    if (gone) throw gone
    if (signal?.aborted === true) return
    const id = nextId++
    const frame: ClientFrame = { t: 'open', id, name, input }
    if (exceedsJsonBytes(frame, MAX_FRAME_BYTES)) throw tooLarge(name)
    const queue: Batch<unknown>[] = []
    let finished = false
    let aborted = false
    let failure: RemoteError | undefined
    let wake: (() => void) | undefined
    const note = () => {
      wake?.()
      wake = undefined
    }
    const onAbort = () => {
      aborted = true
      finished = true
      queue.length = 0
      note()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    pending.set(id, {
      onFrame(frame) {
        if (frame.t === 'items') queue.push({ items: frame.items, dropped: frame.dropped ?? 0 })
        else if (frame.t === 'fail') failure = fromWireError(frame.error)
        else if (frame.t === 'end') finished = true
        note()
      },
      onGone(error) {
        failure = error
        note()
      },
    })
    transport.send(frame)
    let ended = false
    try {
      for (;;) {
        const batch = queue.shift()
        if (batch) {
          yield batch
          // Credit is granted for what was really taken: a slow reader slows the sender.
          if (!gone && !finished && failure === undefined)
            transport.send({ t: 'more', id, n: batch.items.length })
          continue
        }
        if (failure) {
          ended = true
          throw failure
        }
        if (finished) {
          ended = !aborted
          return
        }
        await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      pending.delete(id)
      signal?.removeEventListener('abort', onAbort)
      if (!ended && !gone) transport.send({ t: 'stop', id })
    }
  }

  return {
    call: call as Client['call'],
    watch: watch as Client['watch'],
    close() {
      lose()
      transport.close()
    },
    onClose(listener) {
      closeListeners.add(listener)
      return () => closeListeners.delete(listener)
    },
    get closed() {
      return gone !== undefined
    },
  }
}

function tooLarge(name: string): RemoteError {
  return new RemoteError({
    code: 'rpc/too-large',
    message: `The input of ${name} is larger than ${MAX_FRAME_BYTES / 1024} KiB.`,
  })
}

function cancelled(): RemoteError {
  return new RemoteError({ code: 'rpc/cancelled', message: 'Cancelled.' })
}
