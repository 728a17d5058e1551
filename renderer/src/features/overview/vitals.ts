import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { ItemOf } from '../../../../electron/contract/contract'
import { useStream } from '../../remote/use-stream'

export type Vitals = ItemOf<'engine.vitals'>

/** Readings kept: three minutes at one every two seconds. */
export const VITALS_KEPT = 90
const EVERY_MS = 2_000

/** dockerd's CPU, memory, descriptors and goroutines over the last minutes. */
export const useVitals = defineStore('vitals', () => {
  const samples = shallowRef<readonly Vitals[]>([])

  /** Reads while the caller's scope lives and the window is looked at. */
  function connect(): void {
    useStream(
      'engine.vitals',
      { everyMs: EVERY_MS },
      {
        onBatch(items) {
          samples.value = [...samples.value, ...items].slice(-VITALS_KEPT)
        },
      },
    )
  }

  return { samples, connect }
})
