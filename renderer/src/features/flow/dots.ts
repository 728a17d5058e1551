/** A request on its way, or an answer on its way back. */
export interface Dot {
  /** Where it begins and ends, as a share of the road's length. */
  from: number
  to: number
  failed: boolean
  /** Milliseconds by the page's clock. */
  startedAt: number
}

/** One way takes this long, in milliseconds, however far it is: what is near is seen as well. */
export const TRAVEL_MS = 700
/** Dots that are drawn one by one; more of them are a stream, and the road's width tells of it. */
export const MAX_DOTS = 60

/** The dots on the road. More than can be told apart are counted and not drawn. */
export class Dots {
  #dots: Dot[] = []
  /** When each of the last second's requests began. */
  #starts: number[] = []

  get size(): number {
    return this.#dots.length
  }

  /** Puts dots on the road, as many as there is room for. */
  add(dots: readonly Dot[]): void {
    this.#dots.push(...dots.slice(0, Math.max(0, MAX_DOTS - this.#dots.length)))
  }

  /** Counts requests for {@link rate}. */
  count(requests: number, now: number): void {
    // Ten thousand say "very many" as well as more would.
    for (let n = 0; n < requests && this.#starts.length < 10_000; n += 1) this.#starts.push(now)
  }

  /** Requests that began within the last second. */
  rate(now: number): number {
    const first = this.#starts.findIndex((at) => at > now - 1_000)
    this.#starts = first === -1 ? [] : this.#starts.slice(first)
    return this.#starts.length
  }

  /** Where each dot is now, 0 to 1; those that have arrived are taken off. */
  places(now: number): { at: number; failed: boolean }[] {
    this.#dots = this.#dots.filter(({ startedAt }) => now - startedAt < TRAVEL_MS)
    return this.#dots.map(({ from, to, startedAt, failed }) => {
      const part = Math.max(0, (now - startedAt) / TRAVEL_MS)
      const eased = part < 0.5 ? 2 * part * part : 1 - (2 - 2 * part) ** 2 / 2
      return { at: from + (to - from) * eased, failed }
    })
  }
}
