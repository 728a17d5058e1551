import type { ItemOf } from '../../contract/contract'
import type { EngineService } from '../engine'
import type { ServiceOptions } from '../options'
import type { WatchInput } from './filter'
import { DaemonLog } from './service'

export type LogLine = ItemOf<'daemonLog.watch'>
export type LogLink = ItemOf<'daemonLog.link'>

export interface DaemonLogOptions {
  engine: EngineService
  options: ServiceOptions
  /** Log of a private daemon of this Porthole, by the socket it listens on. */
  sandboxLog?: (socketPath: string | undefined) => string | undefined
  /** journalctl arguments in place of the unit's, where journald runs without systemd. */
  journalMatch?: readonly string[]
  /** Milliseconds a source goes on after its last reader left; 5 000 when not given. */
  lingerMs?: number
  /** Milliseconds between looks at a file where no file event came; 1 000 when not given. */
  pollMs?: number
}

/** dockerd's own log: found by itself, followed only while somebody reads it, kept for those who come later. */
export interface DaemonLogService {
  /**
   * The last lines, then new ones, as `daemonLog.watch` says. Throws `log/none` or `log/denied` when
   * there is no source at the beginning, `rpc/bad-input` for a `since` that is no time; a source that
   * goes away later is waited for.
   */
  watch(input: WatchInput, signal: AbortSignal): AsyncIterable<LogLine>
  /** The lines that are there already and match, oldest first. Throws what {@link watch} does. */
  kept(input: WatchInput, signal: AbortSignal): Promise<LogLine[]>
  /** Where the log is read from, and each change of that. Follows the source like a reader does. */
  watchLink(signal: AbortSignal): AsyncIterable<LogLink>
  /** Ends everything: readers, descriptors, the journalctl child. */
  dispose(): Promise<void>
}

/** Makes the service; nothing is opened before somebody reads. */
export function createDaemonLogService(options: DaemonLogOptions): DaemonLogService {
  return new DaemonLog(options)
}
