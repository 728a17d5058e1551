interface Work<T, P> {
  readonly stop: AbortController
  readonly result: Promise<T>
  readonly followers: Set<(progress: P) => void>
  waiting: number
  last: P | undefined
}

/**
 * Work that several may ask for at once and that is done once: all are told how far it is, and it is stopped
 * when nobody waits for it any more.
 */
export class SharedWork<T, P> {
  readonly #running = new Map<string, Work<T, P>>()

  /** Throws what the work throws, and what the signal says when this one leaves. */
  async join(
    key: string,
    work: (tell: (progress: P) => void, signal: AbortSignal) => Promise<T>,
    onProgress: (progress: P) => void,
    signal: AbortSignal,
  ): Promise<T> {
    signal.throwIfAborted()
    const running = this.#running.get(key) ?? this.#start(key, work)
    if (running.last !== undefined) onProgress(running.last)
    running.followers.add(onProgress)
    running.waiting += 1
    let leave: (() => void) | undefined
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(signal.reason as Error)
      signal.addEventListener('abort', leave)
    })
    try {
      return await Promise.race([running.result, left])
    } finally {
      if (leave !== undefined) signal.removeEventListener('abort', leave)
      running.followers.delete(onProgress)
      running.waiting -= 1
      if (running.waiting === 0) {
        // Whoever comes now begins anew: this one is about to end.
        if (this.#running.get(key) === running) this.#running.delete(key)
        running.stop.abort()
      }
    }
  }

  #start(key: string, work: (tell: (progress: P) => void, signal: AbortSignal) => Promise<T>): Work<T, P> {
    const stop = new AbortController()
    const followers = new Set<(progress: P) => void>()
    const tell = (progress: P): void => {
      running.last = progress
      for (const follow of followers) follow(progress)
    }
    // Begins a moment later, when what it tells can be kept.
    const result = Promise.resolve().then(() => work(tell, stop.signal))
    const running: Work<T, P> = { stop, result, followers, waiting: 0, last: undefined }
    this.#running.set(key, running)
    const end = (): void => {
      if (this.#running.get(key) === running) this.#running.delete(key)
    }
    result.then(end, end)
    return running
  }
}
