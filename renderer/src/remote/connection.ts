import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { OutputOf } from '../../../electron/contract/contract'
import { createClient, type Client } from '../../../electron/rpc/client'
import { backoffMs, wait } from './backoff'
import { CarrierRefused, type OpenCarrier } from './carriers'

export type SessionInfo = OutputOf<'session.get'>
/** `refused` is not tried again by itself: only a person can log in. */
export type CarrierState = 'connecting' | 'ready' | 'lost' | 'refused'

const SESSION_TIMEOUT_MS = 15_000

/**
 * The page's one link to Porthole's core. Keeps a client alive over whatever carrier there is and
 * says how it stands. Nothing is sent before {@link start}.
 */
export const useConnection = defineStore('connection', () => {
  const state = ref<CarrierState>('connecting')
  /** When the present state began, milliseconds since 1970. */
  const since = ref(Date.now())
  const client = shallowRef<Client>()
  const session = shallowRef<SessionInfo>()

  let stopped: AbortController | undefined
  let pause: AbortController | undefined

  function enter(next: CarrierState): void {
    if (state.value === next) return
    state.value = next
    since.value = Date.now()
  }

  /** Connects and stays connected until the returned function is called. */
  function start(open: OpenCarrier): () => void {
    stopped?.abort()
    const stop = new AbortController()
    stopped = stop
    void keep(open, stop.signal)
    return () => stop.abort()
  }

  /** Tries again now instead of when the back-off is over. */
  function retry(): void {
    pause?.abort()
  }

  async function keep(open: OpenCarrier, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        const next = await connect(open)
        if (signal.aborted) {
          next.close()
          return
        }
        attempt = 0
        client.value = next
        enter('ready')
        await closed(next, signal)
        client.value = undefined
        if (signal.aborted) return
        enter('lost')
      } catch (error) {
        enter(error instanceof CarrierRefused ? 'refused' : 'lost')
      }
      pause = new AbortController()
      const either = AbortSignal.any([signal, pause.signal])
      await (state.value === 'refused' ? aborted(either) : wait(backoffMs(attempt), either))
    }
  }

  async function connect(open: OpenCarrier): Promise<Client> {
    const next = createClient(await open())
    try {
      session.value = await next.call('session.get', {}, { timeoutMs: SESSION_TIMEOUT_MS })
      return next
    } catch (error) {
      next.close()
      throw error
    }
  }

  return { state, since, client, session, start, retry }
})

function closed(client: Client, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const off = client.onClose(() => resolve())
    if (client.closed) resolve()
    signal.addEventListener(
      'abort',
      () => {
        off()
        client.close()
        resolve()
      },
      { once: true },
    )
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
