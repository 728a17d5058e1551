import { createSharedComposable, useNow } from '@vueuse/core'

/** The time to show ages with, one tick a second for the whole page. */
export const useClock = createSharedComposable(() => useNow({ interval: 1_000 }))
