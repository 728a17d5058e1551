import { describe, expect, it } from 'vitest'
import { ExchangeReader, type Exchange } from '../../../../electron/services/flow/tap/exchange'

/** What a reader was told, in order. */
function reading() {
  const said: string[] = []
  const ended: (Exchange & { how: string })[] = []
  const name = ({ request }: Exchange) => `${request.method} ${request.target}`
  const reader = new ExchangeReader({
    started: (exchange) => said.push(`start ${name(exchange)}`),
    answered: (exchange) => said.push(`head ${name(exchange)} ${exchange.response?.status ?? 0}`),
    ended: (exchange, how) => {
      said.push(`${how} ${name(exchange)}`)
      ended.push({ ...exchange, how })
    },
    blind: (reason) => said.push(`blind: ${reason}`),
  })
  return { reader, said, ended }
}
const lines = (...parts: string[]) => parts.join('\r\n')
const ask = (first: string, ...headers: string[]) =>
  lines(`${first} HTTP/1.1`, 'Host: docker', ...headers, '', '')
const answer = (status: number, ...headers: string[]) => lines(`HTTP/1.1 ${status} Word`, ...headers, '', '')

/** One side's bytes, and which side they are of. */
type Step = ['client' | 'engine', string]

/** Feeds the steps in pieces of `size` bytes; the buffer is used again, as the tap's is. */
function feed(reader: ExchangeReader, steps: Step[], size = Infinity) {
  for (const [side, text] of steps) {
    const bytes = Buffer.from(text, 'latin1')
    for (let at = 0; at < bytes.length; at += size) {
      const piece = Buffer.from(bytes.subarray(at, at + size))
      if (side === 'client') reader.fromClient(piece)
      else reader.fromEngine(piece)
      piece.fill(0)
    }
  }
}

const run: Step[] = [
  ['client', ask('HEAD /_ping')],
  ['engine', answer(200, 'Content-Length: 2')],
  [
    'client',
    `${ask('POST /v1.41/build', 'Transfer-Encoding: chunked', 'Content-Type: application/x-tar')}5;x=y\r\nabcde\r\n`,
  ],
  ['client', '10\r\n0123456789abcdef\r\n0\r\nTrailer: x\r\n\r\n'],
  ['engine', answer(200, 'Transfer-Encoding: chunked', 'Content-Type: application/json; charset=utf-8')],
  ['engine', '3\r\n{}\n\r\n0\r\n\r\n'],
  ['client', `${ask('POST /v1.41/containers/create?name=c', 'Content-Length: 2')}{}`],
  ['engine', `${answer(100)}${answer(201, 'Content-Length: 4')}abcd`],
  ['client', ask('DELETE /v1.41/containers/c')],
  ['engine', answer(204)],
]

describe('the reader of a tapped connection', () => {
  it.each([Infinity, 1, 2, 3, 7, 64])('finds each request and its answer in pieces of %d bytes', (size) => {
    const { reader, said, ended } = reading()
    feed(reader, run, size)
    reader.closed()
    expect(said.filter((line) => !line.startsWith('head'))).toEqual([
      'start HEAD /_ping',
      'ended HEAD /_ping',
      'start POST /v1.41/build',
      'ended POST /v1.41/build',
      'start POST /v1.41/containers/create?name=c',
      'ended POST /v1.41/containers/create?name=c',
      'start DELETE /v1.41/containers/c',
      'ended DELETE /v1.41/containers/c',
    ])
    expect(ended.map(({ requestBytes, responseBytes }) => [requestBytes, responseBytes])).toEqual([
      [0, 0],
      [21, 3],
      [2, 4],
      [0, 0],
    ])
    expect(ended.map(({ response }) => response?.status)).toEqual([200, 200, 201, 204])
    expect(ended[1]).toMatchObject({
      request: { contentType: 'application/x-tar' },
      response: { contentType: 'application/json' },
    })
  })

  it('keeps pipelined requests and their answers in order', () => {
    const { reader, said } = reading()
    feed(reader, [
      ['client', ask('GET /a') + ask('GET /b') + ask('HEAD /c')],
      ['engine', `${answer(200, 'Content-Length: 1')}x${answer(304)}${answer(200, 'Content-Length: 9')}`],
    ])
    expect(said.filter((line) => line.startsWith('ended'))).toEqual([
      'ended GET /a',
      'ended GET /b',
      'ended HEAD /c',
    ])
  })

  it.each(['Upgrade', 'none'])('counts both directions of a hijacked connection (%s)', (kind) => {
    const { reader, said, ended } = reading()
    const headers = kind === 'Upgrade' ? ['Connection: Upgrade', 'Upgrade: tcp'] : []
    const status = kind === 'Upgrade' ? 101 : 200
    feed(reader, [
      // Some clients do not wait for the answer before they send.
      ['client', `${ask('POST /v1.41/exec/abc/start', 'Content-Length: 2', ...headers)}{}GET / early`],
      ['engine', `${answer(status, 'Content-Type: application/vnd.docker.raw-stream', ...headers)}out`],
      ['client', 'GET /no HTTP/1.1\r\n\r\n'],
      ['engine', 'HTTP/1.1 200 OK\r\n\r\n'],
    ])
    expect(said).toEqual(['start POST /v1.41/exec/abc/start', `head POST /v1.41/exec/abc/start ${status}`])
    reader.engineEnded()
    reader.closed()
    expect(ended).toHaveLength(1)
    expect(ended[0]).toMatchObject({ how: 'ended', requestBytes: 2 + 11 + 20, responseBytes: 3 + 19 })
  })

  it('goes on with HTTP when an upgrade was refused', () => {
    const { reader, said } = reading()
    feed(reader, [
      ['client', ask('POST /session', 'Connection: Upgrade', 'Upgrade: h2c') + ask('GET /next')],
      ['engine', `${answer(404, 'Content-Length: 2')}no`],
      ['engine', `${answer(200, 'Content-Length: 0')}`],
    ])
    expect(said.at(-1)).toBe('ended GET /next')
  })

  it('says cut of an answer that did not end, and ended of one that ends with its connection', () => {
    const one = reading()
    feed(one.reader, [
      ['client', ask('GET /events')],
      ['engine', `${answer(200, 'Transfer-Encoding: chunked')}1\r\nx\r\n`],
    ])
    one.reader.closed()
    expect(one.said.at(-1)).toBe('cut GET /events')
    const other = reading()
    feed(other.reader, [
      ['client', ask('GET /x')],
      ['engine', `${answer(200)}all of it`],
    ])
    other.reader.closed()
    expect(other.ended[0]).toMatchObject({ how: 'ended', responseBytes: 9 })
  })

  it.each([
    ['HTTP/2 from the start', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01'],
    ['no request line', 'GARBAGE\r\n\r\n'],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: x\r\n\r\n'],
    ['two lengths', ask('POST /x', 'Content-Length: 1', 'Content-Length: 2')],
    ['an encoding of its own', ask('POST /x', 'Transfer-Encoding: gzip, chunked')],
    ['a negative length', ask('POST /x', 'Content-Length: -1')],
    ['a chunk without a size', `${ask('POST /x', 'Transfer-Encoding: chunked')}zz\r\n`],
    ['a chunk too large to count', `${ask('POST /x', 'Transfer-Encoding: chunked')}ffffffffffffff\r\n`],
    ['a chunk that is longer than it says', `${ask('POST /x', 'Transfer-Encoding: chunked')}1\r\nabc`],
    ['a head without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(1_200_000)}`],
  ])('goes blind at %s, once, and says so', (_what, bytes) => {
    const { reader, said } = reading()
    feed(reader, [['client', bytes]])
    feed(reader, run)
    reader.closed()
    expect(said.filter((line) => line.startsWith('blind'))).toHaveLength(1)
    expect(said.filter((line) => line.startsWith('start')).length).toBeLessThanOrEqual(1)
    expect(said.some((line) => line.startsWith('ended'))).toBe(false)
  })

  it('goes blind at an answer that nobody asked for, and leaves open requests unseen', () => {
    const { reader, said } = reading()
    feed(reader, [
      ['client', ask('GET /a')],
      ['engine', 'HTTP/9 what\r\n\r\n'],
    ])
    expect(said).toEqual(['start GET /a', 'unseen GET /a', 'blind: No status line.'])
    const other = reading()
    feed(other.reader, [['engine', answer(408)]])
    expect(other.said).toEqual(['blind: An answer that nobody asked for.'])
  })

  it('neither throws nor claims more than it saw, whatever comes', () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return seed % below
    }
    for (let round = 0; round < 300; round += 1) {
      const { reader, said } = reading()
      const steps = run.map(([side, text]): Step => {
        const bytes = Buffer.from(text, 'latin1')
        for (let flips = random(3); flips > 0; flips -= 1) bytes[random(bytes.length)] = random(256)
        return [side, bytes.toString('latin1')]
      })
      feed(reader, steps, 1 + random(40))
      reader.closed()
      const count = (word: string) => said.filter((line) => line.startsWith(word)).length
      expect(count('ended') + count('cut') + count('unseen')).toBe(count('start'))
      expect(count('blind')).toBeLessThanOrEqual(1)
    }
  })
})
