import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'

export interface LiveList<T> {
  /** What is shown: those that match, oldest first; replaced, never changed in place. */
  visible: ShallowRef<readonly T[]>
  /** Everything kept, oldest first. */
  all(): readonly T[]
  total: Ref<number>
  /** Those that came while it stood still and would be shown. */
  held: Ref<number>
  push(items: readonly T[]): void
  /** Puts older items before the present ones. */
  unshift(items: readonly T[]): void
  /** Items were changed in place: which of them match is asked again. */
  refilter(): void
  clear(): void
}

/** More new items than this between two paints are a torrent: nobody reads them one by one. */
const TORRENT = 50
/** Milliseconds between two paints in a torrent, so that most frames are the reader's. */
const TORRENT_MS = 200

/**
 * A list that grows at its end, filtered, bounded, and painted at most once a frame, in a torrent
 * five times a second. While `paused` it keeps what comes and shows it on resuming.
 */
export function useLiveList<T>(options: {
  /** Most items kept; a tenth of them goes at a time, the oldest. */
  limit: number
  matches: Ref<(item: T) => boolean>
  paused: Ref<boolean>
}): LiveList<T> {
  const { limit, matches, paused } = options
  let items: T[] = []
  const visible = shallowRef<readonly T[]>([])
  const total = ref(0)
  const held = ref(0)
  let fresh: T[] = []
  let whole = false
  let frame: number | undefined
  let paintedAt = 0
  /** Pushed or changed since the last paint. */
  let news = 0

  function paint(now: number): void {
    frame = undefined
    if (news > TORRENT && now - paintedAt < TORRENT_MS) return schedule()
    paintedAt = now
    news = 0
    total.value = items.length
    if (paused.value) {
      held.value += fresh.length
    } else if (whole) {
      visible.value = items.filter(matches.value)
    } else if (fresh.length > 0) {
      visible.value = [...visible.value, ...fresh]
    }
    fresh = []
    if (!paused.value) whole = false
  }

  function schedule(): void {
    frame ??= requestAnimationFrame(paint)
  }

  function repaint(): void {
    whole = true
    schedule()
  }

  watch(matches, repaint)
  watch(paused, (now) => {
    if (now) return
    held.value = 0
    repaint()
  })
  onScopeDispose(() => {
    if (frame !== undefined) cancelAnimationFrame(frame)
  })

  return {
    visible,
    total,
    held,
    all: () => items,
    push(more) {
      news += more.length
      for (const item of more) {
        items.push(item)
        if (matches.value(item)) fresh.push(item)
      }
      if (items.length > limit) {
        items = items.slice(items.length - Math.floor(limit * 0.9))
        whole = true
      }
      // A hidden page gets no frames: what waits for one stays bounded too.
      if (fresh.length > limit) {
        fresh = []
        whole = true
      }
      schedule()
    },
    unshift(older) {
      items = [...older, ...items]
      repaint()
    },
    refilter: repaint,
    clear() {
      items = []
      fresh = []
      held.value = 0
      visible.value = []
      total.value = 0
    },
  }
}
