import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { maskedPath } from './path'

/** Told by node:http for each request this process sends. */
const CHANNEL = 'http.client.request.start'
/** dockerd's line about a request comes at most this much after its start, in milliseconds. */
const WINDOW_MS = 5_000
const REMEMBER = 2_000

interface Asked {
  key: string
  at: number
}

/**
 * The requests of this Porthole itself: dockerd's log says nothing of who asked, so they are told by
 * method, path and time. One of somebody else's that is alike at the same moment may be taken for it.
 */
export class OwnRequests {
  #asked: Asked[] = []
  readonly #listener = (message: unknown): void => {
    const { request } = message as { request?: { method?: unknown; path?: unknown } }
    if (typeof request?.method !== 'string' || typeof request.path !== 'string') return
    if (this.#asked.length >= REMEMBER) this.#asked.shift()
    this.#asked.push({ key: `${request.method} ${maskedPath(request.path)}`, at: Date.now() })
  }

  start(): void {
    subscribe(CHANNEL, this.#listener)
  }

  stop(): void {
    unsubscribe(CHANNEL, this.#listener)
    this.#asked = []
  }

  /** Whether a request seen at `at` (milliseconds since 1970) is one of ours; each counts once. */
  claim(method: string, path: string, at: number): boolean {
    const key = `${method} ${path}`
    const found = this.#asked.findIndex(
      (asked) => asked.key === key && asked.at >= at - WINDOW_MS && asked.at <= at + 100,
    )
    if (found < 0) return false
    this.#asked.splice(found, 1)
    return true
  }
}
