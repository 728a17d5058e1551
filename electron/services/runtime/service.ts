import { cpus, totalmem } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { AppError } from '../../contract/errors'
import { fromStatus, maskArgv, toAppError, type EngineService } from '../engine'
import type { Privileged } from '../privileged'
import {
  withinBytes,
  type KnownContainer,
  type Picture,
  type TopologyService,
  type TreeRow,
} from '../topology'
import { maskArguments } from './bundle'
import { readControlGroup } from './cgroup'
import { readFeatures } from './features'
import { checkProgram } from './check'
import { takeDump, type DumpOrder } from './dump'
import { bundleOf, stateDirOf } from './folders'
import { takeHealth } from './health'
import { History, type Reader } from './history'
import { Metrics } from './metrics'
import type {
  ControlGroup,
  HealthReading,
  MetricsReading,
  RuntimeBundle,
  RuntimeCheck,
  RuntimeConfig,
  RuntimeDump,
  RuntimeList,
  RuntimeProcesses,
} from '.'

const SILENCE_MS = 10_000
/** Room in an answer, which may hold 1 MiB: for a tree, and for the containers of a list. */
const ANSWER_BYTES = 950_000
const CONTAINERS_BYTES = 600_000
/** Most users of a runtime and shims that are told one by one. */
const MAX_USERS = 200
const MAX_SHIMS = 500
/** Control groups that are read before others have their turn: some fifteen small files each. */
const AT_ONCE = 50
/** Pace of dockerd's health and metrics, and how many readings are kept: an hour. */
const READING_MS = 15_000
const KEPT = 240

/** `/info`, as far as runtimes are concerned. */
interface RuntimeInfo {
  DefaultRuntime?: string
  CgroupDriver?: string
  Runtimes?: Record<string, { path?: string; runtimeArgs?: string[] | null; status?: unknown }> | null
  /** Since 27. */
  Containerd?: { Address?: string; Namespaces?: { Containers?: string; Plugins?: string } } | null
}

interface Version {
  Components?: { Name?: string; Version?: string }[] | null
}

export class RuntimeService {
  readonly #engine: EngineService
  readonly #topology: TopologyService
  readonly #privileged: Privileged
  readonly #health: History<Omit<HealthReading, 'seq'>>
  readonly #metrics: History<Omit<MetricsReading, 'seq'>>

  constructor(parts: {
    engine: EngineService
    topology: TopologyService
    privileged: Privileged
    config: RuntimeConfig
  }) {
    const { engine } = parts
    this.#engine = engine
    this.#topology = parts.topology
    this.#privileged = parts.privileged
    const metrics = new Metrics(engine, parts.config)
    this.#health = new History(KEPT, (signal) => takeHealth(engine, READING_MS, signal))
    this.#metrics = new History(KEPT, (signal) => metrics.take(READING_MS, signal))
    let { endpoint } = engine.link
    engine.onLink((link) => {
      if (link.endpoint === endpoint) return
      endpoint = link.endpoint
      this.#health.clear()
      this.#metrics.clear()
    })
  }

  async list(signal: AbortSignal): Promise<RuntimeList> {
    const [info, version, picture] = await Promise.all([
      this.#ask<RuntimeInfo>('/info', signal),
      this.#ask<Version>('/version', signal),
      this.#topology.look(signal, { all: true, needsEngine: true }),
    ])
    const containerd = describeContainerd(picture, info, version)
    const all = await describeContainers(info, picture)
    const containers = withinBytes(all, CONTAINERS_BYTES, ({ pid }) => pid !== undefined)
    return {
      at: picture.at,
      defaultRuntime: info.DefaultRuntime ?? '',
      cgroupDriver: info.CgroupDriver ?? '',
      runtimes: describeRuntimes(info, picture.containers),
      ...(containerd ? { containerd } : {}),
      shims: picture.rows
        .filter(({ role }) => role === 'shim')
        .slice(0, MAX_SHIMS)
        .map(describeShim),
      containers,
      omitted: all.length - containers.length,
      unseen: picture.unseen,
    }
  }

  async processes(signal: AbortSignal): Promise<RuntimeProcesses> {
    const { at, rows, unseen } = await this.#topology.look(signal)
    // One container with many processes must not hide the shims of others.
    const shown = withinBytes(rows, ANSWER_BYTES, ({ role }) => role !== 'process')
    return {
      at,
      processes: shown,
      omitted: rows.length - shown.length,
      memoryBytes: totalmem(),
      cpus: cpus().length,
      unseen,
    }
  }

  async bundle(container: string, signal: AbortSignal): Promise<RuntimeBundle> {
    const daemon = await this.#engine.process()
    if (daemon === undefined)
      throw new AppError('engine/no-process', 'The dockerd of this container does not run on this machine.', {
        hint: 'Run Porthole where the daemon runs.',
      })
    if (daemon.uid !== 0)
      throw new AppError(
        'runtime/rootless',
        'Bundles of a rootless dockerd lie in its user’s own folder, which the privileged helper does not read.',
        { hint: 'Read config.json in the bundle’s folder as the user who runs this dockerd.' },
      )
    const read = (await this.#privileged.run('bundle', { pid: daemon.pid, container }, { signal })) as {
      path: string
      json: string
      masked: number
    }
    const { value, masked } = maskArguments(JSON.parse(read.json), maskArgv)
    return { path: read.path, text: JSON.stringify(value, null, 2), masked: read.masked + masked }
  }

  health(reader: Reader, signal: AbortSignal): AsyncIterable<HealthReading> {
    return this.#health.watch(reader, signal)
  }

  metrics(reader: Reader, signal: AbortSignal): AsyncIterable<MetricsReading> {
    return this.#metrics.watch(reader, signal)
  }

  check(path: string): Promise<RuntimeCheck> {
    return checkProgram(path)
  }

  dump(order: DumpOrder, signal: AbortSignal): Promise<RuntimeDump> {
    return takeDump({ engine: this.#engine, privileged: this.#privileged }, order, signal)
  }

  async #ask<T>(path: string, signal: AbortSignal): Promise<T> {
    const http = await this.#engine.http()
    try {
      const { status, body } = await http.get(path, { signal, timeoutMs: SILENCE_MS })
      if (status !== 200) throw fromStatus(status, body.trim().slice(0, 300))
      return JSON.parse(body) as T
    } catch (error) {
      throw toAppError(error)
    }
  }
}

function describeRuntimes(info: RuntimeInfo, containers: readonly KnownContainer[]): RuntimeList['runtimes'] {
  const registered = info.Runtimes ?? {}
  const used = new Map<string, KnownContainer[]>()
  for (const container of containers) {
    const name = runtimeOf(container, info)
    const users = used.get(name)
    if (users) users.push(container)
    else used.set(name, [container])
  }
  const names = [...new Set([...Object.keys(registered), ...used.keys()])].sort()
  return names.map((name) => {
    const entry = registered[name]
    const features = readFeatures(entry?.status)
    return {
      name,
      isDefault: name === info.DefaultRuntime,
      ...(entry?.path ? { path: entry.path } : {}),
      args: maskArgv(entry?.runtimeArgs ?? []),
      ...(features ? { features } : {}),
      users: used.get(name)?.length ?? 0,
      containers: (used.get(name) ?? []).slice(0, MAX_USERS).map(({ id, name: called, pid }) => ({
        id,
        name: called,
        running: pid !== undefined,
      })),
      // Since 23 a shim may be named without being registered: `io.containerd.kata.v2`.
      missing: entry === undefined && !name.startsWith('io.containerd.') && !name.startsWith('/'),
    }
  })
}

/** Containers of very old engines were made without a name of their runtime. */
function runtimeOf(container: KnownContainer, info: RuntimeInfo): string {
  return container.runtime || (info.DefaultRuntime ?? '')
}

function describeContainerd(
  { snapshot, rows }: Picture,
  info: RuntimeInfo,
  version: Version,
): RuntimeList['containerd'] {
  if (!snapshot) return undefined
  const { below } = snapshot
  const row = rows.find(({ role }) => role === 'containerd')
  const told = version.Components?.find(({ Name }) => Name === 'containerd')?.Version
  return {
    ...(row
      ? { pid: row.pid, startedAt: row.startedAt, rssBytes: row.rssBytes, cpuPercent: row.cpuPercent }
      : {}),
    ...(told === undefined ? {} : { version: told }),
    address: info.Containerd?.Address ?? below.address,
    managed: below.containerd?.managed ?? false,
    namespaces: {
      containers: info.Containerd?.Namespaces?.Containers ?? below.namespaces.containers,
      plugins: info.Containerd?.Namespaces?.Plugins ?? below.namespaces.plugins,
    },
  }
}

function describeShim(row: TreeRow): RuntimeList['shims'][number] {
  const { pid, name, startedAt, cpuPercent, rssBytes, container, namespace } = row
  return {
    pid,
    name,
    startedAt,
    cpuPercent,
    rssBytes,
    ...(container ? { container } : {}),
    ...(namespace === undefined ? {} : { namespace }),
  }
}

async function describeContainers(
  info: RuntimeInfo,
  { snapshot, rows, containers }: Picture,
): Promise<RuntimeList['containers']> {
  const shims = new Map(
    rows.flatMap((row) => (row.role === 'shim' && row.container ? [[row.container.id, row.pid]] : [])),
  )
  const inits = new Map(
    rows.flatMap((row) => (row.role === 'init' && row.container ? [[row.container.id, row.pid]] : [])),
  )
  const described: RuntimeList['containers'] = []
  for (const [index, container] of containers.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await setImmediate()
    const { id, name, image, state } = container
    const runtime = runtimeOf(container, info)
    const shimPid = shims.get(id)
    // The engine's own word of a process means nothing here when it runs elsewhere.
    const pid = inits.get(id)
    const cgroup: ControlGroup | undefined = pid === undefined ? undefined : readControlGroup(pid)
    const byPath = info.Runtimes?.[runtime]?.path !== undefined
    const stateDir = snapshot && shimPid !== undefined && byPath ? stateDirOf(snapshot, id) : undefined
    described.push({
      id,
      name,
      image,
      state,
      runtime,
      ...(pid === undefined ? {} : { pid }),
      ...(snapshot && shimPid !== undefined ? { shimPid, bundle: bundleOf(snapshot, id, shimPid) } : {}),
      ...(stateDir === undefined ? {} : { stateDir }),
      ...(cgroup ? { cgroup } : {}),
    })
  }
  return described
}
