import type { LogLine } from './parse'

/** Lines that are kept for readers who come later. */
export const RING_LINES = 20_000
/** And never more than this many characters of them. */
export const RING_CHARACTERS = 32 * 1024 * 1024

/**
 * The last lines of the log, numbered without holes from 1. Readers hold no place in it: each
 * keeps the number of the line it saw last, and asks again after each wake.
 */
export class LogRing {
  readonly #lines: (KeptLine | undefined)[] = []
  #first = 1
  #next = 1
  #characters = 0

  constructor(
    readonly capacity = RING_LINES,
    readonly maxCharacters = RING_CHARACTERS,
  ) {}

  /** Number of the oldest line here; greater than `last` when there is none. */
  get first(): number {
    return this.#first
  }

  get last(): number {
    return this.#next - 1
  }

  /** Adds a line and numbers it. `at` is its time in milliseconds since 1970. */
  push(line: Omit<LogLine, 'seq'>, at: number): void {
    const cost = line.raw.length * 2
    while (this.#next - this.#first >= this.capacity) this.#drop()
    this.#lines[this.#next % this.capacity] = { line: { seq: this.#next, ...line }, at, cost }
    this.#next += 1
    this.#characters += cost
    while (this.#characters > this.maxCharacters && this.#first < this.last) this.#drop()
  }

  at(seq: number): KeptLine | undefined {
    return seq < this.#first || seq >= this.#next ? undefined : this.#lines[seq % this.capacity]
  }

  /** Forgets all lines; numbers go on. */
  clear(): void {
    while (this.#first < this.#next) this.#drop()
  }

  #drop(): void {
    const slot = this.#first % this.capacity
    this.#characters -= this.#lines[slot]?.cost ?? 0
    this.#lines[slot] = undefined
    this.#first += 1
  }
}

export interface KeptLine {
  line: LogLine
  at: number
  cost: number
}
