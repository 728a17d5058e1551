/**
 * Wakes everyone who waits. Who is woken looks at the shared state again, so that no change is
 * lost however many come between two looks.
 */
export class Wake {
  readonly #waiting = new Set<() => void>()

  all(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Resolves at the next `all()` or when `signal` fires. */
  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(done)
      signal.addEventListener('abort', done)
    })
  }
}
