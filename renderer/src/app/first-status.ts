import { whenever } from '@vueuse/core'

/**
 * Tells when the first status stands on the screen: `data-status` on the document for whoever
 * waits for it, a performance mark for whoever measures how long it took.
 */
export function markFirstStatus(rendered: () => boolean): void {
  whenever(
    rendered,
    // A task behind a frame runs when that frame has been painted.
    () =>
      requestAnimationFrame(() =>
        setTimeout(() => {
          document.documentElement.dataset['status'] = 'drawn'
          performance.mark('status-drawn')
        }),
      ),
    { flush: 'post', immediate: true, once: true },
  )
}
