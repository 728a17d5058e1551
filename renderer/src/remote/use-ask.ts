import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { InputOf, OutputOf, RequestName } from '../../../electron/contract/contract'
import { useConnection } from './connection'
import { toFailure, type Failure } from './failure'

export interface AskHandle<K extends RequestName> {
  /** The last answer; kept while the next one is waited for. */
  data: ShallowRef<OutputOf<K> | undefined>
  failure: ShallowRef<Failure | undefined>
  /** Since when an answer is waited for, milliseconds since 1970. */
  since: Ref<number | undefined>
  /** When `data` came, milliseconds since 1970. */
  at: Ref<number | undefined>
  /** Asks now; what was under way is given up. Gives the answer, or nothing where there is none. */
  ask(input: InputOf<K>): Promise<OutputOf<K> | undefined>
  /** Gives up what is under way. */
  stop(): void
  /** Forgets everything. */
  clear(): void
}

/**
 * A request that costs something: asked when somebody wants to know, and never by itself. Ends with
 * the component or store that made it. `timeoutMs` is the longest wait, as the contract has it.
 */
export function useAsk<K extends RequestName>(name: K, options: { timeoutMs?: number } = {}): AskHandle<K> {
  const connection = useConnection()
  const data = shallowRef<OutputOf<K>>()
  const failure = shallowRef<Failure>()
  const since = ref<number>()
  const at = ref<number>()
  let current: AbortController | undefined

  async function ask(input: InputOf<K>): Promise<OutputOf<K> | undefined> {
    const { client } = connection
    stop()
    if (!client) return undefined
    const mine = new AbortController()
    current = mine
    since.value = Date.now()
    failure.value = undefined
    try {
      const answer = await client.call(name, input, { signal: mine.signal, ...options })
      if (current !== mine) return undefined
      data.value = answer
      at.value = Date.now()
      return answer
    } catch (reason) {
      const why = toFailure(reason)
      // The connection has its own banner, and who gave up knows it.
      if (current === mine && why.code !== 'rpc/disconnected' && why.code !== 'rpc/cancelled')
        failure.value = why
      return undefined
    } finally {
      if (current === mine) {
        current = undefined
        since.value = undefined
      }
    }
  }

  function stop(): void {
    current?.abort()
    current = undefined
    since.value = undefined
  }

  function clear(): void {
    stop()
    data.value = undefined
    failure.value = undefined
    at.value = undefined
  }

  onScopeDispose(stop)
  return { data, failure, since, at, ask, stop, clear }
}
