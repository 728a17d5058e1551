/**
 * Work that tells how far it is, as items to read: only the newest counts while a reader is slow, and
 * the last is never left out. The work is stopped when the reader leaves.
 */
export class Progressing<T> {
  readonly #stop = new AbortController()
  readonly #work: Promise<void>
  #newest: T | undefined
  #ended = false
  #wake: (() => void) | undefined

  constructor(work: (tell: (item: T) => void, signal: AbortSignal) => Promise<void>, signal: AbortSignal) {
    const tell = (item: T): void => {
      this.#newest = item
      this.#wake?.()
    }
    this.#work = work(tell, AbortSignal.any([signal, this.#stop.signal])).finally(() => {
      this.#ended = true
      this.#wake?.()
    })
    // Whoever leaves in the middle is told by the signal, not by this promise.
    this.#work.catch(() => undefined)
  }

  /** Ends with the work; throws what the work throws. */
  async *items(): AsyncGenerator<T> {
    try {
      for (;;) {
        const item = this.#newest
        this.#newest = undefined
        if (item !== undefined) yield item
        else if (this.#ended) break
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
      await this.#work
    } finally {
      this.#stop.abort()
    }
  }
}
