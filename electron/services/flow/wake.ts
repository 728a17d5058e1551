/** Wakes everyone who waits; a call in between is not lost, for each holds the count it saw last. */
export class Wake {
  readonly #waiting = new Set<() => void>()
  #calls = 0

  get calls(): number {
    return this.#calls
  }

  all(): void {
    this.#calls += 1
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Resolves at once when `all` was called since `seen`, else at its next call or when `signal` fires. */
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
