import { once } from 'node:events'
import { createGunzip, type Gunzip } from 'node:zlib'
import { damaged } from '../damaged'
import { isZstd, Unzstd } from './zstd'

/** Takes packed bytes in pieces of any size; each write waits until what came of it was taken. */
export interface Unpacker {
  /** Throws `image/unreadable`, and what the taker of the unpacked bytes throws. */
  write(bytes: Buffer): Promise<void>
  end(): Promise<void>
}

/** Bytes by which the way something is packed is told. */
export const HEAD = 4

/** What unpacks bytes that begin like these; undefined for what is not packed with gzip or zstd. */
export function unpackerFor(head: Buffer, out: (bytes: Buffer) => Promise<void>): Unpacker | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return new Gunzipped(out)
  return isZstd(head) ? new Unzstd(out) : undefined
}

class Gunzipped implements Unpacker {
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: 256 * 1024 })
  readonly #unpacked: Promise<void>
  #failure: unknown

  constructor(out: (bytes: Buffer) => Promise<void>) {
    this.#unpacked = (async () => {
      for await (const piece of this.#gunzip as AsyncIterable<Buffer>) await out(piece)
    })().catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException
      this.#failure = code?.startsWith('Z_') === true ? damaged('a part is not whole gzip') : error
    })
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#failure === undefined && !this.#gunzip.write(bytes))
      await Promise.race([once(this.#gunzip, 'drain').catch(() => undefined), this.#unpacked])
    if (this.#failure !== undefined) throw this.#failure
  }

  async end(): Promise<void> {
    if (this.#failure === undefined) this.#gunzip.end()
    await this.#unpacked
    if (this.#failure !== undefined) throw this.#failure
  }
}
