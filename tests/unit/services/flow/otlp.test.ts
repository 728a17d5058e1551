import protobuf from 'protobufjs/minimal.js'
import { describe, expect, it } from 'vitest'
import { readSpans } from '../../../../electron/services/flow/traces/otlp'

type Writer = protobuf.Writer
const message = (write: (writer: Writer) => void): Uint8Array => {
  const writer = protobuf.Writer.create()
  write(writer)
  return writer.finish()
}
/** Writes bytes or text under a field number. */
const put = (writer: Writer, field: number, value: Uint8Array | string): Writer =>
  typeof value === 'string'
    ? writer.uint32((field << 3) | 2).string(value)
    : writer.uint32((field << 3) | 2).bytes(value)
const nano = (writer: Writer, field: number, value: bigint): Writer =>
  writer
    .uint32((field << 3) | 1)
    .fixed32(Number(value & 0xffffffffn))
    .fixed32(Number(value >> 32n))

const attribute = (key: string, write: (value: Writer) => void): Uint8Array =>
  message((pair) => {
    put(pair, 1, key)
    put(pair, 2, message(write))
  })

const START = 1_764_000_000_123_456_789n
interface Told {
  traceId?: Uint8Array
  spanId?: Uint8Array
  more?: (span: Writer) => void
  start?: bigint
  end?: bigint
}
const span = ({ traceId, spanId, more, start = START, end = START + 5_000_000n }: Told = {}): Uint8Array =>
  message((writer) => {
    put(writer, 1, traceId ?? new Uint8Array(16).fill(0xab))
    put(writer, 2, spanId ?? new Uint8Array(8).fill(0x01))
    put(writer, 5, 'POST /containers/create')
    writer.uint32((6 << 3) | 0).uint32(2)
    nano(writer, 7, start)
    nano(writer, 8, end)
    more?.(writer)
  })
const body = (...spans: Uint8Array[]): Uint8Array =>
  message((all) =>
    put(
      all,
      1,
      message((resource) => {
        put(
          resource,
          1,
          message((of) =>
            put(
              of,
              1,
              attribute('service.name', (value) => put(value, 1, 'dockerd')),
            ),
          ),
        )
        put(
          resource,
          2,
          message((scope) => spans.forEach((each) => put(scope, 2, each))),
        )
      }),
    ),
  )

describe('the body of an OTLP export', () => {
  it('is read to the nanosecond, with every kind of plain value', () => {
    const { spans, rejected } = readSpans(
      body(
        span({
          more: (writer) => {
            put(writer, 4, new Uint8Array(8).fill(0x02))
            put(
              writer,
              9,
              attribute('http.request.method', (value) => put(value, 1, 'POST')),
            )
            put(
              writer,
              9,
              attribute('http.response.status_code', (value) => value.uint32((3 << 3) | 0).int64(404)),
            )
            put(
              writer,
              9,
              attribute('ok', (value) => value.uint32((2 << 3) | 0).bool(true)),
            )
            put(
              writer,
              9,
              attribute('share', (value) => value.uint32((4 << 3) | 1).double(0.5)),
            )
            put(
              writer,
              9,
              attribute('list', (value) => put(value, 5, new Uint8Array(0))),
            )
            put(
              writer,
              15,
              message((status) => {
                put(status, 2, 'no such container')
                status.uint32((3 << 3) | 0).uint32(2)
              }),
            )
            put(writer, 16, 'a field of a later version')
          },
        }),
      ),
    )
    expect(rejected).toBe(0)
    expect(spans).toEqual([
      {
        traceId: 'ab'.repeat(16),
        spanId: '01'.repeat(8),
        parentId: '02'.repeat(8),
        name: 'POST /containers/create',
        kind: 'server',
        startNano: START,
        endNano: START + 5_000_000n,
        attributes: Object.assign(Object.create(null) as object, {
          'http.request.method': 'POST',
          'http.response.status_code': '404',
          ok: 'true',
          share: '0.5',
        }),
        failed: true,
        message: 'no such container',
        service: 'dockerd',
      },
    ])
  })

  it('counts what names no trace, no span or no time', () => {
    const { spans, rejected } = readSpans(
      body(
        span(),
        span({ traceId: new Uint8Array(16) }),
        span({ traceId: new Uint8Array(40).fill(1) }),
        span({ spanId: new Uint8Array(3).fill(1) }),
        span({ start: 0n }),
        span({ start: START, end: START - 1n }),
      ),
    )
    expect([spans.length, rejected]).toEqual([1, 5])
  })

  it('bounds what it keeps of a hostile one', () => {
    const { spans } = readSpans(
      body(
        span({
          more: (writer) => {
            put(
              writer,
              9,
              attribute('__proto__', (value) => put(value, 1, 'x')),
            )
            put(
              writer,
              9,
              attribute('long', (value) => put(value, 1, '€'.repeat(100_000))),
            )
            for (let n = 0; n < 1_000; n += 1)
              put(
                writer,
                9,
                attribute(`a${n}`, (value) => put(value, 1, 'x')),
              )
          },
        }),
      ),
    )
    const attributes = spans[0]?.attributes ?? {}
    expect(Object.keys(attributes)).toHaveLength(64)
    expect(attributes['__proto__']).toBe('x')
    expect(attributes['long']).toHaveLength(1_024)
    const many = readSpans(body(...Array.from({ length: 8_200 }, () => span())))
    expect([many.spans.length, many.rejected]).toEqual([8_192, 8])
  })

  it('is refused when it is cut short or no protobuf, wherever that is', () => {
    const whole = body(span(), span())
    for (let length = 1; length < whole.length; length += 1)
      expect(() => readSpans(whole.subarray(0, length)), `${length} bytes`).toThrow()
    expect(() => readSpans(Buffer.from('<html>'))).toThrow()
    expect(() => readSpans(Buffer.alloc(100_000, 0x0b))).toThrow()
  })
})
