import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SpanBatch } from '../../electron/services/flow/traces/otlp'
import { startTraceReceiver, type TraceReceiver } from '../../electron/services/flow/traces/receiver'

let receiver: TraceReceiver
const batches: SpanBatch[] = []

beforeAll(async () => {
  receiver = await startTraceReceiver({ onSpans: (batch) => batches.push(batch) })
})
afterAll(() => receiver.close())

const PROTOBUF = { 'Content-Type': 'application/x-protobuf' }
async function send(
  body: Uint8Array | string,
  {
    headers = PROTOBUF,
    path = '/v1/traces',
    method = 'POST',
  }: {
    headers?: Record<string, string>
    path?: string
    method?: string
  } = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${receiver.endpoint}${path}`, { method, headers, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    // A refused body is not read to its end.
    sent.on('error', reject)
    sent.end(body)
  })
}

test('it listens on this machine’s loopback alone', () => {
  expect(receiver.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
})

test('what is no export is refused, and the receiver lives', async () => {
  expect(await send('<html>')).toBe(400)
  expect(await send(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]))).toBe(400)
  expect(await send(Buffer.alloc(1_000_000, 0x0b))).toBe(400)
  expect(await send('{}', { headers: { 'Content-Type': 'application/json' } })).toBe(415)
  expect(await send('', { headers: {} })).toBe(415)
  expect(await send('', { path: '/v1/metrics' })).toBe(404)
  expect(await send('', { path: '/v1/traces/../../etc/passwd' })).toBe(404)
  expect(await send('', { method: 'PUT' })).toBe(405)
  expect(await send('', { headers: { ...PROTOBUF, Origin: 'https://example.org' } })).toBe(403)
  expect(await send('', { headers: { ...PROTOBUF, 'Content-Encoding': 'br' } })).toBe(415)
  expect(batches).toEqual([])
  expect(await send('')).toBe(200)
  expect(batches).toEqual([{ spans: [], rejected: 0 }])
})

test('a body over the limit is refused, packed or not', async () => {
  const gzip = { ...PROTOBUF, 'Content-Encoding': 'gzip' }
  expect(await send(gzipSync(Buffer.alloc(0)), { headers: gzip })).toBe(200)
  expect(await send('no gzip', { headers: gzip })).toBe(400)
  expect(await send(gzipSync(Buffer.alloc(200 * 1024 * 1024)), { headers: gzip })).toBe(413)
  // The answer may be cut off by the end of a connection on which more still comes.
  const large = await send(Buffer.alloc(5 * 1024 * 1024)).catch((error: NodeJS.ErrnoException) => error.code)
  expect([413, 'ECONNRESET', 'EPIPE']).toContain(large)
  expect(await send('')).toBe(200)
})

test('a sender that goes away in the middle harms nobody', async () => {
  const { port } = new URL(receiver.endpoint)
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(
        'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100\r\n\r\nhalf',
        () => socket.destroy(),
      )
    })
    socket.on('close', () => resolve())
  })
  expect(await send('')).toBe(200)
})
