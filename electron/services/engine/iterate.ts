/**
 * Turns calls of a listener into an iterable that ends with `signal`. At most `limit` items wait
 * for a slow reader, the oldest go first.
 */
export async function* iterate<T>(
  subscribe: (push: (item: T) => void) => () => void,
  signal: AbortSignal,
  limit = 1_000,
): AsyncGenerator<T> {
  const queue: T[] = []
  let wake: (() => void) | undefined
  const stir = (): void => wake?.()
  const unsubscribe = subscribe((item) => {
    if (queue.length === limit) queue.shift()
    queue.push(item)
    stir()
  })
  signal.addEventListener('abort', stir)
  // Timers and idle sockets here let the process end; a reader that waits keeps it.
  const hold = setInterval(() => undefined, 2 ** 30)
  try {
    while (!signal.aborted) {
      const item = queue.shift()
      if (item !== undefined) yield item
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      wake = undefined
    }
  } finally {
    clearInterval(hold)
    signal.removeEventListener('abort', stir)
    unsubscribe()
  }
}

/** Resolves after `ms`, at once when `signal` aborts. Keeps the process alive. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
}
