import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { useEngine } from '../../app/engine'
import type { StorageKind } from '../../app/storage/kinds'
import { useScan } from '../../app/storage/scan'
import { useAsk } from '../../remote/use-ask'
import type { UsagePart } from './parts'

/** As long as the contract lets the engine count, in milliseconds. */
const USAGE_MS = 600_000

/**
 * What the Storage page knows: the engine's own figures, what was before, what lies aside, and which
 * owners the reader looks at. Stays while the reader is on another page.
 */
export const useStorage = defineStore('storage', () => {
  const engine = useEngine()
  const scan = useScan()
  const usage = useAsk('storage.usage', { timeoutMs: USAGE_MS })
  const history = useAsk('storage.history')
  const quarantine = useAsk('storage.quarantine')

  /** Kinds the owners are narrowed to; undefined for all. */
  const focus = shallowRef<readonly StorageKind[]>()
  /** The stretch of the bar that is told about. */
  const told = ref<UsagePart['part']>()
  const view = ref<'map' | 'list'>('map')
  const text = ref('')

  /** Asks the engine to count, then what follows from that. */
  async function count(): Promise<void> {
    await usage.ask({})
    await Promise.all([history.ask({}), quarantine.ask({})])
  }

  /** What an opened page shows: the past at once, the count where there is none yet. */
  async function open(): Promise<void> {
    void scan.recall()
    if (usage.data.value !== undefined || usage.since.value !== undefined) return
    void history.ask({})
    await count()
  }

  /** Walks the disk, and then the engine's figures beside it. */
  async function walk(options: { fresh?: boolean } = {}): Promise<void> {
    await scan.start(options)
    if (!scan.failure && !scan.stopped && engine.connected) await count()
  }

  watch(
    () => engine.link?.endpoint,
    (_now, before) => {
      if (before === undefined) return
      for (const ask of [usage, history, quarantine]) ask.clear()
      focus.value = undefined
      told.value = undefined
    },
  )

  const reclaimableBytes = computed(() =>
    usage.data.value?.kinds.reduce((sum, kind) => sum + kind.reclaimableBytes, 0),
  )
  return {
    usage: usage.data,
    usageFailure: usage.failure,
    usageSince: usage.since,
    usageAt: usage.at,
    stopCounting: usage.stop,
    history: history.data,
    historyFailure: history.failure,
    quarantine: quarantine.data,
    askQuarantine: () => quarantine.ask({}),
    reclaimableBytes,
    focus,
    told,
    view,
    text,
    open,
    count,
    walk,
  }
})
