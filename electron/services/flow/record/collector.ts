import type { z } from 'zod'
import type { RecordingCounts } from '../../../contract/subjects/recording'
import { withinBytes, type EngineProcess, type Topology } from '../../topology'
import type { FlowRequest } from '..'
import type { RecordingEntry } from './format'
import type { RecordingDependencies } from './index'

/** Milliseconds between looks at the processes that no event asks for. */
const LOOK_MS = 5_000
/** Milliseconds that a request waits for more to become known of it, so that it is written once. */
const GATHER_MS = 250
/** Requests whose spans are kept. */
const MOST_TRACED = 500
/** Bytes of processes and sockets that one picture of them takes. */
const PICTURE_BYTES = 100 * 1024

/** Where what is seen goes; false when there is no room for it. */
type Put = (entry: RecordingEntry) => boolean

/** Follows every observer there is for as long as a recording runs, and hands on what they tell. */
export class Collector {
  readonly counts: z.output<typeof RecordingCounts> = { requests: 0, events: 0, lines: 0, processes: 0 }
  readonly seenBy = new Set<FlowRequest['observedBy'][number]>()
  readonly #seen = new Set<string>()
  readonly #traced = new Set<string>()
  readonly #stop = new AbortController()
  #ends: Promise<void>[] = []
  #gathered = new Map<string, FlowRequest>()
  #processes = new Map<number, EngineProcess>()
  #looking: Promise<void> | undefined
  #ended: Promise<void> | undefined

  /** `full` is called when something had no room, `changed` after each thing that was seen. */
  constructor(
    private readonly deps: Pick<
      RecordingDependencies,
      'events' | 'daemonLog' | 'flow' | 'topology' | 'options'
    >,
    private readonly put: Put,
    private readonly told: { full: () => void; changed: () => void },
  ) {}

  start(): void {
    const { signal } = this.#stop
    this.#ends = [
      this.#follow('requests', this.deps.flow.requests({ tail: 0 }, signal), (request) =>
        this.#gather(request),
      ),
      this.#follow('events', this.deps.events.watch({}, signal), ({ seq: _, ...event }) => {
        this.counts.events += 1
        this.#put({ t: 'event', event })
        if (event.type === 'container' && /^(start|die)$/.test(event.action)) void this.#look()
      }),
      this.#follow(
        'lines',
        this.deps.daemonLog.watch({ tail: 0 }, signal),
        ({ seq: _, raw: __, ...line }) => {
          this.counts.lines += 1
          this.#put({ t: 'line', line })
        },
      ),
      this.#repeat(GATHER_MS, () => this.#writeRequests()),
      this.#look().then(() => this.#repeat(LOOK_MS, () => void this.#look())),
    ]
  }

  /** Ends it, and hands on what is left: the last requests, the last changes, and spans. */
  end(): Promise<void> {
    return (this.#ended ??= this.#end())
  }

  async #end(): Promise<void> {
    await this.#look()
    this.#stop.abort()
    await Promise.all(this.#ends)
    this.#writeRequests()
    for (const id of this.#traced) {
      const { spans } = this.deps.flow.spans({ id })
      if (spans.length > 0) this.#put({ t: 'spans', id, spans })
    }
  }

  /** What cannot be followed is missing from the recording, and no reason to end it. */
  async #follow<T>(
    what: 'requests' | 'events' | 'lines',
    items: AsyncIterable<T>,
    take: (item: T) => void,
  ): Promise<void> {
    try {
      for await (const item of items) {
        if (this.#stop.signal.aborted) return
        take(item)
        this.told.changed()
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return
      const why = error instanceof Error ? error.message : String(error)
      this.#put({ t: 'missing', what, why })
    }
  }

  async #repeat(everyMs: number, work: () => void): Promise<void> {
    const { signal } = this.#stop
    await new Promise<void>((resolve) => {
      const timer = setInterval(work, everyMs)
      const end = (): void => {
        clearInterval(timer)
        resolve()
      }
      if (signal.aborted) end()
      else signal.addEventListener('abort', end, { once: true })
    })
  }

  #gather(request: FlowRequest): void {
    const { id, observedBy } = request
    this.#gathered.set(id, request)
    for (const one of observedBy) this.seenBy.add(one)
    if (observedBy.includes('trace') && this.#traced.size < MOST_TRACED) this.#traced.add(id)
    if (!this.#seen.has(id)) {
      this.#seen.add(id)
      this.counts.requests += 1
    }
  }

  #writeRequests(): void {
    const gathered = this.#gathered
    this.#gathered = new Map()
    for (const request of gathered.values()) this.#put({ t: 'request', request })
  }

  #look(): Promise<void> {
    // Two events at once want one look.
    return (this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined
    }))
  }

  async #lookNow(): Promise<void> {
    let now: Topology
    try {
      now = await this.deps.topology.topology(this.#stop.signal)
    } catch (error) {
      if (!this.#stop.signal.aborted) this.deps.options.log(`recording, processes: ${String(error)}`)
      return
    }
    const before = this.#processes
    this.#processes = new Map(now.processes.map((process) => [process.pid, process]))
    if (before.size === 0) {
      this.#put({ t: 'topology', topology: small(now) })
      return
    }
    for (const process of this.#processes.values())
      if (before.get(process.pid)?.startedAt !== process.startedAt) this.#change('appeared', process, now.at)
    for (const process of before.values())
      if (this.#processes.get(process.pid)?.startedAt !== process.startedAt)
        this.#change('gone', process, now.at)
  }

  #change(change: 'appeared' | 'gone', process: EngineProcess, at: string): void {
    this.counts.processes += 1
    this.#put({ t: 'process', at, change, process })
    this.told.changed()
  }

  #put(entry: RecordingEntry): void {
    if (!this.put(entry)) this.told.full()
  }
}

/** A picture that fits into a line of the file; what is left out is counted. */
function small(topology: Topology): Topology {
  const processes = withinBytes(topology.processes, PICTURE_BYTES * 0.8, ({ role }) => role !== 'process')
  const sockets = withinBytes(topology.sockets, PICTURE_BYTES * 0.2, ({ kind }) => kind === 'api')
  const left = topology.processes.length - processes.length + topology.sockets.length - sockets.length
  const omitted = (topology.omitted ?? 0) + left
  return { ...topology, processes, sockets, ...(omitted === 0 ? {} : { omitted }) }
}
