import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Access } from '../contract/define'
import type { WireError } from '../contract/errors'
import { MAX_FRAME_BYTES } from '../contract/wire'
import { serve, type Served } from '../rpc/host'
import { readAsset } from './assets'
import { allowedHosts, createGuard, type Refusal } from './guard'
import { servedHeaders } from './headers'
import { Login } from './login'
import { LOCKED_PAGE, OPEN_PAGE, OPEN_SCRIPT } from './pages'
import { webSocketTransport } from './websocket-carrier'

/** Browser windows that may be connected at once. */
const MAX_SOCKETS = 64
const PING_MS = 15_000
/** A login's body: a token and its JSON. */
const MAX_LOGIN_BYTES = 4_096

export interface ServerOptions {
  served: Served
  /** What each browser session may do. */
  access: ReadonlySet<Access>
  /** Folder of the built page. */
  assets: string
  host: string
  /** 0 takes a free one. */
  port: number
  tls?: { cert: string | Buffer; key: string | Buffer }
  /** Told with the next one-time link each time one was used. */
  onLinkUsed?: (next: string) => void
}

export interface RunningServer {
  /** For example `http://127.0.0.1:7414`. */
  readonly origin: string
  readonly port: number
  /** The one-time link that is valid now. */
  link(): string
  /** Ends every session and stops listening. */
  close(): Promise<void>
}

/**
 * Serves the page and the contract to browsers. Everything but the login needs a session cookie;
 * every request must name this server exactly, and what changes anything must come from its page.
 * Rejects with the listen error (`EADDRINUSE`, …).
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const tls = options.tls !== undefined
  const http = options.tls ? createHttps(options.tls) : createHttp()
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen({ host: options.host, port: options.port }, () => {
      http.off('error', reject)
      resolve()
    })
  })
  const { port } = http.address() as AddressInfo
  const hosts = allowedHosts(options.host, port, tls)
  const guard = createGuard(hosts, tls)
  const origin = `${tls ? 'https' : 'http'}://${[...hosts][0] ?? ''}`
  const cookieName = `porthole-${port}`
  const login = new Login()
  const link = () => `${origin}/open#token=${login.token}`

  const loggedIn = (request: IncomingMessage) => login.knows(cookie(request, cookieName))

  http.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch((error: unknown) => {
      options.served.log('http', error)
      if (!response.headersSent) response.writeHead(500, servedHeaders())
      response.end()
    })
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pathname = pathOf(request)
    const refused = guard.host(request)
    if (refused) return refuse(response, refused)
    if (request.method === 'POST' && pathname === '/session') return redeem(request, response)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, { status: 405, message: 'Only GET is answered here.', hint: '' })
    if (pathname === '/open') return reply(response, 200, 'text/html; charset=utf-8', OPEN_PAGE)
    if (pathname === '/open.js') return reply(response, 200, 'text/javascript; charset=utf-8', OPEN_SCRIPT)
    if (!loggedIn(request)) return reply(response, 401, 'text/html; charset=utf-8', LOCKED_PAGE)
    const asset = await readAsset(options.assets, pathname)
    if (!asset) return reply(response, 404, 'text/plain; charset=utf-8', 'Not found.\n')
    return reply(
      response,
      200,
      asset.type,
      asset.body,
      asset.immutable ? { 'Cache-Control': 'private, max-age=31536000, immutable' } : {},
    )
  }

  async function redeem(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = guard.origin(request)
    if (refused) return refuse(response, refused)
    const token = await readToken(request)
    const result = token === undefined ? undefined : login.redeem(token)
    if (result?.ok === true) {
      const secure = tls ? '; Secure' : ''
      reply(response, 204, undefined, '', {
        'Set-Cookie': `${cookieName}=${result.session}; HttpOnly; SameSite=Strict; Path=/${secure}`,
      })
      options.onLinkUsed?.(link())
      return
    }
    if (result?.why === 'too-many')
      return refuse(
        response,
        { status: 429, message: 'Too many wrong links.', hint: 'Wait a minute, then open the last link.' },
        { 'Retry-After': String(result.retryAfterSeconds) },
      )
    refuse(response, {
      status: 403,
      message: 'This link was used already, or is not complete.',
      hint: 'Each link works once. Open the one that "porthole serve" printed last in its terminal.',
    })
  }

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
  })
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refused = guard.origin(request) ?? upgradeFault(request)
    if (refused) {
      socket.on('error', () => socket.destroy())
      socket.end(
        `HTTP/1.1 ${refused.status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n${errorBody(refused)}`,
      )
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => connect(client))
  })

  function upgradeFault(request: IncomingMessage): Refusal | undefined {
    if (pathOf(request) !== '/rpc') return { status: 404, message: 'Only /rpc speaks WebSocket.', hint: '' }
    if (!loggedIn(request))
      return {
        status: 401,
        message: 'This browser is not logged in.',
        hint: 'Open the link that "porthole serve" printed last.',
      }
    if (sockets.clients.size >= MAX_SOCKETS)
      return { status: 503, message: `${MAX_SOCKETS} windows are connected.`, hint: 'Close some of them.' }
    return undefined
  }

  const alive = new WeakSet<WebSocket>()
  const sessions = new Set<() => void>()
  function connect(client: WebSocket): void {
    alive.add(client)
    client.on('pong', () => alive.add(client))
    // ws closes by itself after a fault of the peer, 1009 for an oversize frame.
    client.on('error', () => {})
    const end = serve(options.served, webSocketTransport(client), {
      access: options.access,
      carrier: 'websocket',
    })
    sessions.add(end)
    client.once('close', () => sessions.delete(end))
  }
  const ping = setInterval(() => {
    for (const client of sockets.clients) {
      if (!alive.delete(client)) client.terminate()
      else client.ping()
    }
  }, PING_MS)
  ping.unref()

  return {
    origin,
    port,
    link,
    async close() {
      clearInterval(ping)
      for (const end of sessions) end()
      const closed = new Promise<void>((resolve) => http.close(() => resolve()))
      // A browser that does not answer the goodbye must not hold the program.
      const force = setTimeout(() => {
        for (const client of sockets.clients) client.terminate()
        http.closeAllConnections()
      }, 500)
      http.closeIdleConnections()
      await closed
      clearTimeout(force)
    },
  }
}

function reply(
  response: ServerResponse,
  status: number,
  type: string | undefined,
  body: string | Buffer,
  more: Record<string, string> = {},
): void {
  response.writeHead(status, {
    ...servedHeaders(),
    'Cache-Control': 'no-store',
    ...(type === undefined ? {} : { 'Content-Type': type }),
    ...(status === 204 ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...more,
  })
  // Node leaves the body of an answer to HEAD out by itself.
  response.end(body)
}

function refuse(response: ServerResponse, refusal: Refusal, more: Record<string, string> = {}): void {
  reply(response, refusal.status, 'application/json; charset=utf-8', errorBody(refusal), more)
}

function errorBody({ message, hint }: Refusal): string {
  const error: WireError = { code: 'rpc/denied', message, hint }
  return `${JSON.stringify({ error })}\n`
}

/** The token of a login's JSON body; undefined for any other body. */
async function readToken(request: IncomingMessage): Promise<string | undefined> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > MAX_LOGIN_BYTES) return undefined
  }
  try {
    const body = JSON.parse(text) as { token?: unknown } | null
    return typeof body?.token === 'string' ? body.token : undefined
  } catch {
    return undefined
  }
}

/** A request's path with dot segments resolved; empty for a target that is no path. */
function pathOf(request: IncomingMessage): string {
  try {
    return new URL(request.url ?? '', 'http://porthole.invalid').pathname
  } catch {
    return ''
  }
}

function cookie(request: IncomingMessage, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return undefined
}
