import { once } from 'node:events'
import { createGunzip, type Gunzip } from 'node:zlib'
import { damaged } from '../damaged'
import { BLOCK, readBlock, type TarEntry, TarReader, type BodySink } from '../tar'

const ZSTD = 0x28b52ffd

/** What a file of an image archive turned out to be. */
export type BlobKind = 'layer' | 'zstd' | 'other'

/**
 * A file of an image archive that may be a layer: a tar, or one packed with gzip. Which it is, its
 * first bytes tell: the OCI layout names configs and layers alike.
 */
export class Blob implements BodySink {
  kind: BlobKind = 'other'
  #head = Buffer.alloc(0)
  #tar: TarReader | undefined
  #gunzip: Gunzip | undefined
  #unpacked: Promise<unknown> | undefined
  #failure: unknown
  #told = false

  constructor(
    private readonly onEntry: (entry: TarEntry) => void,
    private readonly onLayer: () => void,
  ) {}

  push(bytes: Buffer): void {
    if (this.#told) {
      this.#take(bytes)
      return
    }
    this.#head = Buffer.concat([this.#head, bytes])
    if (this.#head.length >= BLOCK) this.#tell()
  }

  end(): void {
    if (!this.#told) this.#tell()
    if (this.#gunzip === undefined) this.#finish()
    else this.#gunzip.end()
  }

  /** Waits until what was pushed is unpacked, so that it does not pile up. Throws what went wrong. */
  async settle(): Promise<void> {
    if (this.#gunzip?.writableNeedDrain === true && this.#failure === undefined)
      await Promise.race([once(this.#gunzip, 'drain'), this.#unpacked])
    if (this.#gunzip?.writableEnded === true) await this.#unpacked
    if (this.#failure !== undefined) throw this.#failure
  }

  #tell(): void {
    this.#told = true
    const head = this.#head
    if (head[0] === 0x1f && head[1] === 0x8b) this.#unpack()
    else if (head.length >= BLOCK && head.readUInt32BE(0) === ZSTD) this.kind = 'zstd'
    else if (head.length >= BLOCK && isTar(head)) this.#begin()
    this.#head = Buffer.alloc(0)
    this.#take(head)
  }

  #begin(): TarReader {
    this.kind = 'layer'
    return (this.#tar = new TarReader((entry) => {
      this.onEntry(entry)
      return undefined
    }))
  }

  #take(bytes: Buffer): void {
    if (this.#gunzip === undefined) this.#tar?.push(bytes)
    // The piece belongs to whoever reads the archive; gunzip takes it later.
    else if (this.#failure === undefined) this.#gunzip.write(Buffer.from(bytes))
  }

  #unpack(): void {
    const gunzip = createGunzip({ chunkSize: 256 * 1024 })
    const tar = this.#begin()
    this.#gunzip = gunzip
    this.#unpacked = (async () => {
      for await (const piece of gunzip as AsyncIterable<Buffer>) tar.push(piece)
      this.#finish()
    })().catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException
      this.#failure = code?.startsWith('Z_') === true ? damaged('a layer is not whole gzip') : error
    })
  }

  #finish(): void {
    if (this.#tar === undefined) return
    this.#tar.end()
    this.onLayer()
  }
}

function isTar(head: Buffer): boolean {
  try {
    readBlock(head.subarray(0, BLOCK))
    return true
  } catch {
    return false
  }
}
