import type { FlowRequest } from './reach'
import type { Caller } from './places'

/** Clients that are told apart; of more the oldest are forgotten. */
const MOST = 500

/** Who asks, by name: one process, or several of the same program. */
export interface ClientCount {
  name: string
  /** The one process, where there is no more than one. */
  pid?: number
  processes: number
  requests: number
  /** This very program. */
  self: boolean
}

/** Counts requests by the process that sent them. */
export class ClientTally {
  #counts = new Map<string, { name: string; pid: number | undefined; self: boolean; requests: number }>()

  /** A request whose client is known; each once. */
  add({ client, own }: Pick<FlowRequest, 'client' | 'own'>): void {
    const name = client?.process
    if (name === undefined) return
    const key = `${name} ${client?.pid ?? ''}`
    const known = this.#counts.get(key)
    this.#counts.delete(key)
    this.#counts.set(key, {
      name,
      pid: client?.pid,
      self: own === true,
      requests: (known?.requests ?? 0) + 1,
    })
    if (this.#counts.size > MOST) for (const [oldest] of this.#counts) return void this.#counts.delete(oldest)
  }

  clear(): void {
    this.#counts.clear()
  }

  /** Those that asked, and those that are connected and have not: the busiest first, Porthole last. */
  list(connected: readonly Caller[] = []): ClientCount[] {
    const byName = new Map<string, ClientCount & { pids: Set<number> }>()
    const add = (name: string, pid: number | undefined, self: boolean, requests: number): void => {
      const key = self ? '' : name
      const one = byName.get(key) ?? { name, processes: 0, requests: 0, self, pids: new Set<number>() }
      one.requests += requests
      if (pid !== undefined) one.pids.add(pid)
      byName.set(key, one)
    }
    for (const { name, pid, self, requests } of this.#counts.values()) add(name, pid, self, requests)
    for (const { name, pid, self } of connected) add(name, pid, self, 0)
    return [...byName.values()]
      .map(({ pids, ...one }) => {
        const [pid] = pids
        return { ...one, processes: pids.size, ...(pids.size === 1 && pid !== undefined ? { pid } : {}) }
      })
      .sort(
        (a, b) => Number(a.self) - Number(b.self) || b.requests - a.requests || a.name.localeCompare(b.name),
      )
  }
}
