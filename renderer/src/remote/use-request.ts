import { ref, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref, type ShallowRef } from 'vue'
import type { InputOf, OutputOf, RequestName } from '../../../electron/contract/contract'
import { useConnection } from './connection'
import { toFailure, type Failure } from './failure'

export interface RequestHandle<T> {
  /** The last answer; kept, and shown greyed, while the link is down. */
  data: ShallowRef<T | undefined>
  error: ShallowRef<Failure | undefined>
  loading: Ref<boolean>
  /** When `data` came, milliseconds since 1970. */
  at: Ref<number | undefined>
  /** Asks again. While one is under way, one more follows it and no third. */
  refresh(): Promise<void>
}

/**
 * Asks a request now, whenever its input changes, and again after each reconnect. Ends with the
 * component or store that called it.
 */
export function useRequest<K extends RequestName>(
  name: K,
  input: MaybeRefOrGetter<InputOf<K>>,
  options: { active?: MaybeRefOrGetter<boolean> } = {},
): RequestHandle<OutputOf<K>> {
  const connection = useConnection()
  const data = shallowRef<OutputOf<K>>()
  const error = shallowRef<Failure>()
  const loading = ref(false)
  const at = ref<number>()
  let running: Promise<void> | undefined
  let again = false

  async function ask(): Promise<void> {
    const client = connection.client
    if (!client) return
    loading.value = true
    try {
      data.value = await client.call(name, toValue(input))
      at.value = Date.now()
      error.value = undefined
    } catch (reason) {
      const failure = toFailure(reason)
      // The connection has its own banner; the page keeps what it had.
      if (failure.code !== 'rpc/disconnected') error.value = failure
    } finally {
      loading.value = false
    }
  }

  async function refresh(): Promise<void> {
    if (running) {
      again = true
      return running
    }
    running = (async () => {
      do {
        again = false
        await ask()
      } while (again)
    })().finally(() => {
      running = undefined
    })
    return running
  }

  watch(
    [() => connection.client, () => toValue(options.active) ?? true, () => JSON.stringify(toValue(input))],
    ([client, active]) => {
      if (client && active) void refresh()
    },
    { immediate: true },
  )
  return { data, error, loading, at, refresh }
}
