import type { FileHandle } from 'node:fs/promises'
import { asLine, MAX_LINE, type RecordingEntry, type RecordingHead } from './format'
import { masked } from './mask'

/** Largest file of a recording, in bytes. */
export const MOST_BYTES = 16 * 1024 * 1024
/** What is kept free for the end: spans of the requests, and the last line. */
const RESERVE = 512 * 1024
/** Milliseconds that lines wait to be written together; what a kill may cost. */
const FLUSH_MS = 250

/**
 * Writes a recording line by line, masked, up to its size. Each line is whole or not there, so that a
 * file whose Porthole was killed is read as far as it goes.
 */
export class RecordingWriter {
  bytes = 0
  #waiting: string[] = []
  #timer: NodeJS.Timeout | undefined
  #written: Promise<void> = Promise.resolve()
  #failure: unknown

  /** `failed` is called once when the disk does not take it. */
  constructor(
    private readonly handle: FileHandle,
    private readonly failed: (error: unknown) => void,
    private readonly limit = MOST_BYTES,
  ) {}

  begin(head: RecordingHead): void {
    this.#put(asLine(head))
  }

  /** False when there is no room for it; `last` may use what is kept free. */
  add(entry: RecordingEntry, last = false): boolean {
    const line = asLine(masked(entry))
    if (line.length > MAX_LINE) return true
    if (this.bytes + Buffer.byteLength(line) > this.limit - (last ? 0 : RESERVE)) return false
    this.#put(line)
    return true
  }

  /** Writes what waits, and closes the file. Throws what the disk said. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#flush()
    await this.#written
    await this.handle.close()
    if (this.#failure !== undefined) throw this.#failure
  }

  #put(line: string): void {
    this.bytes += Buffer.byteLength(line)
    this.#waiting.push(line)
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS)
  }

  #flush(): void {
    this.#timer = undefined
    if (this.#waiting.length === 0 || this.#failure !== undefined) return
    const text = this.#waiting.join('')
    this.#waiting = []
    this.#written = this.#written
      .then(() => this.handle.appendFile(text))
      .catch((error: unknown) => {
        if (this.#failure === undefined) this.failed(error)
        this.#failure ??= error
      })
  }
}
