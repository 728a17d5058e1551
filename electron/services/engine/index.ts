import type Docker from 'dockerode'
import type { InputOf, ItemOf, OutputOf } from '../../contract/contract'

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

export interface EngineService {
  /** Present state of the link. */
  readonly link: EngineLink
  /** Starts to connect; safe to call again. */
  start(): void
  /** Resolves when the first attempt has ended, well or not. */
  settled(): Promise<EngineLink>
  status(signal: AbortSignal): Promise<EngineStatus>
  watchLink(signal: AbortSignal): AsyncIterable<EngineLink>
  watchVitals(everyMs: number, signal: AbortSignal): AsyncIterable<Vitals>
  contexts(): Promise<OutputOf<'engine.contexts'>>
  use(input: InputOf<'engine.use'>): Promise<EngineLink>
  /** dockerode on the present endpoint with the negotiated version. Throws `engine/*`. */
  docker(): Promise<Docker>
  /** dockerd's process, when it runs on this machine and can be told apart. */
  process(): Promise<DaemonProcessInfo | undefined>
  /** Path of the unix socket in use, when it is one. */
  readonly socketPath: string | undefined
  /** Called after each change of the link; returns the unsubscribe. */
  onLink(listener: (link: EngineLink) => void): () => void
  /** The events service tells here whether its stream is open, for `link.events`. */
  setEventsState(state: 'live' | 'waiting'): void
  dispose(): Promise<void>
}
