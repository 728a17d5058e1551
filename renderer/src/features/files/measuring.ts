import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { useConnection } from '../../remote/connection'
import type { Measure } from './tree'

export interface Measuring {
  measures: ShallowRef<ReadonlyMap<string, Measure>>
  /** The folder that is walked now. */
  path: Ref<string | undefined>
  /** Walks a folder; the one that was under way waits until this is done. */
  add(path: string): void
  /** Walks nothing any more. */
  stop(): void
  clear(): void
}

/**
 * Sizes of opened folders: one at a time, the newest first, filled in as the walk goes. What cannot be
 * walked stays without a size; the listing of it says why.
 */
export function useMeasuring(): Measuring {
  const connection = useConnection()
  const measures = shallowRef<ReadonlyMap<string, Measure>>(new Map())
  const path = ref<string>()
  /** Folders still to walk, the newest last. */
  let waiting: string[] = []
  const done = new Set<string>()
  let current: AbortController | undefined

  async function walk(folder: string): Promise<void> {
    const { client } = connection
    if (!client) return
    const mine = new AbortController()
    current = mine
    path.value = folder
    try {
      for await (const { items } of client.watch('storage.scan', { path: folder }, { signal: mine.signal })) {
        const last = items.at(-1)
        if (!last || current !== mine) continue
        const next = new Map(measures.value)
        for (const { paths, bytes, entries } of last.shares)
          if (paths[0] !== undefined) next.set(paths[0], { bytes, entries })
        next.set(folder, { bytes: last.bytes, entries: last.entries })
        measures.value = next
      }
      if (!mine.signal.aborted) done.add(folder)
    } catch {
      done.add(folder)
    }
    if (current !== mine) return
    current = undefined
    path.value = undefined
    const before = waiting.pop()
    if (before !== undefined) void walk(before)
  }

  function add(folder: string): void {
    if (done.has(folder) || folder === path.value) return
    waiting = waiting.filter((each) => each !== folder)
    const under = path.value
    if (under !== undefined) waiting.push(under)
    current?.abort()
    current = undefined
    void walk(folder)
  }

  function stop(): void {
    waiting = []
    current?.abort()
    current = undefined
    path.value = undefined
  }

  function clear(): void {
    stop()
    done.clear()
    measures.value = new Map()
  }

  onScopeDispose(stop)
  return { measures, path, add, stop, clear }
}
