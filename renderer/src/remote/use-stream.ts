import { useDocumentVisibility } from '@vueuse/core'
import {
  computed,
  ref,
  shallowRef,
  toValue,
  watch,
  type MaybeRefOrGetter,
  type Ref,
  type ShallowRef,
} from 'vue'
import type { InputOf, ItemOf, StreamName } from '../../../electron/contract/contract'
import type { Client } from '../../../electron/rpc/client'
import { backoffMs, wait } from './backoff'
import { useConnection } from './connection'
import { toFailure, type Failure } from './failure'
import { RESUME } from './resume'

/** `idle`: nobody looks; `open`: items come when there are any; `lost`: the link is down. */
export type StreamState = 'idle' | 'open' | 'lost' | 'failed'

/** Where a cursor stream was left; kept in a store it outlives the page that opened it. */
export interface Cursor {
  /** Start of the core that counted `seq`. */
  instance?: string
  seq?: number
}

export interface StreamOptions<T> {
  onBatch(items: T[], dropped: number): void
  /** What came before no longer joins on: another start of the core, or another input. */
  onReset?(): void
  active?: MaybeRefOrGetter<boolean>
  /** Stays open while the window is hidden. */
  background?: boolean
  cursor?: Cursor
}

export interface StreamHandle {
  state: Ref<StreamState>
  /** Items lost because this page was slow. */
  dropped: Ref<number>
  error: ShallowRef<Failure | undefined>
}

/** Codes that another attempt cannot cure. */
const FINAL = new Set(['rpc/denied', 'rpc/unknown', 'rpc/bad-input'])

/**
 * Reads a stream while its owner lives and someone looks, and takes it up again after a cut by
 * the stream's own rule: behind the last `seq` where the core is the same one, else anew.
 */
export function useStream<K extends StreamName>(
  name: K,
  input: MaybeRefOrGetter<InputOf<K>>,
  options: StreamOptions<ItemOf<K>>,
): StreamHandle {
  const connection = useConnection()
  const visibility = useDocumentVisibility()
  const state = ref<StreamState>('idle')
  const dropped = ref(0)
  const error = shallowRef<Failure>()
  const cursor = options.cursor ?? {}
  const wanted = computed(
    () =>
      (toValue(options.active) ?? true) && (options.background === true || visibility.value === 'visible'),
  )
  const key = computed(() => JSON.stringify(toValue(input)))

  watch(
    [() => connection.client, wanted, key],
    ([client, isWanted, nextKey], [, , lastKey], onCleanup) => {
      if (lastKey !== undefined && nextKey !== lastKey) forget()
      if (!isWanted || !client) {
        state.value = isWanted ? 'lost' : 'idle'
        return
      }
      const abort = new AbortController()
      onCleanup(() => abort.abort())
      void follow(client, abort.signal)
    },
    { immediate: true },
  )

  function forget(): void {
    delete cursor.seq
    options.onReset?.()
  }

  /** The input to open with: behind what was seen, where that still means something. */
  function resumed(): InputOf<K> {
    const whole = toValue(input) as Record<string, unknown>
    const instance = connection.session?.instance
    if (RESUME[name] !== 'cursor' || instance === undefined) return whole as InputOf<K>
    if (cursor.instance !== undefined && cursor.instance !== instance) forget()
    cursor.instance = instance
    if (cursor.seq === undefined) return whole as InputOf<K>
    const { since: _since, tail: _tail, ...rest } = whole
    return { ...rest, after: cursor.seq } as InputOf<K>
  }

  async function follow(client: Client, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted && !client.closed; attempt += 1) {
      try {
        state.value = 'open'
        for await (const batch of client.watch(name, resumed(), { signal })) {
          if (signal.aborted) return
          attempt = 0
          error.value = undefined
          const last = batch.items.at(-1) as { seq?: unknown } | undefined
          if (typeof last?.seq === 'number') cursor.seq = last.seq
          dropped.value += batch.dropped
          options.onBatch(batch.items, batch.dropped)
        }
        if (signal.aborted) return
      } catch (reason) {
        if (signal.aborted) return
        const failure = toFailure(reason)
        if (failure.code === 'rpc/disconnected') {
          state.value = 'lost'
          return
        }
        error.value = failure
        state.value = 'failed'
        if (FINAL.has(failure.code)) return
      }
      await wait(backoffMs(attempt), signal)
    }
  }

  return { state, dropped, error }
}
