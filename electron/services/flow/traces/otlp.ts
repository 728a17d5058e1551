import protobuf from 'protobufjs/minimal.js'

type Reader = protobuf.Reader

/** The part of a request's work that one hop tells of: an OpenTelemetry span. */
export interface Span {
  /** 32 hex digits, the same for everything that one request set in motion. */
  traceId: string
  /** 16 hex digits. */
  spanId: string
  parentId?: string
  name: string
  kind: SpanKind
  /** Nanoseconds since 1970: a number cannot hold them. */
  startNano: bigint
  endNano: bigint
  /** Cut to a bounded number of bounded values. */
  attributes: Readonly<Record<string, string>>
  /** The hop says that it failed. */
  failed: boolean
  /** What it says of that. */
  message?: string
  /** `service.name` of the program that told: dockerd, containerd. */
  service?: string
}

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

/** What was read of one body. */
export interface SpanBatch {
  spans: Span[]
  /** Spans that named no trace or no time, or stood behind the limit. */
  rejected: number
}

/** Most spans of one body, attributes of one span, and characters of one value that are kept. */
const MAX_SPANS = 8_192
const MAX_ATTRIBUTES = 64
const MAX_CHARS = 1_024

const KINDS: readonly SpanKind[] = ['internal', 'internal', 'server', 'client', 'producer', 'consumer']
const STATUS_ERROR = 2

const VARINT = 0
const FIXED64 = 1
const BYTES = 2

/**
 * Reads the body of `POST /v1/traces`: an ExportTraceServiceRequest in protobuf, the one encoding
 * that the OTLP/HTTP exporter of dockerd and containerd sends (opentelemetry-proto, trace.proto).
 * Fields that are not known are passed over. Throws a RangeError or an Error for a body that is
 * truncated or no protobuf.
 */
export function readSpans(body: Uint8Array): SpanBatch {
  const batch: SpanBatch = { spans: [], rejected: 0 }
  for (const resourceSpans of messages(body, 1)) readResourceSpans(resourceSpans, batch)
  return batch
}

function readResourceSpans(message: Uint8Array, batch: SpanBatch): void {
  const [resource] = messages(message, 1)
  const service = resource === undefined ? undefined : readAttributes(messages(resource, 1))['service.name']
  for (const scopeSpans of messages(message, 2))
    for (const each of messages(scopeSpans, 2)) {
      const span = batch.spans.length < MAX_SPANS ? readSpan(each, service) : undefined
      if (span === undefined) batch.rejected += 1
      else batch.spans.push(span)
    }
}

/** Undefined for a span without ids or times. */
function readSpan(message: Uint8Array, service: string | undefined): Span | undefined {
  let traceId = ''
  let spanId = ''
  let parentId = ''
  let name = ''
  let kind = 0
  let startNano = 0n
  let endNano = 0n
  let status = { code: 0, message: '' }
  const attributes: Uint8Array[] = []
  fields(message, (field, wire, reader) => {
    if (wire === BYTES)
      switch (field) {
        case 1:
          return (traceId = hex(reader.bytes()))
        case 2:
          return (spanId = hex(reader.bytes()))
        case 4:
          return (parentId = hex(reader.bytes()))
        case 5:
          return (name = text(reader))
        case 9:
          return attributes.push(reader.bytes())
        case 15:
          return (status = readStatus(reader.bytes()))
      }
    if (wire === VARINT && field === 6) return (kind = reader.uint32())
    if (wire === FIXED64 && field === 7) return (startNano = nanoseconds(reader))
    if (wire === FIXED64 && field === 8) return (endNano = nanoseconds(reader))
    return undefined
  })
  if (!/^(?!0+$)[0-9a-f]{32}$/.test(traceId) || !/^(?!0+$)[0-9a-f]{16}$/.test(spanId)) return undefined
  if (startNano === 0n || endNano < startNano) return undefined
  return {
    traceId,
    spanId,
    ...(/^(?!0+$)[0-9a-f]{16}$/.test(parentId) ? { parentId } : {}),
    name,
    kind: KINDS[kind] ?? 'internal',
    startNano,
    endNano,
    attributes: readAttributes(attributes),
    failed: status.code === STATUS_ERROR,
    ...(status.message === '' ? {} : { message: status.message }),
    ...(service === undefined ? {} : { service }),
  }
}

function readStatus(message: Uint8Array): { code: number; message: string } {
  const status = { code: 0, message: '' }
  fields(message, (field, wire, reader) => {
    if (field === 2 && wire === BYTES) return (status.message = text(reader))
    if (field === 3 && wire === VARINT) return (status.code = reader.uint32())
    return undefined
  })
  return status
}

function readAttributes(pairs: readonly Uint8Array[]): Record<string, string> {
  // No prototype: a hostile name is a name like any other.
  const attributes = Object.create(null) as Record<string, string>
  for (const pair of pairs.slice(0, MAX_ATTRIBUTES)) {
    let key = ''
    let value: string | undefined
    fields(pair, (field, wire, reader) => {
      if (field === 1 && wire === BYTES) return (key = text(reader))
      if (field === 2 && wire === BYTES) return (value = readValue(reader.bytes())) ?? ''
      return undefined
    })
    if (key !== '' && value !== undefined) attributes[key] = value
  }
  return attributes
}

/** A plain value as text; lists and maps, which no HTTP or RPC attribute is, are left out. */
function readValue(message: Uint8Array): string | undefined {
  let value: string | undefined
  fields(message, (field, wire, reader) => {
    if (field === 1 && wire === BYTES) return (value = text(reader))
    if (field === 2 && wire === VARINT) return (value = String(reader.bool()))
    if (field === 3 && wire === VARINT) return (value = String(reader.int64()))
    if (field === 4 && wire === FIXED64) return (value = String(reader.double()))
    return undefined
  })
  return value
}

/** The messages that stand under one field number. */
function messages(message: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = []
  fields(message, (field, wire, reader) =>
    field === wanted && wire === BYTES ? found.push(reader.bytes()) : undefined,
  )
  return found
}

/** Walks over the fields of a message; `read` gives undefined for one that it did not consume. */
function fields(message: Uint8Array, read: (field: number, wire: number, reader: Reader) => unknown): void {
  const reader = protobuf.Reader.create(message)
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const before = reader.pos
    read(tag >>> 3, tag & 7, reader)
    if (reader.pos === before) reader.skipType(tag & 7)
  }
}

function text(reader: Reader): string {
  const bytes = reader.bytes()
  const cut = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4 * MAX_CHARS))
  return cut.toString('utf8').slice(0, MAX_CHARS)
}

function hex(bytes: Uint8Array): string {
  return bytes.length > 16 ? '' : Buffer.from(bytes).toString('hex')
}

function nanoseconds(reader: Reader): bigint {
  const low = reader.fixed32()
  const high = reader.fixed32()
  return (BigInt(high) << 32n) | BigInt(low)
}
