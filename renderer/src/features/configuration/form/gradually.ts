import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** Rows that are made in one go; the rest follows frame by frame, so that no keystroke waits. */
const FIRST = 12
const EACH_FRAME = 8

/** How many of `count` rows may exist yet; begins anew whenever the list is another one. */
export function useGradually(count: () => number, list: () => unknown): Ref<number> {
  const shown = ref(FIRST)
  let frame = 0
  function more(): void {
    if (shown.value >= count()) return
    frame = requestAnimationFrame(() => {
      shown.value += EACH_FRAME
      more()
    })
  }
  watch(
    list,
    () => {
      cancelAnimationFrame(frame)
      shown.value = FIRST
      more()
    },
    { immediate: true },
  )
  watch(count, more)
  onScopeDispose(() => cancelAnimationFrame(frame))
  return shown
}
