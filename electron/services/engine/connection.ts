import * as http from 'node:http'
import * as https from 'node:https'
import type { Socket } from 'node:net'
import type { Address } from './endpoint'

export interface EngineAnswer {
  status: number
  headers: http.IncomingHttpHeaders
  body: string
}

/** An answer did not come in time. `connected` tells a silent listener from an absent one. */
export class TimedOut extends Error {
  readonly connected: boolean
  constructor(path: string, afterMs: number, connected: boolean) {
    super(`No answer to ${path} within ${afterMs} ms`)
    this.name = 'TimedOut'
    this.connected = connected
  }
}

/** What Porthole's own client says it is, so that its requests can be told from others'. */
export const OWN_AGENT = 'Porthole'
/** No answer of the engine that is read whole may be larger. */
const MAX_BODY_BYTES = 64 * 1024 * 1024
/** A connection closed sooner after an answer is looked into only as late, in milliseconds. */
const CLOSES_AT_ONCE_MS = 400

/**
 * A light HTTP client for one address. The command line asks for a status and ends: it must not
 * pay for dockerode, which loads ssh2 and more.
 */
export class Connection {
  readonly address: Address
  readonly #requests: http.Agent
  readonly #heartbeat: http.Agent
  readonly #watched = new WeakSet<Socket>()
  readonly #onLost: () => void
  #closed = false

  /** `onLost` is called when the idle connection behind `beat` is closed by the other side. */
  constructor(address: Address, onLost: () => void = () => undefined) {
    this.address = address
    this.#onLost = onLost
    const make = (maxSockets: number): http.Agent => {
      const settings = { keepAlive: true, maxSockets, maxFreeSockets: 2 }
      return address.kind === 'tcp' && address.tls
        ? new https.Agent({
            ...settings,
            ...(address.tls.ca === undefined ? {} : { ca: address.tls.ca }),
            ...(address.tls.cert === undefined ? {} : { cert: address.tls.cert }),
            ...(address.tls.key === undefined ? {} : { key: address.tls.key }),
            rejectUnauthorized: address.tls.verify,
          })
        : new http.Agent(settings)
    }
    this.#requests = make(32)
    this.#heartbeat = make(1)
  }

  /** One GET, read whole. `path` goes as it is: `/_ping`, `/v1.41/info`. */
  get(path: string, options: { signal?: AbortSignal; timeoutMs: number }): Promise<EngineAnswer> {
    return this.#get(path, this.#requests, options)
  }

  /**
   * `/_ping` on a connection of its own that stays open in between: the kernel closes it in the
   * very moment dockerd ends, so a lost daemon is noticed without asking.
   */
  async beat(timeoutMs: number): Promise<EngineAnswer> {
    let socket: Socket | undefined
    const answer = await this.#get('/_ping', this.#heartbeat, { timeoutMs }, (used) => (socket = used))
    const kept = socket
    // A server without keep-alive closes after each answer; that says nothing about its health.
    if (kept && !this.#watched.has(kept) && answer.headers.connection !== 'close') {
      this.#watched.add(kept)
      const answeredAt = Date.now()
      kept.once('close', () => {
        // One that closes each time without saying so must not be asked in a circle.
        const pause = Date.now() - answeredAt < CLOSES_AT_ONCE_MS ? CLOSES_AT_ONCE_MS : 0
        setTimeout(() => {
          if (!this.#closed) this.#onLost()
        }, pause).unref()
      })
    }
    return answer
  }

  /** One GET whose answer is handed over as it comes; for `/events`. Rejects on connection errors. */
  stream(path: string, options: { signal: AbortSignal; timeoutMs: number }): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = this.#request(path, undefined, options.signal)
      const timer = setTimeout(
        () => request.destroy(new TimedOut(path, options.timeoutMs, request.socket?.connecting === false)),
        options.timeoutMs,
      )
      request.on('response', (response) => {
        clearTimeout(timer)
        resolve(response)
      })
      request.on('error', (error) => {
        clearTimeout(timer)
        reject(error)
      })
      request.end()
    })
  }

  /** Ends idle connections; requests under way fail. */
  close(): void {
    this.#closed = true
    this.#requests.destroy()
    this.#heartbeat.destroy()
  }

  #request(path: string, agent: http.Agent | undefined, signal: AbortSignal | undefined): http.ClientRequest {
    const { address } = this
    const common = {
      path,
      method: 'GET',
      headers: { Host: 'docker', 'User-Agent': OWN_AGENT },
      ...(signal ? { signal } : {}),
    }
    if (address.kind === 'unix')
      return http.request({ ...common, socketPath: address.path, agent: agent ?? false })
    const target = { ...common, host: address.host, port: address.port }
    if (!address.tls) return http.request({ ...target, agent: agent ?? false })
    return https.request({
      ...target,
      // A stream takes the settings of the agent without its pool.
      agent: agent ?? new https.Agent({ ...(this.#requests as https.Agent).options, keepAlive: false }),
    })
  }

  #get(
    path: string,
    agent: http.Agent,
    options: { signal?: AbortSignal; timeoutMs: number },
    onSocket?: (socket: Socket) => void,
  ): Promise<EngineAnswer> {
    return new Promise((resolve, reject) => {
      const request = this.#request(path, agent, options.signal)
      let connected = false
      const timer = setTimeout(
        () => request.destroy(new TimedOut(path, options.timeoutMs, connected)),
        options.timeoutMs,
      )
      const fail = (error: Error): void => {
        clearTimeout(timer)
        reject(error)
      }
      request.on('socket', (socket) => {
        onSocket?.(socket)
        if (socket.connecting) socket.once('connect', () => (connected = true))
        else connected = true
      })
      request.on('error', fail)
      request.on('response', (response) => {
        const parts: Buffer[] = []
        let size = 0
        response.on('data', (part: Buffer) => {
          size += part.length
          if (size > MAX_BODY_BYTES) request.destroy(new Error(`The answer to ${path} is too large`))
          else parts.push(part)
        })
        response.on('error', fail)
        response.on('end', () => {
          clearTimeout(timer)
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts).toString('utf8'),
          })
        })
      })
      request.end()
    })
  }
}
