import type { Filterable } from './filters'

/** Events kept for watchers and history. */
const MAX_EVENTS = 20_000
/** Their size together, about: labels are whatever somebody wrote. */
const MAX_BYTES = 64 * 1024 * 1024

/**
 * The last events with their numbers. Watchers hold a cursor into it instead of a queue of their
 * own, so a slow one costs nothing.
 */
export class EventRing {
  readonly #slots: (Filterable | undefined)[] = []
  readonly #sizes: number[] = []
  readonly #maxEvents: number
  readonly #maxBytes: number
  #bytes = 0
  #oldest = 1
  #next = 1

  constructor(maxEvents = MAX_EVENTS, maxBytes = MAX_BYTES) {
    this.#maxEvents = maxEvents
    this.#maxBytes = maxBytes
  }

  /** Oldest number kept; equal to `nextSeq` when there is none. */
  get oldestSeq(): number {
    return this.#oldest
  }

  /** Number the next event gets. */
  get nextSeq(): number {
    return this.#next
  }

  push(event: Omit<Filterable, 'seq'>, bytes: number): Filterable {
    const numbered: Filterable = { seq: this.#next, ...event }
    const slot = this.#next % this.#maxEvents
    if (this.#next - this.#oldest === this.#maxEvents) this.#evict()
    this.#slots[slot] = numbered
    this.#sizes[slot] = bytes
    this.#bytes += bytes
    this.#next += 1
    while (this.#bytes > this.#maxBytes && this.#oldest < this.#next - 1) this.#evict()
    return numbered
  }

  at(seq: number): Filterable | undefined {
    return seq >= this.#oldest && seq < this.#next ? this.#slots[seq % this.#maxEvents] : undefined
  }

  /** Forgets all; numbers go on. */
  clear(): void {
    while (this.#oldest < this.#next) this.#evict()
  }

  #evict(): void {
    const slot = this.#oldest % this.#maxEvents
    this.#slots[slot] = undefined
    this.#bytes -= this.#sizes[slot] ?? 0
    this.#oldest += 1
  }
}
