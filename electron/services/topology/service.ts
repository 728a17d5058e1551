import { aliasesOf, processTable, readFromProc, readWithSs, type EngineService } from '../engine'
import { withinBytes } from './budget'
import { ContainerBook, type KnownContainer } from './containers'
import { ProcessTree, takeSnapshot, tasks, type Snapshot, type TreeRow } from './processes'
import { joinSockets, type Wanted } from './sockets'
import type { EngineProcess, EngineSocket, Topology, Unseen } from '.'

/** The engine's processes at one moment, for the services that describe them. */
export interface Picture {
  at: string
  /** Absent where no dockerd of this machine was found. */
  snapshot?: Snapshot
  rows: TreeRow[]
  containers: KnownContainer[]
  unseen: Unseen[]
}

/** Shares of an answer, which may hold 1 MiB. */
const PROCESSES_BYTES = 700_000
const SOCKETS_BYTES = 300_000

export class TopologyService {
  readonly #engine: EngineService
  readonly #book: ContainerBook
  readonly #tree = new ProcessTree()

  constructor(engine: EngineService) {
    this.#engine = engine
    this.#book = new ContainerBook(engine)
  }

  /**
   * The processes of the engine with the names of their containers; with `all` also containers
   * that do not run. An engine that is down is told in `unseen`, or thrown as `engine/*` when the
   * caller `needsEngine`.
   */
  async look(
    signal: AbortSignal,
    { all = false, needsEngine = false }: { all?: boolean; needsEngine?: boolean } = {},
  ): Promise<Picture> {
    await this.#engine.settled()
    const daemon = await this.#engine.process()
    const before = daemon ? takeSnapshot(daemon, processTable()) : undefined
    const unseen: Unseen[] = daemon ? [] : ['dockerd']
    let containers: KnownContainer[] = []
    try {
      containers = await this.#book.list({
        all,
        taskOf: before ? tasks(before) : () => '',
        signal,
      })
    } catch (error) {
      if (needsEngine || signal.aborted) throw error
      unseen.push('engine')
    }
    // Taken again: what the engine told of may be younger than the first look.
    const snapshot = daemon ? takeSnapshot(daemon, processTable()) : undefined
    return {
      at: new Date().toISOString(),
      ...(snapshot ? { snapshot } : {}),
      rows: snapshot ? this.#tree.draw(snapshot, containers) : [],
      containers,
      unseen,
    }
  }

  async topology(signal: AbortSignal): Promise<Topology> {
    const { at, rows, snapshot, unseen } = await this.look(signal)
    const sockets = snapshot ? await this.#sockets(snapshot, rows, unseen) : []
    const processes = rows
      .filter(({ role }) => role !== 'process')
      .map(({ depth: _, ...process }): EngineProcess => process)
    const told = {
      processes: withinBytes(processes, PROCESSES_BYTES),
      sockets: withinBytes(sockets, SOCKETS_BYTES),
    }
    const omitted = processes.length - told.processes.length + sockets.length - told.sockets.length
    return { at, ...told, ...(omitted > 0 ? { omitted } : {}), unseen }
  }

  async #sockets(snapshot: Snapshot, rows: TreeRow[], unseen: Unseen[]): Promise<EngineSocket[]> {
    const { below, daemon } = snapshot
    const table = await readWithSs()
    if (table === undefined) unseen.push('ss')
    else if (process.geteuid?.() !== 0) unseen.push('others-sockets')
    const wanted: Wanted[] = []
    const { socketPath } = this.#engine
    if (socketPath !== undefined) wanted.push(want('api', socketPath, daemon.pid))
    wanted.push(want('containerd', below.address, below.containerd?.pid))
    return joinSockets(table ?? readFromProc(), {
      wanted,
      shims: new Set(rows.filter(({ role }) => role === 'shim').map(({ pid }) => pid)),
      self: process.pid,
    })
  }
}

function want(kind: Wanted['kind'], path: string, owner: number | undefined): Wanted {
  return { kind, path, aliases: aliasesOf(path), owner }
}
