/** The bytes are not HTTP/1 as this file knows it. What is forwarded does not care. */
export class NotUnderstood extends Error {
  override name = 'NotUnderstood'
}

/** Go's own limit of a head is 1 MiB and a little (net/http: DefaultMaxHeaderBytes). */
const MAX_HEAD_BYTES = 1_100_000
/** A head in more pieces is nobody's: joining them would cost more than forwarding them. */
const MAX_PIECES = 1_000
const END = Buffer.from('\r\n\r\n')
const PREFACE = 'PRI * HTTP/2.0'

/** How a message says where its body ends. */
export type Framing = { kind: 'length'; bytes: number } | { kind: 'chunked' } | { kind: 'none' }

export interface RequestHead {
  method: string
  target: string
  framing: Framing
  /** Protocols the client would go on with: `tcp`, `h2c`. */
  upgrade?: string
  userAgent?: string
  contentType?: string
}

export interface ResponseHead {
  status: number
  framing: Framing
  upgrade?: string
  contentType?: string
}

/** Gathers a head that may come in any number of pieces. */
export class HeadReader {
  #kept: Buffer | undefined
  #pieces = 0
  /** The head without its last empty line, once it is complete. */
  text: string | undefined

  /** Takes bytes from `at` on; returns where the head ends, or the chunk's end. Throws {@link NotUnderstood}. */
  push(chunk: Buffer, at: number): number {
    // A head in one piece, which is nearly every one, is not copied.
    const whole = this.#kept === undefined ? chunk : Buffer.concat([this.#kept, chunk.subarray(at)])
    const from = this.#kept === undefined ? at : 0
    const searchFrom = this.#kept === undefined ? at : Math.max(0, this.#kept.length - END.length)
    const end = whole.indexOf(END, searchFrom)
    if (end < 0) {
      this.#pieces += 1
      if (whole.length - from > MAX_HEAD_BYTES || this.#pieces > MAX_PIECES)
        throw new NotUnderstood('A head without end.')
      refuseEarly(whole, from)
      this.#kept = Buffer.from(whole.subarray(from))
      return chunk.length
    }
    const before = this.#kept?.length ?? 0
    this.#kept = undefined
    this.#pieces = 0
    this.text = whole.toString('latin1', from, end)
    return from === 0 && before > 0 ? at + (end + END.length - before) : end + END.length
  }

  /** Gives the text and begins anew. */
  take(): string {
    const text = this.text ?? ''
    this.text = undefined
    return text
  }
}

/** What can be no head is not waited for: HTTP/2 from the start, a TLS hello, anything binary. */
function refuseEarly(bytes: Buffer, from: number): void {
  const first = bytes[from] ?? 0
  if (first < 0x41 || first > 0x5a) throw new NotUnderstood('No head begins like this.')
  if (bytes.toString('latin1', from, from + PREFACE.length) === PREFACE)
    throw new NotUnderstood('HTTP/2 from the start.')
}

/** Throws {@link NotUnderstood}. */
export function readRequestHead(text: string): RequestHead {
  const { first, headers } = readLines(text)
  const match = /^([A-Z]{1,32}) (\S+) HTTP\/1\.[01]$/.exec(first)
  if (!match) throw new NotUnderstood('No request line.')
  const head: RequestHead = { method: match[1] ?? '', target: match[2] ?? '', framing: framingOf(headers) }
  const upgrade = headers.get('upgrade')
  const userAgent = headers.get('user-agent')
  const contentType = mediaType(headers)
  if (upgrade !== undefined) head.upgrade = upgrade
  if (userAgent !== undefined) head.userAgent = userAgent.slice(0, 256)
  if (contentType !== undefined) head.contentType = contentType
  return head
}

/** Throws {@link NotUnderstood}. */
export function readResponseHead(text: string): ResponseHead {
  const { first, headers } = readLines(text)
  const match = /^HTTP\/1\.[01] ([1-5]\d\d)(?: .*)?$/.exec(first)
  if (!match) throw new NotUnderstood('No status line.')
  const head: ResponseHead = { status: Number(match[1]), framing: framingOf(headers) }
  const upgrade = headers.get('upgrade')
  const contentType = mediaType(headers)
  if (upgrade !== undefined) head.upgrade = upgrade
  if (contentType !== undefined) head.contentType = contentType
  return head
}

function readLines(text: string): { first: string; headers: Map<string, string> } {
  const [first = '', ...lines] = text.split('\r\n')
  // Go ends a line at a bare LF too, and so would see another message than this does.
  if (text.includes('\n') && lines.length !== text.split('\n').length - 1)
    throw new NotUnderstood('A line that ends in LF alone.')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) throw new NotUnderstood('No header line.')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    const known = headers.get(name)
    if (known === undefined) headers.set(name, value)
    // Only of these does the framing depend, and two that differ are a fault on the other side too.
    else if ((name === 'content-length' || name === 'transfer-encoding') && known !== value)
      throw new NotUnderstood(`Two headers ${name}.`)
  }
  return { first, headers }
}

function framingOf(headers: Map<string, string>): Framing {
  const encoding = headers.get('transfer-encoding')
  if (encoding !== undefined) {
    if (encoding.toLowerCase() !== 'chunked') throw new NotUnderstood('A transfer encoding of its own.')
    return { kind: 'chunked' }
  }
  const length = headers.get('content-length')
  if (length === undefined) return { kind: 'none' }
  if (!/^\d{1,15}$/.test(length)) throw new NotUnderstood('No content length.')
  return { kind: 'length', bytes: Number(length) }
}

function mediaType(headers: Map<string, string>): string | undefined {
  return headers.get('content-type')?.split(';')[0]?.trim().slice(0, 128).toLowerCase()
}
