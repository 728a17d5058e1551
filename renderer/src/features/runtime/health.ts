import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import type { ItemOf } from '../../../../electron/contract/contract'
import { useEngine } from '../../app/engine'
import { useStream, type Cursor } from '../../remote/use-stream'

export type HealthReading = ItemOf<'runtime.health'>
export type MetricsReading = ItemOf<'runtime.metrics'>

/** As many as the core keeps: an hour. */
const KEPT = 240

/**
 * dockerd's health and metrics over the last hour. Read from the first visit of the page on, while the
 * window is looked at, so that there is a past to see at the next visit.
 */
export const useHealth = defineStore('runtimeHealth', () => {
  const engine = useEngine()
  const health = shallowRef<readonly HealthReading[]>([])
  const metrics = shallowRef<readonly MetricsReading[]>([])
  const cursors: { health: Cursor; metrics: Cursor } = { health: {}, metrics: {} }

  useStream(
    'runtime.health',
    {},
    {
      cursor: cursors.health,
      onBatch: (items) => (health.value = [...health.value, ...items].slice(-KEPT)),
      onReset: () => (health.value = []),
    },
  )
  useStream(
    'runtime.metrics',
    {},
    {
      cursor: cursors.metrics,
      onBatch: (items) => (metrics.value = [...metrics.value, ...items].slice(-KEPT)),
      onReset: () => (metrics.value = []),
    },
  )
  // The past of one daemon says nothing of another.
  watch(
    () => engine.link?.endpoint,
    (_now, before) => {
      if (before !== undefined) health.value = metrics.value = []
    },
  )
  return { health, metrics }
})
