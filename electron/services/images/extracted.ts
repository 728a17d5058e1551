import type { Piece, ReaderName } from './subject'
import { MAX_CONTENT, MAX_PIECE } from './subject'
import { SharedWork } from './shared-work'

interface Head {
  bytes: Buffer
  sizeBytes: number
}

/** Files that are kept: the next piece of one is asked for right after the first. */
const KEPT = 8

/** Heads of files that were taken out of an archive: as that may take long, once for all pieces. */
export class Extracted {
  readonly #kept = new Map<string, Head>()
  readonly #work = new SharedWork<Head, never>()

  async piece(
    key: string,
    reader: ReaderName,
    from: number,
    extract: (limit: number, signal: AbortSignal) => Promise<Head>,
    signal: AbortSignal,
  ): Promise<Piece> {
    const head =
      this.#kept.get(key) ??
      (await this.#work.join(
        key,
        (_, stop) => extract(MAX_CONTENT, stop),
        () => undefined,
        signal,
      ))
    this.#kept.delete(key)
    this.#kept.set(key, head)
    for (const [oldest] of this.#kept) if (this.#kept.size > KEPT) this.#kept.delete(oldest)
    const { bytes, sizeBytes } = head
    return { bytes: bytes.subarray(from, Math.min(from + MAX_PIECE, MAX_CONTENT)), sizeBytes, reader }
  }
}
