import type { DaemonLogService, LogLink } from '../daemon-log'
import { readLogLine, type LogSaying } from './log-line'
import type { OwnRequests } from './own'
import type { Kept, RequestStore } from './requests'
import { routeOf } from './route'

/** Starts that an error line may still belong to: a request may take its time to fail. */
const REMEMBER = 2_000
/** dockerd 28 writes two lines about the same failure, one right behind the other. */
const SAME_FAILURE_MS = 1_000

/**
 * Reads requests from dockerd's own log while it is asked to. A start makes a request, whose end the
 * log does not tell; an error ends the youngest request of that method and path, or, without debug,
 * stands for a request nobody saw begin.
 */
export class LogObserver {
  readonly #daemonLog: DaemonLogService
  readonly #store: RequestStore
  readonly #own: OwnRequests
  readonly #log: (line: string) => void
  readonly #changed: () => void
  #started: { key: string; kept: Kept; failedAt?: number }[] = []
  #stop: AbortController | undefined
  /** Where the log is read from, as far as it was looked for. */
  link: LogLink | undefined
  /** New lines are being read. */
  following = false

  constructor(options: {
    daemonLog: DaemonLogService
    store: RequestStore
    own: OwnRequests
    log: (line: string) => void
    /** Called when `link` or `following` changes. */
    changed: () => void
  }) {
    this.#daemonLog = options.daemonLog
    this.#store = options.store
    this.#own = options.own
    this.#log = options.log
    this.#changed = options.changed
  }

  start(): void {
    if (this.#stop) return
    const stop = new AbortController()
    this.#stop = stop
    this.#own.start()
    const failed = (error: unknown) => {
      if (!stop.signal.aborted) this.#log(`The log's requests: ${String(error)}`)
    }
    this.#followLink(stop.signal).catch(failed)
  }

  stop(): void {
    this.#stop?.abort()
    this.#stop = undefined
    this.#own.stop()
    this.#started = []
    this.link = undefined
    this.following = false
  }

  /** Forgets which requests it saw begin: they were another daemon's. */
  clear(): void {
    this.#started = []
  }

  async #followLink(signal: AbortSignal): Promise<void> {
    for await (const link of this.#daemonLog.watchLink(signal)) {
      if (signal.aborted) return
      this.link = link
      const readable = link.state === 'live' || link.state === 'waiting'
      if (readable && !this.following) {
        this.following = true
        void this.#followLines(signal)
      }
      this.#changed()
    }
  }

  async #followLines(signal: AbortSignal): Promise<void> {
    try {
      for await (const line of this.#daemonLog.watch({ tail: 0 }, signal)) {
        const saying = readLogLine(line)
        if (saying) this.#take(saying)
      }
    } catch (error) {
      // The source went away between two looks; the link says when it is there again.
      if (!signal.aborted) this.#log(`The log's requests: ${String(error)}`)
    } finally {
      this.following = false
      if (!signal.aborted) this.#changed()
    }
  }

  #take(saying: LogSaying): void {
    const { method, path, at } = saying
    const key = `${method} ${path}`
    if (saying.kind === 'start') {
      const { traceId } = saying
      const kept = this.#begin(saying, {
        state: 'unseen',
        ...(traceId === undefined ? {} : { traceId }),
        ...(this.#own.claim(method, path, at) ? { own: true } : {}),
      })
      if (this.#started.length >= REMEMBER) this.#started.shift()
      this.#started.push({ key, kept })
      return
    }
    const { error, status } = saying
    const said = { error, ...(status === undefined ? {} : { status }) }
    const failed = this.#started.findLast((one) => one.key === key)
    if (!failed) {
      this.#begin(saying, { state: 'ended', ...said })
      return
    }
    if (failed.failedAt !== undefined && at - failed.failedAt < SAME_FAILURE_MS) return
    failed.failedAt = at
    const { request, startedAt } = failed.kept
    const ended = request.observedBy.some((by) => by !== 'log')
      ? {}
      : { state: 'ended' as const, durationMs: Math.max(0, at - startedAt) }
    this.#store.update(failed.kept, { ...said, ...ended })
  }

  #begin({ method, path, at }: LogSaying, known: Parameters<RequestStore['begin']>[1]): Kept {
    return this.#store.begin({ by: 'log', method, path, route: routeOf(path), at }, known)
  }
}
