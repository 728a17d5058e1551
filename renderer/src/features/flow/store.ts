import { useThrottleFn } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, markRaw, ref, shallowReactive, shallowRef, watch } from 'vue'
import type { ItemOf } from '../../../../electron/contract/contract'
import { useLiveList } from '../../lib/live-list'
import { compileSearch } from '../../lib/search'
import type { Failure } from '../../remote/failure'
import { useStream, type Cursor } from '../../remote/use-stream'
import { ClientTally } from './clients'
import { hasFailed, isSlow, type FlowRequest } from './reach'

export type FlowObservers = ItemOf<'flow.observers'>
export interface RequestRow {
  kind: 'request'
  key: string
  /** As it is known now; replaced when more is. */
  request: FlowRequest
}
export type FlowRow = RequestRow | { kind: 'dropped'; key: string; count: number }

type Counts = Readonly<Record<string, number>>

export const SHOWN = ['all', 'failed', 'slow'] as const
export type Shown = (typeof SHOWN)[number]

/** What has just begun and what has just ended: what moves on the road. */
export interface Traffic {
  started: readonly FlowRequest[]
  ended: readonly FlowRequest[]
}

/** Requests kept in the page, and how many old ones are asked for at first. */
const KEPT = 10_000
const TAIL = 1_000
/** Milliseconds between two showings of the figures: in a torrent each batch would draw them anew. */
const FIGURES_MS = 200

/** Requests to the engine, live and filtered; stays while the reader is on another page. */
export const useFlow = defineStore('flow', () => {
  const observers = shallowRef<FlowObservers>()
  const methods = ref<string[]>([])
  const shown = ref<Shown>('all')
  const text = ref('')
  const hideOwn = ref(true)
  const hideHealthChecks = ref(false)
  const paused = ref(false)
  const following = ref(true)
  const loaded = ref(false)
  const error = shallowRef<Failure>()
  /** Requests by method, Porthole's own apart. */
  const others = shallowRef<Counts>({})
  const own = shallowRef<Counts>({})
  const traffic = shallowRef<Traffic>({ started: [], ended: [] })
  /** How many have begun and not ended, as far as an end can be seen. */
  const openCount = ref(0)
  const last = shallowRef<FlowRequest>()

  const search = computed(() => compileSearch(text.value.trim(), false))
  const matches = computed(() => {
    const wanted = new Set(methods.value)
    const find = search.value
    const [which, hidesOwn, health] = [shown.value, hideOwn.value, hideHealthChecks.value]
    return (row: FlowRow): boolean => {
      if (row.kind !== 'request') return true
      const { request } = row
      if (hidesOwn && request.own === true) return false
      if (health && request.healthCheck === true) return false
      if (wanted.size > 0 && !wanted.has(request.method)) return false
      if (which === 'failed' && !hasFailed(request)) return false
      if (which === 'slow' && !isSlow(request)) return false
      return find.empty || find.test(haystack(request))
    }
  })
  const list = useLiveList<FlowRow>({ limit: KEPT, matches, paused })
  const cursor: Cursor = {}
  const rows = new Map<string, RequestRow>()
  /** The figures as they are; the refs are as they were shown last. */
  const tally = { others: {} as Record<string, number>, own: {} as Record<string, number> }
  const open = new Set<string>()
  const clients = markRaw(new ClientTally())
  /** Counts how often the figures were shown: who asks is told anew then. */
  const figures = ref(0)
  const showFigures = useThrottleFn(
    () => {
      others.value = { ...tally.others }
      own.value = { ...tally.own }
      openCount.value = open.size
      figures.value += 1
    },
    FIGURES_MS,
    true,
  )

  function take(requests: readonly FlowRequest[], dropped: number): void {
    const fresh: FlowRow[] = []
    const started: FlowRequest[] = []
    const ended: FlowRequest[] = []
    const [first] = requests
    if (dropped > 0 && first) fresh.push({ kind: 'dropped', key: `dropped:${first.seq}`, count: dropped })
    for (const request of requests) {
      const known = rows.get(request.id)
      if (known === undefined) {
        const row = shallowReactive<RequestRow>({ kind: 'request', key: request.id, request })
        rows.set(request.id, row)
        fresh.push(row)
        started.push(request)
      }
      if (request.state !== 'open' && known?.request.state !== request.state) ended.push(request)
      if (request.client !== undefined && known?.request.client === undefined) clients.add(request)
      if (known !== undefined) known.request = request
    }
    list.push(fresh)
    if (started.length < requests.length) list.refilter()
    if (rows.size > 1.2 * KEPT) forgetOld()
    count(started)
    note(started, ended)
    void showFigures()
  }

  function forgetOld(): void {
    rows.clear()
    for (const row of list.all()) if (row.kind === 'request') rows.set(row.key, row)
  }

  function count(started: readonly FlowRequest[]): void {
    for (const { method, own: isOwn } of started) {
      const counts = isOwn === true ? tally.own : tally.others
      counts[method] = (counts[method] ?? 0) + 1
    }
  }
  const counts = computed<Counts>(() => {
    if (hideOwn.value) return others.value
    const all: Record<string, number> = { ...others.value }
    for (const [method, n] of Object.entries(own.value)) all[method] = (all[method] ?? 0) + n
    return all
  })

  function note(started: readonly FlowRequest[], ended: readonly FlowRequest[]): void {
    const seen = (request: FlowRequest): boolean => !(hideOwn.value && request.own === true)
    for (const { id, state } of started.filter(seen)) if (state === 'open') open.add(id)
    for (const { id } of ended) open.delete(id)
    last.value = started.findLast((one) => one.own !== true && one.healthCheck !== true) ?? last.value
    // What was there before the page opened does not travel any more.
    if (loaded.value) traffic.value = { started: started.filter(seen), ended: ended.filter(seen) }
    loaded.value = true
  }

  /** Reads requests while the caller's scope lives and the window is looked at. */
  function connect(): void {
    useStream(
      'flow.observers',
      {},
      {
        onBatch(items) {
          observers.value = items.at(-1)
          // Without an observer nothing is to be waited for.
          loaded.value = true
        },
      },
    )
    const stream = useStream(
      'flow.requests',
      { tail: TAIL },
      {
        cursor,
        onBatch: take,
        onReset() {
          list.clear()
          rows.clear()
          tally.own = {}
          tally.others = {}
          open.clear()
          clients.clear()
          void showFigures()
        },
      },
    )
    watch(stream.error, (failure) => (error.value = failure))
  }

  return {
    connect,
    observers,
    list,
    methods,
    shown,
    text,
    search,
    matches,
    hideOwn,
    hideHealthChecks,
    paused,
    following,
    loaded,
    error,
    counts,
    traffic,
    openCount,
    clients,
    figures,
    last,
  }
})

function haystack({ method, path, client, status, error }: FlowRequest): string {
  return [method, path, client?.process, client?.userAgent, client?.pid, status, error].join(' ')
}
