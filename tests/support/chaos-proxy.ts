import { existsSync, rmSync } from 'node:fs'
import { createServer, connect, type Server, type Socket } from 'node:net'

/**
 * Stands between a program and a daemon's socket and spoils what passes: cuts connections, stalls
 * them, garbles answers, or is away. The daemon behind it is a real one.
 */
export class ChaosProxy {
  readonly socket: string
  readonly endpoint: string
  readonly #target: string
  readonly #pairs = new Set<{ client: Socket; daemon: Socket }>()
  #server: Server | undefined
  #stalled = false
  #garble: ((chunk: Buffer) => Buffer) | undefined
  /** Connections accepted so far. */
  accepted = 0

  private constructor(socket: string, target: string) {
    this.socket = socket
    this.endpoint = `unix://${socket}`
    this.#target = target
  }

  static async start(socket: string, target: string): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(socket, target)
    await proxy.listen()
    return proxy
  }

  /** Opens the socket (again). */
  listen(): Promise<void> {
    rmSync(this.socket, { force: true })
    const server = createServer((client) => this.#join(client))
    this.#server = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.socket, resolve)
    })
  }

  /** Ends every connection; new ones are let through. */
  cut(): void {
    for (const { client, daemon } of [...this.#pairs]) {
      client.destroy()
      daemon.destroy()
    }
  }

  /** Nothing passes any more, on connections old and new, which stay open. */
  stall(): void {
    this.#stalled = true
    for (const pair of this.#pairs) {
      pair.client.pause()
      pair.daemon.pause()
    }
  }

  /** Ends a stall: what waited passes. */
  resume(): void {
    this.#stalled = false
    for (const pair of this.#pairs) {
      pair.client.resume()
      pair.daemon.resume()
    }
  }

  /** Puts every chunk of an answer through `change`; undefined ends it. */
  garble(change: ((chunk: Buffer) => Buffer) | undefined): void {
    this.#garble = change
  }

  /** Ends every connection and the socket with it, file and all. */
  async away(): Promise<void> {
    this.cut()
    const server = this.#server
    this.#server = undefined
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()))
    if (existsSync(this.socket)) rmSync(this.socket, { force: true })
  }

  #join(client: Socket): void {
    this.accepted += 1
    const daemon = connect(this.#target)
    const pair = { client, daemon }
    this.#pairs.add(pair)
    const end = (): void => {
      this.#pairs.delete(pair)
      client.destroy()
      daemon.destroy()
    }
    client.on('data', (chunk) => daemon.write(chunk))
    daemon.on('data', (chunk: Buffer) => client.write(this.#garble ? this.#garble(chunk) : chunk))
    for (const socket of [client, daemon]) socket.on('error', end).on('close', end)
    if (this.#stalled) {
      client.pause()
      daemon.pause()
    }
  }
}
