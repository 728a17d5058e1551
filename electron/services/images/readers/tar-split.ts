import { damaged } from '../damaged'
import { TarReader, type TarEntry } from '../tar'

/** tar-split (vbatts/tar-split, storage/entry.go): 1 stands for a file's content, 2 for raw bytes. */
const CONTENT = 1
const RAW = 2
/** Most bytes of one line: what stands in front of a header, written in base64. */
const MAX_LINE = 8 * 1024 * 1024
/** How dockerd begins a line of raw bytes; most lines are one, and base64 holds nothing that JSON escapes. */
const RAW_LINE = Buffer.from('{"type":2,"payload":"')
const QUOTE = 0x22
const BRACE = 0x7d

/**
 * Takes a tar-split record, unpacked, in pieces of any size: one JSON object a line, that are the bytes
 * of the layer's tar with the contents left out.
 */
export class TarSplitReader {
  readonly #tar: TarReader
  #parts: Buffer[] = []
  #length = 0
  /** Raw bytes of a line, unpacked; most are three blocks at most. */
  readonly #raw = Buffer.alloc(64 * 1024)

  constructor(onEntry: (entry: TarEntry) => void) {
    this.#tar = new TarReader((entry) => {
      onEntry(entry)
      return undefined
    })
  }

  /** Throws `image/unreadable`. */
  push(bytes: Buffer): void {
    let at = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, at)) {
      if (this.#parts.length === 0) this.#line(bytes, at, end)
      else {
        const line = Buffer.concat([...this.#parts, bytes.subarray(at, end)])
        this.#parts = []
        this.#length = 0
        this.#line(line, 0, line.length)
      }
      at = end + 1
    }
    const rest = bytes.subarray(at)
    this.#length += rest.length
    if (this.#length > MAX_LINE) throw damaged('a line of the record is too long')
    if (rest.length > 0) this.#parts.push(rest)
  }

  /** Throws `image/unreadable` where the record ended too soon. */
  end(): void {
    if (this.#length > 0) throw damaged('the record ends in the middle of a line')
    this.#tar.end()
  }

  #line(bytes: Buffer, from: number, to: number): void {
    if (from === to || this.#rawLine(bytes, from, to)) return
    let value: unknown
    try {
      value = JSON.parse(bytes.toString('utf8', from, to))
    } catch {
      throw damaged('a line of the record is no JSON')
    }
    const { type, payload } = (value ?? {}) as { type?: unknown; payload?: unknown }
    if (type === CONTENT) this.#tar.leaveOut()
    else if (type === RAW && typeof payload === 'string') this.#tar.push(Buffer.from(payload, 'base64'))
    else throw damaged('a line of the record is of no known kind')
  }

  /** Takes a line of raw bytes without reading it as JSON, which would cost more than all the rest. */
  #rawLine(bytes: Buffer, from: number, to: number): boolean {
    const begin = from + RAW_LINE.length
    if (begin >= to || bytes.compare(RAW_LINE, 0, RAW_LINE.length, from, begin) !== 0) return false
    const quote = bytes.indexOf(QUOTE, begin)
    if (quote < 0 || quote >= to || bytes[to - 1] !== BRACE) return false
    const payload = bytes.toString('latin1', begin, quote)
    if (payload.length > this.#raw.length) return false
    // The tar reader keeps nothing of what it is given.
    this.#tar.push(this.#raw.subarray(0, this.#raw.write(payload, 'base64')))
    return true
  }
}
