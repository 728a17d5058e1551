/** Longest line that is kept whole, in bytes. */
export const MAX_LINE_BYTES = 256 * 1024

const NEWLINE = 0x0a

/**
 * Cuts a stream of bytes into lines of text. A line longer than `maxBytes` keeps its beginning and
 * says how much is missing; bytes that are not UTF-8 become U+FFFD. NUL bytes before a line are
 * skipped: a file that was truncated under a writer without O_APPEND begins with a hole of them.
 */
export class LineSplitter {
  #parts: Buffer[] = []
  #kept = 0
  #dropped = 0

  constructor(readonly maxBytes = MAX_LINE_BYTES) {}

  /** Bytes of the line that has begun and not ended. */
  get pendingBytes(): number {
    return this.#kept + this.#dropped
  }

  /** Lines that end within `chunk`, in order. */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let from = 0
    while (from < chunk.length) {
      if (this.pendingBytes === 0) {
        while (chunk[from] === 0) from += 1
        if (from >= chunk.length) break
      }
      const end = chunk.indexOf(NEWLINE, from)
      this.#keep(chunk.subarray(from, end === -1 ? chunk.length : end))
      if (end === -1) break
      lines.push(this.#take())
      from = end + 1
    }
    return lines
  }

  /** The line that has begun, as it is; undefined when there is none. */
  flush(): string | undefined {
    return this.pendingBytes === 0 ? undefined : this.#take()
  }

  #keep(part: Buffer): void {
    const room = this.maxBytes - this.#kept
    const kept = part.length <= room ? part : part.subarray(0, room)
    // A copy: the caller reads into the same buffer again.
    if (kept.length > 0) this.#parts.push(Buffer.from(kept))
    this.#kept += kept.length
    this.#dropped += part.length - kept.length
  }

  #take(): string {
    let text = Buffer.concat(this.#parts).toString('utf8')
    if (this.#dropped > 0) text += `… [${this.#dropped} more bytes not shown]`
    else if (text.endsWith('\r')) text = text.slice(0, -1)
    this.#parts = []
    this.#kept = 0
    this.#dropped = 0
    return text
  }
}
