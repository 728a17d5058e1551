import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { Tap } from '../../../../electron/services/flow/tap/tap'
import { until } from '../../../support/until'

let dir: string
let upstream: string
let server: Server
let tap: Tap
const said: string[] = []

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'porthole-tap-test-'))
  upstream = join(dir, 'up.sock')
  said.length = 0
})
afterEach(async () => {
  await tap.close()
  await new Promise((resolve) => server.close(resolve))
  rmSync(dir, { recursive: true, force: true })
})

/** A server that does with each connection what `serve` says, and a tap before it. */
async function open(serve: (socket: Socket) => void) {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(upstream, resolve))
  const name = (exchange: { request: { target: string } }) => exchange.request.target
  tap = await Tap.open({
    upstream,
    env: {},
    listener: {
      started: (exchange) => said.push(`start ${name(exchange)}`),
      named: () => undefined,
      answered: () => undefined,
      ended: (exchange, how) => said.push(`${how} ${name(exchange)}`),
      changed: () => undefined,
      log: (line) => said.push(line),
    },
  })
}

function dial(): Socket {
  const socket = connect({ path: tap.socket, allowHalfOpen: true })
  socket.on('error', () => undefined)
  return socket
}

/** What it sends until it ends its half; the other half stays as it is. */
function all(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = []
  socket.on('data', (part: Buffer) => parts.push(part))
  socket.resume()
  return new Promise((resolve) => {
    const done = () => resolve(Buffer.concat(parts))
    socket.once('end', done)
    socket.once('close', done)
  })
}

const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

describe('a tap', () => {
  it('forwards what it does not understand byte for byte, in both directions and after either end', async () => {
    const [there, back] = [randomBytes(5_000_000), randomBytes(5_000_000)]
    let got: Buffer | undefined
    await open((socket) => {
      void (async () => {
        // The answer begins only when the client has ended its half.
        got = await all(socket)
        socket.end(back)
      })()
    })
    const client = dial()
    client.end(there)
    const answer = await all(client)
    client.destroy()
    expect(hash(got ?? Buffer.alloc(0))).toBe(hash(there))
    expect(hash(answer)).toBe(hash(back))
    expect(tap.blind).toBe(1)
    await until('the connection to end', () => tap.connections === 0)
  })

  it('ends the client’s reading when dockerd has ended its half, and goes on carrying the other', async () => {
    let got: Buffer | undefined
    await open((socket) => {
      socket.end('HTTP/1.1 101 Switching\r\nUpgrade: tcp\r\n\r\nbye')
      void all(socket).then((bytes) => (got = bytes))
    })
    const client = dial()
    client.write('POST /exec/x/start HTTP/1.1\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n')
    expect((await all(client)).toString()).toMatch(/bye$/)
    client.end('still there')
    await until('the rest', () => got?.toString().endsWith('still there'))
    expect(said).toEqual(['start /exec/x/start', 'ended /exec/x/start'])
  })

  it('holds no more than a queue of what a slow client does not take, and loses nothing of it', async () => {
    const body = randomBytes(20_000_000)
    let accepted: Socket | undefined
    await open((socket) => {
      accepted = socket
      socket.on('data', () => undefined)
      socket.end(
        Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body]),
      )
    })
    const client = dial()
    client.pause()
    client.write('GET /slow HTTP/1.1\r\n\r\n')
    let last = -1
    // Its server's queue no longer shrinks: the tap has stopped taking from it.
    const left = await until('the tap to stop', () => {
      const now = accepted?.writableLength ?? 0
      const still = now > 0 && now === last
      last = now
      return still && now
    })
    expect(body.length - left).toBeLessThan(4_000_000)
    const answer = await all(client)
    expect(hash(answer.subarray(answer.length - body.length))).toBe(hash(body))
    await until('its end', () => said.includes('ended /slow'))
  })

  it('closes a client where dockerd does not listen, and serves the next when it does', async () => {
    await open((socket) => socket.resume().end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    await new Promise((resolve) => server.close(resolve))
    const refused = dial()
    refused.write('GET /down HTTP/1.1\r\n\r\n')
    expect((await all(refused)).length).toBe(0)
    await until('its end', () => tap.connections === 0)
    await new Promise<void>((resolve) => server.listen(upstream, resolve))
    const client = dial()
    client.write('GET /up HTTP/1.1\r\n\r\n')
    expect((await all(client)).toString()).toMatch(/^HTTP\/1.1 200/)
    client.destroy()
  })

  it('lets go of dockerd when its client is gone', async () => {
    let gone = false
    await open((socket) => {
      const timer = setInterval(() => socket.write('x'.repeat(100_000)), 5)
      socket.on('data', () => undefined)
      socket.on('close', () => {
        clearInterval(timer)
        gone = true
      })
    })
    const client = dial()
    client.write('GET /endless HTTP/1.1\r\n\r\n')
    await new Promise((resolve) => client.once('data', resolve))
    client.destroy()
    await until('dockerd to be let go', () => gone)
    await until('the connection to end', () => tap.connections === 0)
  })

  it('takes a path that is named, over a socket nobody listens on, and leaves nothing', async () => {
    await open((socket) => socket.end())
    const at = async (socket: string) =>
      Tap.open({
        upstream,
        socket,
        env: {},
        listener: {
          started: () => undefined,
          named: () => undefined,
          answered: () => undefined,
          ended: () => undefined,
          changed: () => undefined,
          log: () => undefined,
        },
      })
    const path = join(dir, 'named.sock')
    const refused = { code: 'flow/path-refused' }
    writeFileSync(path, 'mine')
    await expect(at(path)).rejects.toMatchObject(refused)
    rmSync(path)
    const named = await at(path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await expect(at(path)).rejects.toMatchObject(refused)
    await expect(at(upstream)).rejects.toMatchObject(refused)
    // Not even when it is down, and by another name.
    symlinkSync(dir, `${dir}-link`)
    onTestFinished(() => rmSync(`${dir}-link`))
    await new Promise((resolve) => server.close(resolve))
    writeFileSync(upstream, '')
    await expect(at(join(`${dir}-link`, 'up.sock'))).rejects.toMatchObject({
      message: expect.stringContaining('daemon') as unknown,
    })
    rmSync(upstream)
    await expect(at(join(dir, 'no', 'folder.sock'))).rejects.toMatchObject(refused)
    await expect(at('relative.sock')).rejects.toMatchObject(refused)
    await expect(at(join(dir, 'x'.repeat(120)))).rejects.toMatchObject(refused)
    await named.close()
    expect(existsSync(path)).toBe(false)
  })
})
