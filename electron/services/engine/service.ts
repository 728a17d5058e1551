import type Docker from 'dockerode'
import type { ServiceOptions } from '../options'
import type { DaemonProcessInfo, EngineHttp, EngineLink, EngineService, EngineStatus, Vitals } from '.'
import type { InputOf, OutputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import { linkError } from './app-error'
import { Connection } from './connection'
import { CpuMeter } from './cpu'
import { describeEngine, describeWarnings, type EngineInfo } from './describe'
import { openDockerode } from './dockerode'
import {
  chooseEndpoint,
  listEndpoints,
  resolveEndpoint,
  type EndpointOptions,
  type ResolvedEndpoint,
} from './endpoint'
import { classify, type LinkFailure } from './failure'
import { iterate, pause } from './iterate'
import { Link } from './link'
import { maskArgv } from './mask'
import { SILENCE_MS, ping, probe, type Contact } from './probe'
import { describeProcess, findDaemon } from './process'
import { countDescriptors, processTable, readStat, readStatus, type ProcessRow } from './process-table'
import { describeRuntime } from './runtime'
import { watchSocketFile } from './socket-watch'

/** `/info` forks runc and asks containerd; on a busy host that takes its time. Milliseconds. */
const INFO_MS = 10_000
/** Vitals take the goroutines from `/info`, which is too dear to ask each time. Milliseconds. */
const INFO_EVERY_MS = 10_000

export type EngineOptions = ServiceOptions & { sandbox?: { socketPath: string } }

export class Engine implements EngineService {
  readonly #options: EngineOptions
  readonly #listeners = new Set<(link: EngineLink) => void>()
  readonly #statusCpu = new CpuMeter()
  readonly #first: ResolvedEndpoint
  #endpoint: ResolvedEndpoint
  #link: Link
  #connection: Connection | undefined
  #contact: Contact | undefined
  #docker: { contact: Contact; client: Docker } | undefined
  #daemon: { info: DaemonProcessInfo; startTicks: number } | undefined
  #info: Promise<EngineInfo> | undefined
  #lent: { socketPath: string } | undefined
  #disposed = false

  constructor(options: EngineOptions) {
    this.#options = options
    this.#first = resolveEndpoint(this.#endpointOptions())
    this.#endpoint = this.#first
    this.#link = this.#makeLink()
  }

  get link(): EngineLink {
    return this.#link.present
  }

  get moved(): boolean {
    return this.#endpoint.url !== this.#first.url
  }

  get socketPath(): string | undefined {
    return this.#endpoint.address?.kind === 'unix' ? this.#endpoint.address.path : undefined
  }

  start(): void {
    this.#link.start()
  }

  settled(): Promise<EngineLink> {
    // Who waits for an attempt wants one to be made.
    this.start()
    return this.#link.settled()
  }

  onLink(listener: (link: EngineLink) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  setEventsState(state: 'live' | 'waiting'): void {
    this.#link.setEvents(state)
  }

  watchLink(signal: AbortSignal): AsyncIterable<EngineLink> {
    this.start()
    return iterate<EngineLink>((push) => {
      push(this.link)
      return this.onLink(push)
    }, signal)
  }

  async status(signal: AbortSignal): Promise<EngineStatus> {
    this.start()
    // Asked beside the first attempt rather than behind it: a command line waits for this.
    const asking = this.#askInfo().catch(() => undefined)
    const settledLink = await untilAborted(this.settled(), signal)
    const info = settledLink.state === 'connected' ? await untilAborted(asking, signal) : undefined
    const link = { ...this.link }
    delete link.retryAt
    const contact = link.state === 'connected' ? this.#contact : undefined
    const table = processTable()
    const daemon = this.#findDaemon(table)
    return {
      ...link,
      ...(contact && info ? { engine: describeEngine(contact, info) } : {}),
      ...(daemon ? this.#describeDaemon(daemon, info, table) : {}),
      warnings: contact ? describeWarnings(contact, info) : [],
    }
  }

  async *watchVitals(everyMs: number, signal: AbortSignal): AsyncGenerator<Vitals> {
    this.start()
    await this.settled()
    const meter = new CpuMeter()
    let info: EngineInfo | undefined
    let askedAt = -Infinity
    let due = Date.now()
    while (!signal.aborted && !this.#disposed) {
      if (this.link.state !== 'connected') info = undefined
      else if (Date.now() - askedAt >= INFO_EVERY_MS) {
        askedAt = Date.now()
        info = await this.#askInfo().catch(() => undefined)
      }
      yield this.#vitals(meter, info)
      // Against a drift of the pace; a time that was missed is not made up for.
      due = Math.max(due + everyMs, Date.now())
      await pause(due - Date.now(), signal)
    }
  }

  contexts(): Promise<OutputOf<'engine.contexts'>> {
    return Promise.resolve({ endpoints: listEndpoints(this.#endpointOptions(), this.#endpoint) })
  }

  async use(input: InputOf<'engine.use'>): Promise<EngineLink> {
    return this.#turnTo(chooseEndpoint(this.#endpointOptions(), this.#endpoint, input))
  }

  lend(socketPath: string): () => Promise<void> {
    const before = this.#endpoint
    const lent = (this.#lent = { socketPath })
    return async () => {
      if (this.#lent !== lent) return
      this.#lent = undefined
      if (this.socketPath === socketPath && !this.#disposed) await this.#turnTo(before)
    }
  }

  #turnTo(endpoint: ResolvedEndpoint): Promise<EngineLink> {
    this.#drop()
    this.#endpoint = endpoint
    this.#link.dispose()
    this.#link = this.#makeLink()
    this.#emit(this.#link.present)
    this.start()
    return this.settled()
  }

  async http(): Promise<EngineHttp> {
    const { connection, apiVersion } = await this.#standing()
    return {
      apiVersion,
      local: connection.address.kind === 'unix',
      get: (path, options) =>
        connection.get(`/v${apiVersion}${path}`, { timeoutMs: options?.timeoutMs ?? INFO_MS, ...options }),
      stream: (path, options) =>
        connection.stream(`/v${apiVersion}${path}`, { timeoutMs: SILENCE_MS, ...options }),
      bare: (path, options) => connection.stream(path, options),
    }
  }

  async docker(): Promise<Docker> {
    const contact = await this.#standing()
    if (this.#docker?.contact !== contact)
      this.#docker = { contact, client: await openDockerode(contact.connection.address, contact.apiVersion) }
    return this.#docker.client
  }

  process(): Promise<DaemonProcessInfo | undefined> {
    return Promise.resolve(this.#findDaemon())
  }

  dispose(): Promise<void> {
    this.#disposed = true
    this.#link.dispose()
    this.#listeners.clear()
    this.#drop()
    return Promise.resolve()
  }

  #endpointOptions(): EndpointOptions {
    const { endpoint, env, sandbox } = this.#options
    return {
      env,
      lent: this.#lent,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(sandbox ? { sandbox } : {}),
    }
  }

  #makeLink(): Link {
    const link = new Link({
      endpoint: () => this.#endpoint,
      attempt: () => this.#attempt(),
      beat: () => this.#beat(),
      watchSocket: (onChange) =>
        this.socketPath === undefined ? () => undefined : watchSocketFile(this.socketPath, onChange),
      random: Math.random,
    })
    link.onChange((present) => this.#emit(present))
    return link
  }

  #emit(link: EngineLink): void {
    this.#daemon = undefined
    for (const listener of [...this.#listeners]) {
      try {
        listener(link)
      } catch (error) {
        this.#options.log(`A listener of the engine link failed: ${String(error)}`)
      }
    }
  }

  async #attempt(): Promise<LinkFailure | undefined> {
    const link = this.#link
    this.#resolveAgain()
    const endpoint = this.#endpoint
    if (!endpoint.address) return classify(undefined, endpoint)
    const connection = this.#open(endpoint)
    const result = await probe(connection, endpoint)
    // The program was turned to another endpoint, or ended, meanwhile.
    if (this.#disposed || link !== this.#link) {
      connection.close()
      return undefined
    }
    if (!result.ok) {
      this.#drop()
      return result.failure
    }
    const same = this.#contact
    // Equal contacts stay one object, so that what hangs on it (dockerode) stays too.
    if (same?.connection !== connection || same.apiVersion !== result.contact.apiVersion)
      this.#contact = result.contact
    else same.version = result.contact.version
    return undefined
  }

  async #beat(): Promise<LinkFailure | undefined> {
    const { connection } = this.#contact ?? {}
    if (!connection) return classify(undefined, this.#endpoint)
    try {
      await ping(connection)
      return undefined
    } catch (error) {
      const failure = classify(error, this.#endpoint)
      if (failure.reason === 'silent' && connection === this.#connection) this.#drop()
      return failure
    }
  }

  /** A daemon of this machine, or a context, may have come to be since the last look. */
  #resolveAgain(): void {
    const { source, problem } = this.#endpoint
    if (this.link.state === 'connected' || (source !== 'default' && !problem)) return
    const again = resolveEndpoint(this.#endpointOptions())
    if (again.url !== this.#endpoint.url || again.context !== this.#endpoint.context) this.#drop()
    this.#endpoint = again
  }

  #open(endpoint: ResolvedEndpoint): Connection {
    if (this.#connection) return this.#connection
    if (!endpoint.address) throw linkError(this.link)
    const connection = new Connection(endpoint.address, () => {
      if (connection === this.#connection) this.#link.doubt()
    })
    this.#connection = connection
    return connection
  }

  #drop(): void {
    this.#connection?.close()
    this.#connection = undefined
    this.#contact = undefined
    this.#docker = undefined
  }

  async #standing(): Promise<Contact> {
    if (this.#disposed) throw new AppError('engine/unreachable', 'Porthole is ending.')
    this.start()
    // The first attempt on another endpoint may begin while that on the old one is awaited.
    while (this.link.state === 'unknown' && !this.#disposed) await this.settled()
    if (this.link.state !== 'connected' || !this.#contact) throw linkError(this.link)
    return this.#contact
  }

  /** `/info`, one at a time: callers that come meanwhile share it. */
  #askInfo(): Promise<EngineInfo> {
    this.#info ??= this.#fetchInfo().finally(() => (this.#info = undefined))
    return this.#info
  }

  async #fetchInfo(): Promise<EngineInfo> {
    if (!this.#endpoint.address || this.#disposed) throw linkError(this.link)
    const answer = await this.#open(this.#endpoint).get('/info', { timeoutMs: INFO_MS })
    if (answer.status !== 200) throw new Error(`/info answered ${answer.status}`)
    const info: unknown = JSON.parse(answer.body)
    if (typeof info !== 'object' || info === null) throw new Error('/info is not an object')
    return info
  }

  #findDaemon(table?: ProcessRow[]): DaemonProcessInfo | undefined {
    const { address } = this.#endpoint
    if (!address) return undefined
    const known = this.#daemon
    if (known && readStat(known.info.pid)?.startTicks === known.startTicks) return known.info
    const { pidfile, dockerd } = this.moved ? {} : this.#options
    const info = findDaemon(
      address,
      { ...(pidfile === undefined ? {} : { pidfile }), ...(dockerd === undefined ? {} : { dockerd }) },
      table,
    )
    const stat = info ? readStat(info.pid) : undefined
    this.#daemon = info && stat ? { info, startTicks: stat.startTicks } : undefined
    return info
  }

  #describeDaemon(
    daemon: DaemonProcessInfo,
    info: EngineInfo | undefined,
    table: ProcessRow[],
  ): Pick<EngineStatus, 'process' | 'runtime' | 'unit'> {
    const stat = readStat(daemon.pid)
    const current = describeProcess(daemon.pid)
    if (!stat || !current) return {}
    const fds = countDescriptors(daemon.pid) ?? info?.NFd
    return {
      process: {
        pid: daemon.pid,
        startedAt: new Date(daemon.startedAt).toISOString(),
        rssBytes: readStatus(daemon.pid)?.rssBytes ?? 0,
        cpuPercent: this.#statusCpu.read(stat).percent,
        ...(fds === undefined ? {} : { fds }),
        ...(info?.NGoroutines === undefined ? {} : { goroutines: info.NGoroutines }),
        argv: maskArgv(daemon.argv),
        ...(daemon.exe === undefined ? {} : { exe: daemon.exe }),
      },
      runtime: describeRuntime(daemon, table),
      ...(daemon.unit ? { unit: daemon.unit.name } : {}),
    }
  }

  #vitals(meter: CpuMeter, info: EngineInfo | undefined): Vitals {
    const at = new Date().toISOString()
    const told = {
      ...(info?.NGoroutines === undefined ? {} : { goroutines: info.NGoroutines }),
      ...(info?.NEventsListener === undefined ? {} : { eventListeners: info.NEventsListener }),
    }
    const daemon = this.#findDaemon()
    const stat = daemon ? readStat(daemon.pid) : undefined
    if (!daemon || !stat) return { at, ...(info?.NFd === undefined ? {} : { fds: info.NFd }), ...told }
    const cpu = meter.read(stat)
    const fds = countDescriptors(daemon.pid) ?? info?.NFd
    const rssBytes = readStatus(daemon.pid)?.rssBytes
    return {
      at,
      // The average since its start would be a false first point of a curve.
      ...(cpu.first ? {} : { cpuPercent: cpu.percent }),
      ...(rssBytes === undefined ? {} : { rssBytes }),
      ...(fds === undefined ? {} : { fds }),
      ...told,
    }
  }
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const cancelled = (): AppError => new AppError('rpc/cancelled', 'The request was cancelled.')
  if (signal.aborted) throw cancelled()
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(cancelled())
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (stop) signal.removeEventListener('abort', stop)
  }
}
