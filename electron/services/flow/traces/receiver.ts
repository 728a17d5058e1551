import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { readSpans, type SpanBatch } from './otlp'

/** Largest body, packed and unpacked: the exporter sends at most 512 spans at a time. */
const MAX_BODY_BYTES = 4 * 1024 * 1024
const MAX_CONNECTIONS = 16
const BODY_MS = 10_000

/** Takes the spans that dockerd and containerd send, at an address of this machine alone. */
export interface TraceReceiver {
  /** What OTEL_EXPORTER_OTLP_ENDPOINT has to say, e.g. `http://127.0.0.1:4318`. */
  readonly endpoint: string
  close(): Promise<void>
}

export interface TraceReceiverOptions {
  /** Port to listen on; 0 for any that is free. */
  port?: number
  onSpans(batch: SpanBatch): void
}

/**
 * Listens for OTLP/HTTP on 127.0.0.1. It only ever takes: every answer is a status and nothing of
 * what came before. Any program of this machine may send, so what comes is bounded and is never
 * taken for more than it says. Throws the listen error, EADDRINUSE among them.
 */
export async function startTraceReceiver(options: TraceReceiverOptions): Promise<TraceReceiver> {
  const server = createServer({ requestTimeout: BODY_MS, headersTimeout: BODY_MS, maxHeaderSize: 8 * 1024 })
  server.maxConnections = MAX_CONNECTIONS
  server.on('request', (request, response) => {
    take(request, options.onSpans).then(
      () => response.writeHead(200, { 'Content-Type': 'application/x-protobuf', 'Content-Length': 0 }).end(),
      (error: unknown) => refuse(request, response, error),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: options.port ?? 0 }, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A request that is not taken, with its HTTP status. */
class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

async function take(request: IncomingMessage, onSpans: (batch: SpanBatch) => void): Promise<void> {
  // No exporter is a web page, and no web page has anything to tell here.
  if (request.headers.origin !== undefined) throw new Refused(403, 'Pages are not listened to.')
  if (request.url !== '/v1/traces') throw new Refused(404, 'Only /v1/traces is taken.')
  if (request.method !== 'POST') throw new Refused(405, 'Only POST is taken.')
  if (request.headers['content-type']?.split(';')[0] !== 'application/x-protobuf')
    throw new Refused(415, 'Only application/x-protobuf is taken.')
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity' && encoding !== 'gzip') throw new Refused(415, 'Only gzip is unpacked.')
  const packed = await bodyOf(request)
  const body = encoding === 'gzip' ? await unpack(packed) : packed
  onSpans(spansOf(body))
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > MAX_BODY_BYTES) throw new Refused(413, `More than ${MAX_BODY_BYTES} bytes.`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

async function unpack(packed: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: MAX_BODY_BYTES })
  } catch (error) {
    const bomb = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    throw bomb ? new Refused(413, 'It unpacks to too much.') : new Refused(400, 'It is no gzip.')
  }
}

function spansOf(body: Buffer): SpanBatch {
  try {
    return readSpans(body)
  } catch {
    throw new Refused(400, 'It is no ExportTraceServiceRequest.')
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const { status, message } = error instanceof Refused ? error : new Refused(400, 'It broke off.')
  // The rest of a body that is too large is not read.
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' })
  response.end(`${message}\n`, () => request.destroy())
}
