import { fromStatus, toAppError, type EngineAnswer, type EngineHttp, type EngineService } from '../engine'

/** A container as the engine knows it, as far as processes and runtimes are concerned. */
export interface KnownContainer {
  id: string
  name: string
  image: string
  /** `running`, `exited`, `paused`, … */
  state: string
  runtime: string
  /** First process, in the engine's own view; absent for one that does not run. */
  pid?: number
  /** Its addresses in Docker's networks. */
  ips: string[]
}

/** An entry of `/containers/json`. */
interface Listed {
  Id: string
  Names?: string[] | null
  Image?: string
  State?: string
  NetworkSettings?: { Networks?: Record<string, { IPAddress?: string } | null> | null } | null
}

/** `/containers/ID/json`, as far as it is used. */
interface Inspected {
  State?: { Pid?: number }
  HostConfig?: { Runtime?: string }
}

/** Inspections under way at a time: each takes the container's lock in dockerd. */
const AT_ONCE = 8
const SILENCE_MS = 10_000

/**
 * The engine's containers with what only an inspection tells (runtime, first process). A container
 * is inspected again only when its state or its shim is another one.
 */
export class ContainerBook {
  readonly #engine: EngineService
  #known = new Map<string, { state: string; task: string; runtime: string; pid: number }>()

  constructor(engine: EngineService) {
    this.#engine = engine
  }

  /**
   * Containers that run, or `all`. `taskOf` names the present task of an id: its shim. Throws
   * `engine/*` while the engine is not there.
   */
  async list(options: {
    all: boolean
    taskOf: (id: string) => string
    signal: AbortSignal
  }): Promise<KnownContainer[]> {
    const { signal } = options
    const http = await this.#engine.http()
    const answer = await ask(http, `/containers/json?all=${options.all ? 1 : 0}`, signal)
    if (answer.status !== 200) throw fromStatus(answer.status, answer.body.trim().slice(0, 300))
    const listed = JSON.parse(answer.body) as Listed[]
    const queue = [...listed]
    const found: KnownContainer[] = []
    const present = new Map(this.#known)
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const state = next.State ?? ''
        const task = options.taskOf(next.Id)
        let more = this.#known.get(next.Id)
        if (more?.state !== state || more.task !== task) {
          const { status, body } = await ask(http, `/containers/${next.Id}/json`, signal)
          // Removed since it was listed.
          if (status !== 200) continue
          const { State, HostConfig } = JSON.parse(body) as Inspected
          more = { state, task, runtime: HostConfig?.Runtime ?? '', pid: State?.Pid ?? 0 }
          present.set(next.Id, more)
        }
        found.push(describe(next, more))
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    const ids = new Set(listed.map(({ Id }) => Id))
    // One that had a task and is not listed has ended; the list of all tells of the others.
    for (const [id, { task }] of present) if (!ids.has(id) && (options.all || task !== '')) present.delete(id)
    this.#known = present
    const place = new Map(listed.map(({ Id }, index) => [Id, index]))
    return found.sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0))
  }
}

async function ask(http: EngineHttp, path: string, signal: AbortSignal): Promise<EngineAnswer> {
  try {
    return await http.get(path, { signal, timeoutMs: SILENCE_MS })
  } catch (error) {
    throw toAppError(error)
  }
}

function describe(listed: Listed, { runtime, pid }: { runtime: string; pid: number }): KnownContainer {
  return {
    id: listed.Id,
    name: listed.Names?.[0]?.replace(/^\//, '') ?? '',
    image: listed.Image ?? '',
    state: listed.State ?? '',
    runtime,
    ...(pid > 0 ? { pid } : {}),
    ips: Object.values(listed.NetworkSettings?.Networks ?? {}).flatMap((network) =>
      network?.IPAddress ? [network.IPAddress] : [],
    ),
  }
}
