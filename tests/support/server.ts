import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { request as entry, type Access } from '../../electron/contract/define'
import type { Served } from '../../electron/rpc/host'
import { startServer, type RunningServer } from '../../electron/server/server'

/** A contract with an entry of each access. */
export const small: Served = {
  contract: {
    'test.read': entry({ access: 'read', input: z.strictObject({}), output: z.string() }),
    'test.write': entry({ access: 'write', input: z.strictObject({}), output: z.string() }),
    'test.admin': entry({ access: 'admin', input: z.strictObject({}), output: z.string() }),
  },
  handlers: {
    'test.read': () => Promise.resolve('read'),
    'test.write': () => Promise.resolve('written'),
    'test.admin': () => Promise.resolve('administered'),
  },
  log: () => {},
}

/** A folder like that of the built page; gone after the test. */
export function builtPage(): string {
  const dir = mkdtempSync(join(tmpdir(), 'porthole-page-'))
  mkdirSync(join(dir, 'page', 'assets'), { recursive: true })
  writeFileSync(join(dir, 'page', 'index.html'), '<!doctype html><title>Porthole</title>')
  writeFileSync(join(dir, 'page', 'assets', 'main-1.js'), 'export {}')
  writeFileSync(join(dir, 'secret.txt'), 'secret')
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return join(dir, 'page')
}

/** A real server on loopback for one test. */
export async function serverFor(
  access: Access[] = ['read', 'write'],
  assets = builtPage(),
): Promise<RunningServer> {
  const server = await startServer({
    served: small,
    access: new Set(access),
    assets,
    host: '127.0.0.1',
    port: 0,
  })
  onTestFinished(() => server.close())
  return server
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** One HTTP request with exactly these headers and this path: `fetch` would put both right. */
export function send(
  server: RunningServer,
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port: server.port, path, method, headers, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        )
      },
    )
    outgoing.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** An attempt to open the WebSocket; status 101 when it was let in. */
export function knock(
  server: RunningServer,
  headers: Record<string, string>,
  path = '/rpc',
): Promise<Answer> {
  return send(server, path, {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  })
}
