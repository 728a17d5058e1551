import { readFileSync, rmSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'

/**
 * A FAKE: it replays what a Docker Engine 29.7.2 answered, for a machine that cannot run one.
 * `/info` holds the fields that were recorded, not all. Events are those a test gives it.
 */
export class RecordedEngine {
  readonly socket: string
  readonly endpoint: string
  readonly version: Record<string, unknown>
  readonly info: Record<string, unknown>
  readonly #server: Server
  readonly #streams = new Set<ServerResponse>()
  readonly #minApi: string
  readonly #maxApi: string
  /** Paths asked for so far. */
  readonly asked: string[] = []

  private constructor(socket: string, versions: { max?: string; min?: string; engine?: string }) {
    this.socket = socket
    this.endpoint = `unix://${socket}`
    this.version = recorded('version-29.7.json')
    this.info = recorded('info-29.7.json')
    this.#maxApi = versions.max ?? String(this.version['ApiVersion'])
    this.#minApi = versions.min ?? String(this.version['MinAPIVersion'])
    this.version['ApiVersion'] = this.#maxApi
    this.version['MinAPIVersion'] = this.#minApi
    if (versions.engine !== undefined) this.version['Version'] = versions.engine
    this.#server = createServer((request, response) => this.#answer(request.url ?? '', response))
  }

  /** `max` and `min` turn it into another 29: 29.0 spoke 1.44 to 1.52. */
  static start(
    socket: string,
    versions: { max?: string; min?: string; engine?: string } = {},
  ): Promise<RecordedEngine> {
    const engine = new RecordedEngine(socket, versions)
    rmSync(socket, { force: true })
    return new Promise((resolve, reject) => {
      engine.#server.once('error', reject)
      engine.#server.listen(socket, () => resolve(engine))
    })
  }

  /** Sends lines on every open event stream. */
  send(...lines: string[]): void {
    for (const stream of this.#streams) stream.write(lines.map((line) => `${line}\n`).join(''))
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    rmSync(this.socket, { force: true })
  }

  #answer(url: string, response: ServerResponse): void {
    this.asked.push(url)
    response.setHeader('Api-Version', this.#maxApi)
    response.setHeader('Docker-Experimental', 'false')
    response.setHeader('Ostype', 'linux')
    response.setHeader('Server', 'Docker/29.7.2 (linux)')
    const versioned = /^\/v(\d+)\.(\d+)(\/.*)$/.exec(url)
    const path = (versioned?.[3] ?? url).replace(/\?.*$/, '')
    if (versioned) {
      const minor = Number(versioned[2])
      const own = `1.${minor}`
      if (minor < Number(this.#minApi.slice(2)))
        return json(response, 400, {
          message: `client version ${own} is too old. Minimum supported API version is ${this.#minApi}, please upgrade your client to a newer version`,
        })
      if (minor > Number(this.#maxApi.slice(2)))
        return json(response, 400, {
          message: `client version ${own} is too new. Maximum supported API version is ${this.#maxApi}`,
        })
    }
    if (path === '/_ping') {
      response.setHeader('Builder-Version', '2')
      response.setHeader('Swarm', 'inactive')
      response.setHeader('Content-Type', 'text/plain; charset=utf-8')
      response.end('OK')
    } else if (path === '/version') json(response, 200, this.version)
    else if (path === '/info') json(response, 200, this.info)
    else if (path === '/events') {
      response.setHeader('Content-Type', 'application/json')
      response.flushHeaders()
      this.#streams.add(response)
      response.on('close', () => this.#streams.delete(response))
    } else json(response, 404, { message: 'page not found' })
  }
}

function recorded(name: string): Record<string, unknown> {
  const file = fileURLToPath(new URL(name, import.meta.url))
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify(body))
}
