import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { ItemOf, OutputOf } from '../../../electron/contract/contract'
import { useConnection } from '../remote/connection'
import { useRequest } from '../remote/use-request'
import { useStream } from '../remote/use-stream'

export type EngineLink = ItemOf<'engine.link'>
export type EngineStatus = OutputOf<'engine.status'>
export type LogLink = ItemOf<'daemonLog.link'>

/** What the whole window knows of the daemon: link, status, its log's source, drift. */
export const useEngine = defineStore('engine', () => {
  const connection = useConnection()
  const link = shallowRef<EngineLink>()
  const log = shallowRef<LogLink>()
  const fileState = shallowRef<ItemOf<'config.watch'>>()
  // Asked as soon as the store is made, which is before anything is drawn.
  const request = useRequest('engine.status', {})
  /**
   * The status has been answered, well or not. What the core has to load more for is asked then:
   * before, it would keep the status from being shown.
   */
  const answered = computed(() => request.at.value !== undefined || request.error.value !== undefined)

  /** Follows the daemon while the caller's scope lives. */
  function connect(): void {
    useStream(
      'engine.link',
      {},
      {
        background: true,
        onBatch(items) {
          link.value = items.at(-1)
        },
      },
    )
    useStream('daemonLog.link', {}, { active: answered, onBatch: (items) => (log.value = items.at(-1)) })
    useStream('config.watch', {}, { active: answered, onBatch: (items) => (fileState.value = items.at(-1)) })
    // What comes first is no change: the status is on its way already.
    watch([() => link.value?.state, () => link.value?.endpoint], (_now, [before]) => {
      if (before !== undefined) void request.refresh()
    })
    watch(fileState, (_now, before) => {
      if (before !== undefined) void request.refresh()
    })
  }

  const carrierUp = computed(() => connection.state === 'ready')
  const connected = computed(() => carrierUp.value && link.value?.state === 'connected')
  const lastGood = shallowRef<EngineStatus>()
  watch(request.data, (now) => {
    if (now?.engine || now?.endpoint !== lastGood.value?.endpoint) lastGood.value = now
  })
  /** Last known status: with the engine's own words for as long as there were any. */
  const status = computed(() => lastGood.value)
  const engine = computed(() => status.value?.engine)
  const drift = computed(() => fileState.value?.drift ?? [])
  /** The present picture is of another time: grey it. */
  const stale = computed(
    () => connection.state !== 'connecting' && link.value !== undefined && !connected.value,
  )
  /** Since when it is stale, milliseconds since 1970. */
  const staleSince = computed(() =>
    carrierUp.value && link.value ? new Date(link.value.since).getTime() : connection.since,
  )

  return {
    connect,
    link,
    log,
    fileState,
    drift,
    status,
    statusAt: request.at,
    statusError: request.error,
    refreshStatus: request.refresh,
    answered,
    engine,
    connected,
    stale,
    carrierUp,
    staleSince,
  }
})

/** `unix:///run/docker.sock` as people say it: `/run/docker.sock`. */
export function shortEndpoint(url: string): string {
  return url.replace(/^unix:\/\//, '')
}
