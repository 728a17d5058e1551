import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { useConnection } from '../../remote/connection'
import { toFailure, type Failure } from '../../remote/failure'
import { useEngine } from '../engine'
import type { StorageScan } from './kinds'

/**
 * The scan of the data-root, for the whole window: it goes on while the reader is on another page,
 * and a later one leaves the picture of the last in place until it is done.
 */
export const useScan = defineStore('scan', () => {
  const connection = useConnection()
  const engine = useEngine()

  /** The newest that was walked to its end. */
  const whole = shallowRef<StorageScan>()
  /** What the present one has seen so far. */
  const partial = shallowRef<StorageScan>()
  /** When `whole` came to be, milliseconds since 1970. */
  const at = ref<number>()
  const running = ref(false)
  const failure = shallowRef<Failure>()
  /** Stopped by the reader before its end: `partial` is all there is. */
  const stopped = ref(false)
  const picture = computed(() => whole.value ?? partial.value)
  let current: AbortController | undefined

  function take(scan: StorageScan): void {
    partial.value = scan
    if (scan.state !== 'done') return
    whole.value = scan
    at.value = Date.parse(scan.finishedAt ?? scan.startedAt)
  }

  async function follow(input: { fresh?: true; known?: true }): Promise<void> {
    const { client } = connection
    if (!client || current) return
    const mine = new AbortController()
    current = mine
    try {
      for await (const { items } of client.watch('storage.scan', input, { signal: mine.signal })) {
        const last = items.at(-1)
        if (last && current === mine) take(last)
      }
    } catch (reason) {
      const why = toFailure(reason)
      if (current === mine && why.code !== 'rpc/disconnected' && input.known === undefined)
        failure.value = why
    } finally {
      if (current === mine) current = undefined
    }
  }

  /** Walks the data-root; `fresh` uses nothing of an earlier scan. */
  async function start({ fresh = false } = {}): Promise<void> {
    if (running.value) return
    current?.abort()
    current = undefined
    running.value = true
    failure.value = undefined
    stopped.value = false
    partial.value = undefined
    await follow(fresh ? { fresh: true } : {})
    running.value = false
  }

  function stop(): void {
    if (!running.value) return
    stopped.value = true
    current?.abort()
  }

  /** Fetches what an earlier scan has seen, where there was one; walks nothing. */
  async function recall(): Promise<void> {
    if (picture.value === undefined && !running.value) await follow({ known: true })
  }

  // Another engine has another disk.
  watch(
    () => engine.link?.endpoint,
    (_now, before) => {
      if (before === undefined) return
      current?.abort()
      whole.value = undefined
      partial.value = undefined
      failure.value = undefined
      stopped.value = false
    },
  )

  return { picture, partial, whole, at, running, failure, stopped, start, stop, recall }
})
