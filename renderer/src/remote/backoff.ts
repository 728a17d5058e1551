const FIRST_MS = 500
const LONGEST_MS = 10_000

/**
 * Milliseconds to wait before attempt number `attempt` (from 0): 0.5 s doubling to 10 s, of which
 * up to a fifth is left out at random so that many windows do not knock at the same moment.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(FIRST_MS * 2 ** Math.min(attempt, 10), LONGEST_MS)
  return Math.round(full * (1 - random() * 0.2))
}

/** Waits; resolves early when the signal fires. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
