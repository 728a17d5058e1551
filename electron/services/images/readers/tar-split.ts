import { damaged } from '../damaged'
import { TarReader, type TarEntry } from '../tar'

/** tar-split (vbatts/tar-split, storage/entry.go): 1 stands for a file's content, 2 for raw bytes. */
const CONTENT = 1
const RAW = 2
/** Most bytes of one line: what stands in front of a header, written in base64. */
const MAX_LINE = 8 * 1024 * 1024

/**
 * Takes a tar-split record, unpacked, in pieces of any size: one JSON object a line, that are the bytes
 * of the layer's tar with the contents left out.
 */
export class TarSplitReader {
  readonly #tar: TarReader
  #parts: Buffer[] = []
  #length = 0

  constructor(onEntry: (entry: TarEntry) => void) {
    this.#tar = new TarReader((entry) => {
      onEntry(entry)
      return undefined
    })
  }

  /** Throws `image/unreadable`. */
  push(bytes: Buffer): void {
    let rest = bytes
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line =
        this.#parts.length === 0
          ? rest.subarray(0, end)
          : Buffer.concat([...this.#parts, rest.subarray(0, end)])
      this.#parts = []
      this.#length = 0
      rest = rest.subarray(end + 1)
      if (line.length > 0) this.#line(line.toString('utf8'))
    }
    this.#length += rest.length
    if (this.#length > MAX_LINE) throw damaged('a line of the record is too long')
    if (rest.length > 0) this.#parts.push(rest)
  }

  /** Throws `image/unreadable` where the record ended too soon. */
  end(): void {
    if (this.#length > 0) throw damaged('the record ends in the middle of a line')
    this.#tar.end()
  }

  #line(text: string): void {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw damaged('a line of the record is no JSON')
    }
    const { type, payload } = (value ?? {}) as { type?: unknown; payload?: unknown }
    if (type === CONTENT) this.#tar.leaveOut()
    else if (type === RAW && typeof payload === 'string') this.#tar.push(Buffer.from(payload, 'base64'))
    else throw damaged('a line of the record is of no known kind')
  }
}
