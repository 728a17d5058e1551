import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { ItemOf } from '../../../../electron/contract/contract'
import { useLiveList } from '../../lib/live-list'
import { compileSearch } from '../../lib/search'
import { useConnection } from '../../remote/connection'
import { toFailure, type Failure } from '../../remote/failure'
import { useStream, type Cursor } from '../../remote/use-stream'

export type EngineEvent = ItemOf<'events.watch'>

/** A line of the list: an event, or a word about what is missing there. */
export type EventRow =
  { kind: 'event'; key: number; event: EngineEvent } | { kind: 'dropped' | 'gap'; key: string; count: number }

/** Events kept in the page; older ones stay with the core. */
export const EVENTS_KEPT = 20_000
const HISTORY = 1_000

/** Live events with what was seen before, filtered; stays while the reader is on another page. */
export const useEvents = defineStore('events', () => {
  const connection = useConnection()
  const types = ref<string[]>([])
  const text = ref('')
  const hideHealthChecks = ref(false)
  const paused = ref(false)
  const following = ref(true)
  const counts = shallowRef<Readonly<Record<string, number>>>({})
  const loaded = ref(false)
  const error = shallowRef<Failure>()

  const search = computed(() => compileSearch(text.value.trim(), false))
  const matches = computed(() => {
    const wanted = new Set(types.value)
    const find = search.value
    const hide = hideHealthChecks.value
    return (row: EventRow): boolean => {
      if (row.kind !== 'event') return true
      const { event } = row
      if (hide && event.healthCheck) return false
      if (wanted.size > 0 && !wanted.has(event.type)) return false
      return find.empty || find.test(haystack(event))
    }
  })
  const list = useLiveList<EventRow>({ limit: EVENTS_KEPT, matches, paused })

  const cursor: Cursor = {}
  let firstSeq = Infinity
  let lastSeq = 0

  function count(events: readonly EngineEvent[]): void {
    const next = { ...counts.value }
    for (const { type } of events) next[type] = (next[type] ?? 0) + 1
    counts.value = next
  }

  function toRows(events: readonly EngineEvent[]): EventRow[] {
    return events.flatMap((event): EventRow[] => [
      ...(event.gapBefore === true ? [{ kind: 'gap', key: `gap:${event.seq}`, count: 0 } as const] : []),
      { kind: 'event', key: event.seq, event },
    ])
  }

  function take(events: readonly EngineEvent[], dropped: number): void {
    const fresh = events.filter(({ seq }) => seq > lastSeq)
    const [first] = fresh
    if (!first) return
    firstSeq = Math.min(firstSeq, first.seq)
    lastSeq = fresh.at(-1)?.seq ?? lastSeq
    count(fresh)
    list.push([
      ...(dropped > 0 ? [{ kind: 'dropped', key: `dropped:${first.seq}`, count: dropped } as const] : []),
      ...toRows(fresh),
    ])
  }

  async function loadHistory(): Promise<void> {
    const { client } = connection
    if (!client) return
    try {
      const { events } = await client.call('events.history', { limit: HISTORY })
      const older = events.filter(({ seq }) => seq < firstSeq).reverse()
      firstSeq = Math.min(firstSeq, older[0]?.seq ?? Infinity)
      lastSeq = Math.max(lastSeq, older.at(-1)?.seq ?? 0)
      // From here a stream that was never read goes on behind the newest that is shown.
      cursor.seq = Math.max(cursor.seq ?? 0, lastSeq)
      count(older)
      list.unshift(toRows(older))
      error.value = undefined
    } catch (reason) {
      error.value = toFailure(reason)
    } finally {
      loaded.value = true
    }
  }

  function reset(): void {
    list.clear()
    counts.value = {}
    firstSeq = Infinity
    lastSeq = 0
    loaded.value = false
  }

  /** Reads events while the caller's scope lives, hidden or not. */
  function connect(): void {
    const stream = useStream(
      'events.watch',
      {},
      {
        background: true,
        cursor,
        onBatch: take,
        onReset: reset,
      },
    )
    watch(
      [() => connection.client, loaded],
      ([client, done]) => {
        if (client && !done) void loadHistory()
      },
      { immediate: true },
    )
    watch(stream.error, (failure) => (error.value = failure))
  }

  return {
    connect,
    list,
    counts,
    types,
    text,
    search,
    hideHealthChecks,
    paused,
    following,
    loaded,
    error,
    retry: loadHistory,
  }
})

function haystack(event: EngineEvent): string {
  const { id, name, attributes } = event.actor
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${value}`)
  return [event.type, event.action, id, name ?? '', ...pairs].join(' ')
}
