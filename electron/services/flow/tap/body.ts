import { NotUnderstood } from './head'

/** Finds the end of one body and counts what is in it. */
export interface BodyReader {
  /** Bytes of content so far, without chunk heads. */
  readonly bytes: number
  readonly done: boolean
  /** Takes bytes from `at` on; returns where the body ends, or the chunk's end. Throws {@link NotUnderstood}. */
  push(chunk: Buffer, at: number): number
}

/** A body with a Content-Length. */
export class LengthBody implements BodyReader {
  readonly #length: number
  bytes = 0

  constructor(length: number) {
    this.#length = length
  }

  get done(): boolean {
    return this.bytes === this.#length
  }

  push(chunk: Buffer, at: number): number {
    const take = Math.min(chunk.length - at, this.#length - this.bytes)
    this.bytes += take
    return at + take
  }
}

/** A body that ends with its connection. */
export class EndlessBody implements BodyReader {
  readonly done = false
  bytes = 0

  push(chunk: Buffer, at: number): number {
    this.bytes += chunk.length - at
    return chunk.length
  }
}

const CR = 0x0d
const LF = 0x0a
/** Digits of a chunk's size: more cannot be held exactly. */
const MAX_SIZE_DIGITS = 13
/** Length of a chunk's extension or of a trailer line. */
const MAX_LINE = 4_096

type Place = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailer' | 'trailer-lf'

/** `Transfer-Encoding: chunked` (RFC 9112, 7.1), across any boundaries of what is read. */
export class ChunkedBody implements BodyReader {
  bytes = 0
  done = false
  #place: Place = 'size'
  /** Of this chunk: what it says, and then what is left. */
  #left = 0
  #digits = 0
  #line = 0

  push(chunk: Buffer, at: number): number {
    let i = at
    while (i < chunk.length) {
      if (this.#place === 'data') {
        const take = Math.min(chunk.length - i, this.#left)
        this.bytes += take
        this.#left -= take
        i += take
        if (this.#left === 0) this.#place = 'data-cr'
        continue
      }
      this.#step(chunk[i] ?? 0)
      i += 1
      if (this.done) return i
    }
    return i
  }

  #step(byte: number): void {
    switch (this.#place) {
      case 'size':
        if (byte === CR && this.#digits > 0) this.#place = 'size-lf'
        else if ((byte === 0x3b || byte === 0x20) && this.#digits > 0) this.#enter('extension')
        else this.#digit(byte)
        return
      case 'extension':
        if (byte === CR) this.#place = 'size-lf'
        else this.#lengthen()
        return
      case 'size-lf':
        expect(byte, LF)
        this.#digits = 0
        this.#enter(this.#left === 0 ? 'trailer' : 'data')
        return
      case 'data-cr':
        expect(byte, CR)
        this.#place = 'data-lf'
        return
      case 'data-lf':
        expect(byte, LF)
        this.#place = 'size'
        return
      case 'trailer':
        if (byte === CR) this.#place = 'trailer-lf'
        else this.#lengthen()
        return
      case 'trailer-lf':
        expect(byte, LF)
        if (this.#line === 0) this.done = true
        else this.#enter('trailer')
    }
  }

  #enter(place: Place): void {
    this.#place = place
    this.#line = 0
  }

  #lengthen(): void {
    this.#line += 1
    if (this.#line > MAX_LINE) throw new NotUnderstood('A line without end in a chunked body.')
  }

  #digit(byte: number): void {
    const value =
      byte >= 0x30 && byte <= 0x39
        ? byte - 0x30
        : byte >= 0x61 && byte <= 0x66
          ? byte - 0x57
          : byte >= 0x41 && byte <= 0x46
            ? byte - 0x37
            : -1
    this.#digits += 1
    if (value < 0 || this.#digits > MAX_SIZE_DIGITS) throw new NotUnderstood('No size of a chunk.')
    this.#left = this.#left * 16 + value
  }
}

function expect(byte: number, wanted: number): void {
  if (byte !== wanted) throw new NotUnderstood('A chunk does not end where it says.')
}
