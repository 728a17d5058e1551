import type { ItemOf } from '../../contract/contract'
import { Twins } from './twins'

export type FlowRequest = ItemOf<'flow.requests'>
export type Observer = FlowRequest['observedBy'][number]

/** A request as one observer saw it begin. `path` is masked. */
export interface Sighting {
  by: Observer
  method: string
  path: string
  route: string
  /** Milliseconds since 1970. */
  at: number
  /** Of the trace it belongs to, where the observer knows that. */
  traceId?: string
}

/** What may become known of a request after its start. */
export type Update = Partial<Omit<FlowRequest, 'seq' | 'id' | 'method' | 'path' | 'route' | 'startedAt'>>

/** One request in the store; its observers keep it to tell more of it. */
export interface Kept {
  request: FlowRequest
  readonly startedAt: number
}

const KEEP = 20_000

/**
 * The last requests, each where its last update stands: readers hold a number, and one that comes
 * late or is slow meets each request once, as it is by then.
 */
export class RequestStore {
  readonly #slots: (Kept | undefined)[] = []
  readonly #twins = new Twins()
  readonly #keep: number
  readonly #changed: () => void
  #oldest = 1
  #next = 1
  #count = 0

  /** `changed` is called after each update. */
  constructor(changed: () => void, keep = KEEP) {
    this.#changed = changed
    this.#keep = keep
  }

  get oldestSeq(): number {
    return this.#oldest
  }

  get nextSeq(): number {
    return this.#next
  }

  /** What stands at a number: nothing where a later update of the same request took its place. */
  at(seq: number): FlowRequest | undefined {
    return seq < this.#oldest ? undefined : this.#slots[seq % this.#keep]?.request
  }

  /** A request begins; or one that another observer has told of already is seen by this one too. */
  begin(sighting: Sighting, known: Update): Kept {
    const twin = this.#twins.claim(sighting)
    if (twin) {
      const observedBy = [...twin.request.observedBy, sighting.by]
      this.update(twin, { ...newly(twin.request, known), observedBy })
      return twin
    }
    this.#count += 1
    const { by, method, path, route, at } = sighting
    const kept: Kept = {
      startedAt: at,
      request: {
        state: 'unseen',
        ...known,
        seq: 0,
        id: String(this.#count),
        method,
        path,
        route,
        startedAt: new Date(at).toISOString(),
        observedBy: [by],
      },
    }
    if (route === '/_ping') kept.request.healthCheck = true
    this.#twins.add(kept, sighting)
    this.#put(kept)
    return kept
  }

  /** More is known of a request. */
  update(kept: Kept, more: Update): void {
    const { seq } = kept.request
    kept.request = { ...kept.request, ...more }
    // One that was forgotten meanwhile stays so.
    if (this.#slots[seq % this.#keep] !== kept) return
    this.#slots[seq % this.#keep] = undefined
    this.#put(kept)
  }

  /** Forgets all: the daemon is another one. Numbers go on. */
  clear(): void {
    this.#slots.length = 0
    this.#oldest = this.#next
    this.#twins.clear()
  }

  #put(kept: Kept): void {
    if (this.#next - this.#oldest >= this.#keep) this.#oldest += 1
    kept.request = { ...kept.request, seq: this.#next }
    this.#slots[this.#next % this.#keep] = kept
    this.#next += 1
    this.#changed()
  }
}

/** What the first observer did not know: what it measured itself stands. */
function newly(request: FlowRequest, known: Update): Update {
  const more: Update = {}
  for (const [key, value] of Object.entries(known))
    if (key === 'state' ? request.state === 'unseen' : !Object.hasOwn(request, key))
      Object.assign(more, { [key]: value })
  return more
}
