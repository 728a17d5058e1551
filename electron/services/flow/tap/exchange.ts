import { ChunkedBody, EndlessBody, LengthBody, type BodyReader } from './body'
import {
  HeadReader,
  NotUnderstood,
  readRequestHead,
  readResponseHead,
  type Framing,
  type RequestHead,
  type ResponseHead,
} from './head'

/** A request on a tapped connection, and what is known of its answer so far. */
export interface Exchange {
  readonly request: RequestHead
  /** Milliseconds since 1970. */
  readonly startedAt: number
  durationMs?: number
  response?: ResponseHead
  requestBytes: number
  responseBytes: number
}

/** What a connection's bytes mean. None of these may throw. */
export interface ExchangeListener {
  started(exchange: Exchange): void
  /** The answer's head is there and its body is not yet. */
  answered(exchange: Exchange): void
  ended(exchange: Exchange, how: 'ended' | 'cut' | 'unseen'): void
  /** From here on the bytes are forwarded and nothing is known of them. */
  blind(reason: string): void
}

/** What a client sent behind a request for an upgrade is kept until the answer says what it is. */
const MAX_HELD_BYTES = 64 * 1024
/** Requests a client may have sent ahead of their answers. */
const MAX_PENDING = 1_000
/** dockerd takes these connections over even where no upgrade was asked for (api/server, hijack). */
const HIJACKED = /^(?:\/v[\d.]+)?\/(?:containers\/[^/]+\/attach|exec\/[^/]+\/start|session|grpc)(?:\?|$)/

interface Pending extends Exchange {
  readonly startedTick: number
}

/**
 * Reads along on one connection: requests on the client's side, answers on dockerd's, in the same
 * order (HTTP/1.1 pipelining). It is told of bytes that are on their way already, so it can neither
 * hold them back nor change them; what it does not understand makes it blind for the rest of the
 * connection.
 */
export class ExchangeReader {
  readonly #listener: ExchangeListener
  readonly #pending: Pending[] = []
  readonly #requestHead = new HeadReader()
  readonly #responseHead = new HeadReader()
  #requestBody: BodyReader | undefined
  #responseBody: BodyReader | undefined
  /** `held`: an upgrade was asked for, and the answer decides what the client's bytes are. */
  #client: 'http' | 'held' | 'raw' = 'http'
  #held: Buffer[] = []
  #heldBytes = 0
  #blind = false

  constructor(listener: ExchangeListener) {
    this.#listener = listener
  }

  /** Bytes of the client, while they are valid: the buffer may be used again afterwards. */
  fromClient(chunk: Buffer): void {
    this.#try(() => this.#readClient(chunk))
  }

  /** Bytes of dockerd, under the same condition. */
  fromEngine(chunk: Buffer): void {
    this.#try(() => this.#readEngine(chunk))
  }

  /** dockerd sends nothing more. */
  engineEnded(): void {
    const current = this.#pending[0]
    if (!this.#blind && current && this.#responseBody instanceof EndlessBody) this.#end(current)
  }

  /** Nothing is left of the connection. */
  closed(): void {
    this.engineEnded()
    for (const exchange of this.#pending.splice(0)) this.#settle(exchange, this.#blind ? 'unseen' : 'cut')
    this.#blind = true
  }

  #try(read: () => void): void {
    if (this.#blind) return
    try {
      read()
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error
      this.#blind = true
      this.#held = []
      for (const exchange of this.#pending.splice(0)) this.#settle(exchange, 'unseen')
      this.#listener.blind(error.message)
    }
  }

  #readClient(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#client === 'raw') {
        const current = this.#pending[0]
        if (current) current.requestBytes += chunk.length - at
        return
      }
      if (this.#client === 'held') {
        this.#hold(chunk.subarray(at))
        return
      }
      const body = this.#requestBody
      if (body) {
        at = body.push(chunk, at)
        const sender = this.#pending.at(-1)
        if (sender) sender.requestBytes = body.bytes
        if (body.done) this.#requestSent()
        continue
      }
      at = this.#requestHead.push(chunk, at)
      if (this.#requestHead.text !== undefined) this.#begin(readRequestHead(this.#requestHead.take()))
    }
  }

  #begin(request: RequestHead): void {
    if (this.#pending.length >= MAX_PENDING) throw new NotUnderstood('Requests without answers.')
    const exchange: Pending = {
      request,
      startedAt: Date.now(),
      startedTick: performance.now(),
      requestBytes: 0,
      responseBytes: 0,
    }
    this.#pending.push(exchange)
    this.#listener.started(exchange)
    this.#requestBody = bodyOf(request.framing)
    if (this.#requestBody === undefined) this.#requestSent()
  }

  #requestSent(): void {
    this.#requestBody = undefined
    const sent = this.#pending.at(-1)
    if (sent && (sent.request.upgrade !== undefined || HIJACKED.test(sent.request.target)))
      this.#client = 'held'
  }

  #hold(bytes: Buffer): void {
    this.#heldBytes += bytes.length
    if (this.#heldBytes > MAX_HELD_BYTES) throw new NotUnderstood('Much was sent before the upgrade.')
    this.#held.push(Buffer.from(bytes))
  }

  #readEngine(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      const current = this.#pending[0]
      if (!current) throw new NotUnderstood('An answer that nobody asked for.')
      const body = this.#responseBody
      if (body) {
        at = body.push(chunk, at)
        current.responseBytes = body.bytes
        if (body.done) this.#end(current)
        continue
      }
      at = this.#responseHead.push(chunk, at)
      if (this.#responseHead.text !== undefined)
        this.#answer(current, readResponseHead(this.#responseHead.take()), at < chunk.length)
    }
  }

  #answer(current: Pending, response: ResponseHead, more: boolean): void {
    const { status, framing } = response
    // 100 Continue and its like: the answer itself is still to come.
    if (status < 200 && status !== 101) return
    current.response = response
    const bare = current.request.method === 'HEAD' || status === 204 || status === 304
    const body = status === 101 ? new EndlessBody() : bare ? undefined : answerBody(framing)
    this.#decide(body instanceof EndlessBody, current)
    if (body === undefined || body.done) this.#end(current)
    else {
      this.#responseBody = body
      if (!more || body instanceof EndlessBody) this.#listener.answered(current)
    }
  }

  /** What the client sent since it asked for an upgrade is known with the answer to that request. */
  #decide(raw: boolean, current: Pending): void {
    const isLast = this.#pending.at(-1) === current
    if (raw) {
      if (!isLast) throw new NotUnderstood('An upgrade with requests behind it.')
      this.#client = 'raw'
      current.requestBytes += this.#heldBytes
      this.#held = []
    } else if (this.#client === 'held' && isLast) {
      const held = this.#held
      this.#held = []
      this.#heldBytes = 0
      this.#client = 'http'
      for (const bytes of held) this.#readClient(bytes)
    }
  }

  #end(exchange: Pending): void {
    this.#responseBody = undefined
    this.#pending.shift()
    this.#settle(exchange, 'ended')
  }

  #settle(exchange: Pending, how: 'ended' | 'cut' | 'unseen'): void {
    exchange.durationMs = performance.now() - exchange.startedTick
    this.#listener.ended(exchange, how)
  }
}

function bodyOf(framing: Framing): BodyReader | undefined {
  if (framing.kind === 'chunked') return new ChunkedBody()
  if (framing.kind === 'length' && framing.bytes > 0) return new LengthBody(framing.bytes)
  return undefined
}

/** An answer that names no end is at its end with its connection. */
function answerBody(framing: Framing): BodyReader {
  if (framing.kind === 'length') return new LengthBody(framing.bytes)
  return framing.kind === 'chunked' ? new ChunkedBody() : new EndlessBody()
}
