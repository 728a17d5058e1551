import type { Overflow } from '../contract/define'

/**
 * Bounded queue between a producer and a reader that grants credit. Memory is bounded by `limit`
 * for `drop-oldest`, by one item for `latest`; for `block`, `push` resolves when there is room again.
 *
 * A ring rather than an array: dropping from the front must not cost the whole queue.
 */
export class Outbox<T> {
  readonly #overflow: Overflow
  readonly #limit: number
  #ring: (T | undefined)[] = []
  #head = 0
  #size = 0
  #dropped = 0
  #roomWaiters: (() => void)[] = []

  constructor(overflow: Overflow, limit: number) {
    this.#overflow = overflow
    this.#limit = overflow === 'latest' ? 1 : Math.max(1, limit)
  }

  get size(): number {
    return this.#size
  }

  /** True while a `block` producer has to wait. */
  get full(): boolean {
    return this.#size >= this.#limit
  }

  /** Adds an item; applies the overflow rule when the queue is full. */
  push(item: T): void {
    if (this.#size === this.#limit && this.#overflow !== 'block') {
      this.#ring[this.#head] = undefined
      this.#head = (this.#head + 1) % this.#ring.length
      this.#size -= 1
      // `latest` means older values are worthless, so losing them is not a loss to report.
      if (this.#overflow === 'drop-oldest') this.#dropped += 1
    }
    if (this.#size === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#size) % this.#ring.length] = item
    this.#size += 1
  }

  /** Takes up to `max` items from the front, with the count of those lost before them. */
  take(max: number): { items: T[]; dropped: number } {
    const count = Math.min(max, this.#size)
    const items: T[] = []
    for (let i = 0; i < count; i += 1) {
      items.push(this.#ring[this.#head] as T)
      this.#ring[this.#head] = undefined
      this.#head = (this.#head + 1) % this.#ring.length
    }
    this.#size -= count
    const dropped = this.#dropped
    this.#dropped = 0
    if (count > 0 && this.#roomWaiters.length > 0) {
      const waiters = this.#roomWaiters
      this.#roomWaiters = []
      for (const wake of waiters) wake()
    }
    return { items, dropped }
  }

  /** Resolves when an item fits; at once unless the rule is `block` and the queue is full. */
  room(): Promise<void> | undefined {
    if (this.#overflow !== 'block' || !this.full) return undefined
    return new Promise((resolve) => this.#roomWaiters.push(resolve))
  }

  /** Lets every waiting producer go on; used when the reader is gone. */
  release(): void {
    const waiters = this.#roomWaiters
    this.#roomWaiters = []
    for (const wake of waiters) wake()
  }

  #grow(): void {
    const next = new Array<T | undefined>(Math.min(this.#limit, Math.max(16, this.#ring.length * 2)))
    for (let i = 0; i < this.#size; i += 1) next[i] = this.#ring[(this.#head + i) % this.#ring.length]
    this.#ring = next
    this.#head = 0
  }
}
