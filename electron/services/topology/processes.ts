import { basename } from 'node:path'
import {
  CpuMeter,
  findRuntime,
  maskArgv,
  readStat,
  readStatus,
  shimFlag,
  startedAt,
  type DaemonProcessInfo,
  type ProcessRow,
  type ProcessStat,
  type RuntimeBelow,
} from '../engine'
import type { KnownContainer } from './containers'
import type { EngineProcess } from '.'

/** Most characters of a command line that are told. */
const COMMAND_LENGTH = 300
const NAME_LENGTH = 64
const PROXIES = new Set(['docker-proxy', 'rootlesskit-docker-proxy'])

/** A row of the tree: a process and how deep it stands in it. */
export type TreeRow = EngineProcess & { depth: number }

/** All processes at one moment, with their parents. */
export interface Snapshot {
  daemon: DaemonProcessInfo
  below: RuntimeBelow
  rows: ReadonlyMap<number, ProcessRow & { stat: ProcessStat }>
  children: ReadonlyMap<number, readonly number[]>
}

/** Reads the parents of every process; a process that ends meanwhile is left out. */
export function takeSnapshot(daemon: DaemonProcessInfo, table: ProcessRow[]): Snapshot {
  const rows = new Map<number, ProcessRow & { stat: ProcessStat }>()
  const children = new Map<number, number[]>()
  for (const row of table) {
    const stat = readStat(row.pid)
    if (!stat) continue
    rows.set(row.pid, { ...row, stat })
    const siblings = children.get(stat.ppid)
    if (siblings) siblings.push(row.pid)
    else children.set(stat.ppid, [row.pid])
  }
  return { daemon, below: findRuntime(daemon, table), rows, children }
}

/** Container a shim works for. Shims of the first generation have it in their folder's name only. */
export function containerOf(shim: ProcessRow): string {
  return shimFlag(shim.argv, 'id') ?? basename(shimFlag(shim.argv, 'workdir') ?? '')
}

/** Names the present task of a container: its shim, which is never used again. Empty without one. */
export function tasks({ below, rows }: Snapshot): (id: string) => string {
  const shims = new Map(
    below.shims.map((shim) => [containerOf(shim), `${shim.pid} ${rows.get(shim.pid)?.stat.startTicks ?? 0}`]),
  )
  return (id) => shims.get(id) ?? ''
}

/** Draws the tree of an engine's processes; keeps the CPU readings from one time to the next. */
export class ProcessTree {
  #meters = new Map<string, CpuMeter>()

  /**
   * Parents before children. `containers` are those the engine told of; without them the first
   * process of a shim is its oldest child.
   */
  draw(snapshot: Snapshot, containers: readonly KnownContainer[]): TreeRow[] {
    const meters = new Map<string, CpuMeter>()
    const drawn: TreeRow[] = []
    const seen = new Set<number>()
    const known = new Map(containers.map((container) => [container.id, container]))
    const { below, rows, children, daemon } = snapshot
    const shims = new Set(below.shims.map(({ pid }) => pid))
    const containerdPid = below.containerd?.pid

    const add = (
      pid: number,
      depth: number,
      more: Pick<EngineProcess, 'role'> & Partial<EngineProcess>,
    ): boolean => {
      const row = rows.get(pid)
      const status = readStatus(pid)
      if (!row || !status || seen.has(pid)) return false
      seen.add(pid)
      const id = `${pid} ${row.stat.startTicks}`
      const meter = this.#meters.get(id) ?? new CpuMeter()
      meters.set(id, meter)
      drawn.push({
        pid,
        ppid: row.stat.ppid,
        name: row.name.slice(0, NAME_LENGTH),
        command: maskArgv(row.argv).join(' ').slice(0, COMMAND_LENGTH),
        startedAt: new Date(startedAt(row.stat)).toISOString(),
        cpuPercent: meter.read(row.stat).percent,
        rssBytes: status.rssBytes,
        uid: status.uid,
        ...more,
        depth,
      })
      return true
    }
    const childrenOf = (under: number, depth: number): { pid: number; under: number; depth: number }[] =>
      (children.get(under) ?? [])
        .filter((pid) => !shims.has(pid) && pid !== containerdPid)
        .map((pid) => ({ pid, under, depth }))
        // Taken from the end.
        .reverse()
    /** No recursion: a container may nest its processes as deeply as it likes. */
    const addBelow = (parent: number, depth: number, container?: EngineProcess['container']): void => {
      const more = container ? { container } : {}
      const waiting = childrenOf(parent, depth)
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
        if (add(next.pid, next.depth, { role: 'process', under: next.under, ...more }))
          waiting.push(...childrenOf(next.pid, next.depth + 1))
    }
    const addShim = (shim: ProcessRow, under: number, depth: number): void => {
      const id = containerOf(shim)
      const of = known.get(id)
      const container = { id, ...(of ? { name: of.name } : {}) }
      const namespace = shimFlag(shim.argv, 'namespace') ?? below.namespaces.containers
      if (!add(shim.pid, depth, { role: 'shim', under, container, namespace })) return
      const first = firstProcess(snapshot, shim.pid, of?.pid)
      if (first !== undefined && add(first, depth + 1, { role: 'init', under: shim.pid, container }))
        addBelow(first, depth + 2, container)
      addBelow(shim.pid, depth + 1, container)
    }

    add(daemon.pid, 0, { role: 'dockerd' })
    if (below.containerd)
      add(below.containerd.pid, 1, {
        role: 'containerd',
        under: daemon.pid,
        managed: below.containerd.managed,
      })
    const keeper = containerdPid ?? daemon.pid
    for (const shim of below.shims) addShim(shim, keeper, containerdPid === undefined ? 1 : 2)
    for (const pid of children.get(daemon.pid) ?? []) {
      const proxy = describeProxy(rows.get(pid), containers)
      if (proxy) add(pid, 1, { role: 'proxy', under: daemon.pid, ...proxy })
    }
    addBelow(daemon.pid, 1)
    this.#meters = meters
    return drawn
  }
}

/** The engine's word, when that process is the shim's; else its oldest child that is no runc at work. */
function firstProcess({ children, rows }: Snapshot, shim: number, told?: number): number | undefined {
  const candidates = children.get(shim) ?? []
  if (told !== undefined && candidates.includes(told)) return told
  return candidates
    .filter((pid) => !rows.get(pid)?.name.startsWith('runc'))
    .sort((a, b) => (rows.get(a)?.stat.startTicks ?? 0) - (rows.get(b)?.stat.startTicks ?? 0))[0]
}

/** Port and container of a docker-proxy, from its command line (`-host-port 8080 …`). */
function describeProxy(
  row: ProcessRow | undefined,
  containers: readonly KnownContainer[],
): Pick<EngineProcess, 'port' | 'container'> | undefined {
  if (!row || !PROXIES.has(row.name)) return undefined
  const flag = (name: string): string => shimFlag(row.argv, name) ?? ''
  const containerIp = flag('container-ip')
  const of = containers.find(({ ips }) => ips.includes(containerIp))
  return {
    port: {
      protocol: flag('proto') || 'tcp',
      hostIp: flag('host-ip'),
      hostPort: Number(flag('host-port')) || 0,
      containerIp,
      containerPort: Number(flag('container-port')) || 0,
    },
    ...(of ? { container: { id: of.id, name: of.name } } : {}),
  }
}
