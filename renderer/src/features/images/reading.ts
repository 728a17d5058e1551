import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { InputOf, ItemOf } from '../../../../electron/contract/contract'
import { useConnection } from '../../remote/connection'
import { toFailure, type Failure } from '../../remote/failure'

export type Progress = Extract<ItemOf<'image.analyze'>, { state: 'reading' }>
export type Analysis = Extract<ItemOf<'image.analyze'>, { state: 'done' }>

/** A way to the entries of an engine's image. */
export type Reader = NonNullable<InputOf<'image.analyze'>['reader']>

export interface Reading {
  /** The image that is or was read. */
  image: Ref<string | undefined>
  /** How far it is; undefined before the first word and after the last. */
  progress: ShallowRef<Progress | undefined>
  /** Its end; forgotten when another image is read. */
  analysis: ShallowRef<Analysis | undefined>
  failure: ShallowRef<Failure | undefined>
  running: Ref<boolean>
  /** Stopped by the reader before its end. */
  stopped: Ref<boolean>
  /** Reads the layers of an image, by the cheapest reader or one by name; what was under way is given up. */
  read(image: string, reader?: Reader): Promise<void>
  stop(): void
  clear(): void
}

/** Reads all layers of one image at a time. Ends with the component or store that made it. */
export function useReading(): Reading {
  const connection = useConnection()
  const image = ref<string>()
  const progress = shallowRef<Progress>()
  const analysis = shallowRef<Analysis>()
  const failure = shallowRef<Failure>()
  const running = ref(false)
  const stopped = ref(false)
  let current: AbortController | undefined

  async function read(id: string, reader: Reader = 'auto'): Promise<void> {
    const { client } = connection
    current?.abort()
    if (image.value !== id) analysis.value = undefined
    image.value = id
    progress.value = undefined
    failure.value = undefined
    stopped.value = false
    running.value = client !== undefined
    if (!client) return
    const mine = new AbortController()
    current = mine
    try {
      const batches = client.watch('image.analyze', { image: id, reader }, { signal: mine.signal })
      for await (const { items } of batches) {
        const last = items.at(-1)
        if (!last || current !== mine) continue
        if (last.state === 'reading') progress.value = last
        else analysis.value = last
      }
    } catch (reason) {
      const why = toFailure(reason)
      // The connection has its own banner, and who gave up knows it.
      if (current === mine && why.code !== 'rpc/disconnected' && why.code !== 'rpc/cancelled')
        failure.value = why
    } finally {
      if (current === mine) {
        current = undefined
        running.value = false
        progress.value = undefined
      }
    }
  }

  function stop(): void {
    if (!current) return
    current.abort()
    current = undefined
    stopped.value = true
    running.value = false
    progress.value = undefined
  }

  function clear(): void {
    stop()
    image.value = undefined
    analysis.value = undefined
    failure.value = undefined
    stopped.value = false
  }

  onScopeDispose(() => current?.abort())
  return { image, progress, analysis, failure, running, stopped, read, stop, clear }
}
