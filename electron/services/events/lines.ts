/** Longest line that is kept: an event larger than this could not cross the wire anyway. */
export const MAX_LINE_BYTES = 1024 * 1024

/**
 * Splits a byte stream at newlines. Memory is bounded by one line: a longer one is skipped to its
 * end and reported through `onTooLong`.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => void
  readonly #onTooLong: () => void
  readonly #maxBytes: number
  #parts: Buffer[] = []
  #size = 0
  #skipping = false

  constructor(onLine: (line: string) => void, onTooLong: () => void, maxBytes = MAX_LINE_BYTES) {
    this.#onLine = onLine
    this.#onTooLong = onTooLong
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer): void {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      this.#take(chunk.subarray(from, end))
      this.#finish()
      from = end + 1
    }
    if (from < chunk.length) this.#take(chunk.subarray(from))
  }

  #take(part: Buffer): void {
    if (this.#skipping) return
    this.#size += part.length
    if (this.#size > this.#maxBytes) {
      this.#skipping = true
      this.#parts = []
    } else if (part.length > 0) this.#parts.push(part)
  }

  #finish(): void {
    const [only] = this.#parts
    if (this.#skipping) this.#onTooLong()
    else if (only)
      this.#onLine((this.#parts.length === 1 ? only : Buffer.concat(this.#parts)).toString('utf8'))
    this.#parts = []
    this.#size = 0
    this.#skipping = false
  }
}
