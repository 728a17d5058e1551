/**
 * Wakes everyone who waits. Who is woken looks at the shared state again, so that no change is
 * lost however many come between two looks.
 */
export class Wake {
  readonly #waiting = new Set<() => void>()
  #calls = 0

  /** How often `all` was called. */
  get calls(): number {
    return this.#calls
  }

  all(): void {
    this.#calls += 1
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Resolves at the next `all()` or when `signal` fires. */
  next(signal: AbortSignal): Promise<void> {
    return this.after(this.#calls, signal)
  }

  /** Resolves at once when `all` was called since `calls` was `seen`, else as `next` does. */
  after(seen: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#calls !== seen) return Promise.resolve()
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
