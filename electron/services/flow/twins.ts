import type { Kept, Observer, Sighting } from './requests'

/** How much later than the first the next observer may say a request began, in milliseconds. */
const LATER_MS = 2_000
/** And how much earlier: their clocks are the same, their roundings are not. */
const EARLIER_MS = 100
/** A log may be read this long after it was written. */
const REMEMBER_MS = 60_000
/** Requests remembered at most for each observer that has not seen them yet. */
const REMEMBER = 20_000

/** A trace tells the very instant, and comes when everybody else has told. */
const TRACE_MS = 250

const OBSERVERS: readonly Observer[] = ['trace', 'tap', 'log']

/**
 * Finds the request that another observer saw already.
 *
 * The rule: the same method and the same masked path, begun at most two seconds before (a tenth of a
 * second after) what this observer says, the oldest that it has not claimed yet. dockerd writes its
 * line as it begins with a request, so the lines come in the order of the starts.
 *
 * A trace tells the path without its query and decoded, but its own instant: there the path alone has
 * to be the same, within a quarter of a second; dockerd's lines of 25 and newer name the trace itself.
 *
 * Its limits: of requests that are alike to the letter within two seconds, some through the tap and
 * some beside it, a line may be given to the wrong one; their number stays right. A request that
 * dockerd takes up more than two seconds after it came stands there twice.
 */
export class Twins {
  readonly #unclaimed = new Map<Observer, Map<string, Kept[]>>(
    OBSERVERS.map((observer) => [observer, new Map<string, Kept[]>()]),
  )
  readonly #sizes = new Map<Observer, number>()

  /** The request a sighting is of, unless nobody has told of it. */
  claim({ by, method, path, at, traceId }: Sighting): Kept | undefined {
    const byKey = this.#unclaimed.get(by)
    const key = keyOf(by, method, path)
    const waiting = byKey?.get(key)
    if (!waiting) return undefined
    const [later, earlier] = by === 'trace' ? [TRACE_MS, TRACE_MS] : [LATER_MS, EARLIER_MS]
    const named = traceId === undefined ? -1 : waiting.findIndex(({ request }) => request.traceId === traceId)
    const passed = named < 0 ? waiting.findIndex(({ startedAt }) => startedAt >= at - later) : named
    if (passed < 0) return undefined
    const found = waiting[passed]
    if (!found || (named < 0 && found.startedAt > at + earlier)) return undefined
    // Traces come in the order in which requests end: an older one may still be told of.
    const gone = by === 'trace' ? waiting.splice(passed, 1) : waiting.splice(0, passed + 1)
    this.#grow(by, -gone.length)
    if (waiting.length === 0) byKey?.delete(key)
    return found
  }

  /** A request that the other observers may still tell of. */
  add(kept: Kept, { by, method, path }: Sighting): void {
    for (const [observer, byKey] of this.#unclaimed) {
      if (observer === by) continue
      const key = keyOf(observer, method, path)
      const waiting = byKey.get(key)
      if (waiting) waiting.push(kept)
      else byKey.set(key, [kept])
      this.#grow(observer, 1)
      if ((this.#sizes.get(observer) ?? 0) > REMEMBER) this.#forget(observer, kept.startedAt)
    }
  }

  clear(): void {
    for (const byKey of this.#unclaimed.values()) byKey.clear()
    this.#sizes.clear()
  }

  #grow(observer: Observer, by: number): void {
    this.#sizes.set(observer, (this.#sizes.get(observer) ?? 0) + by)
  }

  /** Those too old to be claimed go; all of them, where even then there are too many. */
  #forget(observer: Observer, now: number): void {
    const byKey = this.#unclaimed.get(observer)
    if (!byKey) return
    let size = 0
    for (const [key, waiting] of byKey) {
      const young = waiting.filter(({ startedAt }) => startedAt > now - REMEMBER_MS)
      if (young.length === 0) byKey.delete(key)
      else byKey.set(key, young)
      size += young.length
    }
    if (size > REMEMBER / 2) {
      byKey.clear()
      size = 0
    }
    this.#sizes.set(observer, size)
  }
}

/** What two sightings of one request have in common, as `observer` can tell it. */
function keyOf(observer: Observer, method: string, path: string): string {
  return `${method} ${observer === 'trace' ? decoded(path.split('?', 1)[0] ?? '') : path}`
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
