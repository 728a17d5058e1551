import { defineStore } from 'pinia'
import { ref, shallowRef, watch } from 'vue'
import { useConnection } from '../../remote/connection'
import { toFailure, type Failure } from '../../remote/failure'
import type { OpenedImage } from './opened'
import type { Analysis, Progress } from './reading'

/** An archive on disk that was read, and the image in it that was meant. */
export interface OpenArchive extends OpenedImage {
  path: string
  analysis: Analysis
}

/**
 * Image archives that were opened from disk. They stay while this window and the core do; the engine
 * knows nothing of them.
 */
export const useArchives = defineStore('image-archives', () => {
  const connection = useConnection()
  const list = shallowRef<readonly OpenArchive[]>([])
  const progress = shallowRef<Progress>()
  const failure = shallowRef<Failure>()
  const reading = ref(false)
  let current: AbortController | undefined

  /** Reads an archive; gives it once all of it is read, and nothing where that failed or was stopped. */
  async function open(path: string, image?: string): Promise<OpenArchive | undefined> {
    const { client } = connection
    stop()
    failure.value = undefined
    progress.value = undefined
    if (!client) return undefined
    const mine = new AbortController()
    current = mine
    reading.value = true
    try {
      const input = image === undefined ? { path } : { path, image }
      for await (const { items } of client.watch('archive.analyze', input, { signal: mine.signal })) {
        const last = items.at(-1)
        if (!last || current !== mine) continue
        if (last.state === 'reading') progress.value = last
        else return keep({ id: last.id, tags: last.tags ?? [], path, analysis: last })
      }
    } catch (reason) {
      const why = toFailure(reason)
      if (current === mine && why.code !== 'rpc/cancelled') failure.value = why
    } finally {
      if (current === mine) {
        current = undefined
        reading.value = false
      }
    }
    return undefined
  }

  function keep(archive: OpenArchive): OpenArchive {
    list.value = [archive, ...list.value.filter(({ id }) => id !== archive.id)]
    return archive
  }

  function stop(): void {
    current?.abort()
    current = undefined
    reading.value = false
  }

  function close(id: string): void {
    list.value = list.value.filter((one) => one.id !== id)
  }

  function find(id: string): OpenArchive | undefined {
    return list.value.find((one) => one.id === id)
  }

  /** Forgets what went wrong last. */
  function forget(): void {
    failure.value = undefined
    progress.value = undefined
  }

  // Another start of the core has read none of them.
  watch(
    () => connection.session?.instance,
    (_now, before) => {
      if (before !== undefined) list.value = []
    },
  )

  return { list, progress, failure, reading, open, stop, close, find, forget }
})
