import { Wake } from '../wake'

export interface Reader {
  tail: number
  after?: number | undefined
}

/**
 * Readings over time, the newest `keep` of them. They are taken while somebody reads, once for all
 * readers, and are still there for whoever comes later.
 */
export class History<T extends object> {
  readonly #keep: number
  readonly #take: (signal: AbortSignal) => AsyncIterable<T>
  readonly #wake = new Wake()
  #kept: (T & { seq: number })[] = []
  #nextSeq = 0
  #readers = 0
  #stop: AbortController | undefined
  #failure: unknown

  /** `take` gives readings at its own pace until its signal fires. */
  constructor(keep: number, take: (signal: AbortSignal) => AsyncIterable<T>) {
    this.#keep = keep
    this.#take = take
  }

  /** Past readings, then those to come; throws what taking them throws. */
  async *watch({ tail, after }: Reader, signal: AbortSignal): AsyncGenerator<T & { seq: number }> {
    let cursor = Math.min(after === undefined ? this.#nextSeq - tail : after + 1, this.#nextSeq)
    this.#enter()
    // Timers here let the process end; a reader that waits keeps it.
    const hold = setInterval(() => undefined, 2 ** 30)
    try {
      while (!signal.aborted) {
        const seen = this.#wake.calls
        const reading = this.#kept.find(({ seq }) => seq >= cursor)
        if (reading) {
          cursor = reading.seq + 1
          yield reading
        } else if (this.#failure !== undefined) throw this.#failure
        else await this.#wake.after(seen, signal)
      }
    } finally {
      clearInterval(hold)
      this.#leave()
    }
  }

  /** Forgets what was read; of another daemon it would say nothing. */
  clear(): void {
    this.#kept = []
  }

  #enter(): void {
    this.#readers += 1
    if (this.#stop) return
    const stop = (this.#stop = new AbortController())
    this.#failure = undefined
    void this.#run(stop)
  }

  #leave(): void {
    this.#readers -= 1
    if (this.#readers > 0) return
    this.#stop?.abort()
    this.#stop = undefined
  }

  async #run(stop: AbortController): Promise<void> {
    try {
      for await (const reading of this.#take(stop.signal)) {
        if (stop.signal.aborted) return
        this.#kept = [...this.#kept, { ...reading, seq: this.#nextSeq }].slice(-this.#keep)
        this.#nextSeq += 1
        this.#wake.all()
      }
    } catch (error) {
      if (this.#stop !== stop) return
      this.#stop = undefined
      this.#failure = error
      this.#wake.all()
    }
  }
}
