import type Docker from 'dockerode'
import type { IncomingMessage } from 'node:http'
import type { InputOf, ItemOf, OutputOf } from '../../contract/contract'
import type { EngineAnswer } from './connection'
import { Engine, type EngineOptions } from './service'

export { fromStatus, toAppError } from './app-error'
export { OWN_AGENT } from './connection'
export { CpuMeter } from './cpu'
export { maskArgv, maskText } from './mask'
export { aliasesOf, flagValues } from './process'
export {
  processTable,
  readLink,
  readStat,
  readStatus,
  readText,
  startedAt,
  type ProcessRow,
  type ProcessStat,
} from './process-table'
export { findRuntime, shimFlag, type RuntimeBelow } from './runtime'
export { readFromProc, readWithSs, type UnixSocket } from './unix-sockets'
export { compareVersions } from './versions'
export type { EngineAnswer, EngineOptions }

export type EngineStatus = OutputOf<'engine.status'>
export type EngineLink = ItemOf<'engine.link'>
export type Vitals = ItemOf<'engine.vitals'>

/** dockerd's process as /proc shows it, unmasked: never handed to a client as it is. */
export interface DaemonProcessInfo {
  pid: number
  uid: number
  argv: string[]
  /** Path of the binary; absent when this user may not read it. */
  exe?: string
  /** Milliseconds since 1970. */
  startedAt: number
  /** systemd unit from the cgroup, for example `docker.service`, and whether it is a user unit. */
  unit?: { name: string; user: boolean }
}

/** Plain GETs in the negotiated version, where dockerode would be too much. Paths begin with `/`. */
export interface EngineHttp {
  readonly apiVersion: string
  /** Whether the engine shares this machine's clock (a unix socket). */
  readonly local: boolean
  /** One answer read whole, whatever its status; rejects when none comes (10 s by default). */
  get(path: string, options?: { signal?: AbortSignal; timeoutMs?: number }): Promise<EngineAnswer>
  /** The answer as it comes; rejects when its head does not come within 3 s. */
  stream(path: string, options: { signal: AbortSignal; timeoutMs?: number }): Promise<IncomingMessage>
  /** As `stream`, without the version, which 20.10 does not take for `/debug`. */
  bare(path: string, options: { signal: AbortSignal; timeoutMs: number }): Promise<IncomingMessage>
}

export interface EngineService {
  /** Present state of the link. */
  readonly link: EngineLink
  /** Starts to connect; safe to call again. */
  start(): void
  /** Starts, and resolves when the first attempt has ended, well or not. */
  settled(): Promise<EngineLink>
  status(signal: AbortSignal): Promise<EngineStatus>
  watchLink(signal: AbortSignal): AsyncIterable<EngineLink>
  watchVitals(everyMs: number, signal: AbortSignal): AsyncIterable<Vitals>
  contexts(): Promise<OutputOf<'engine.contexts'>>
  use(input: InputOf<'engine.use'>): Promise<EngineLink>
  /**
   * Puts a private daemon of Porthole's own among the endpoints `use` takes. The returned function takes
   * it back; where it is in use then, the endpoint that was in use before it came is used again.
   */
  lend(socketPath: string): () => Promise<void>
  /** dockerode on the present endpoint with the negotiated version. Throws `engine/*`. */
  docker(): Promise<Docker>
  /** The light client behind `status`. Throws `engine/*` while the link is down. */
  http(): Promise<EngineHttp>
  /** dockerd's process, when it runs on this machine and can be told apart. */
  process(): Promise<DaemonProcessInfo | undefined>
  /**
   * The program was turned to another endpoint than it was started for: what its command line says
   * of files and processes (`--config`, `--pidfile`, …) is then not this engine's.
   */
  readonly moved: boolean
  /** Path of the unix socket in use, when it is one. */
  readonly socketPath: string | undefined
  /** Called after each change of the link; returns the unsubscribe. */
  onLink(listener: (link: EngineLink) => void): () => void
  /** The events service tells here whether its stream is open, for `link.events`. */
  setEventsState(state: 'live' | 'waiting'): void
  dispose(): Promise<void>
}

/** The link to dockerd and what is known of it. Connects when first asked, or with `start`. */
export function createEngineService(options: EngineOptions): EngineService {
  return new Engine(options)
}
