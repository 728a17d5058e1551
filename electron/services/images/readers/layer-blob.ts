import { damaged } from '../damaged'
import { BLOCK, readBlock, TarReader, type BodySink, type TarEntry } from '../tar'
import { HEAD, unpackerFor, type Unpacker } from './unpack'

/** Told of each entry of a layer; gives back where its content goes, if anywhere. */
export type OnEntry = (entry: TarEntry) => BodySink | undefined

/** Most bytes of a manifest or a config. */
const MAX_JSON = 8 * 1024 * 1024

/**
 * A file of an image archive or a blob of a store: a layer, which is a tar, plain or packed with gzip or
 * zstd, or JSON, or something else. Which it is, its first bytes tell: the OCI layout names all alike.
 */
export class LayerBlob {
  kind: 'layer' | 'json' | 'other' = 'other'
  readonly #packed = new Head(HEAD, (head) => {
    this.#unpacker = unpackerFor(head, (bytes) => this.#plain(bytes))
  })
  readonly #unpacked = new Head(BLOCK, (head) => this.#tell(head))
  #unpacker: Unpacker | undefined
  #tar: TarReader | undefined
  #json: Buffer[] = []
  #jsonBytes = 0

  constructor(private readonly onEntry: OnEntry) {}

  /** What it held, where it is JSON. */
  get json(): Buffer {
    return Buffer.concat(this.#json)
  }

  /** Throws `image/unreadable`, and what `onEntry` throws. */
  async write(piece: Buffer): Promise<void> {
    for (const bytes of this.#packed.take(piece)) {
      if (this.#unpacker === undefined) await this.#plain(bytes)
      else await this.#unpacker.write(bytes)
    }
  }

  /** Throws `image/unreadable` where it ended too soon. */
  async end(): Promise<void> {
    for (const bytes of this.#packed.end()) {
      if (this.#unpacker === undefined) await this.#plain(bytes)
      else await this.#unpacker.write(bytes)
    }
    await this.#unpacker?.end()
    for (const bytes of this.#unpacked.end()) this.#use(bytes)
    this.#tar?.end()
  }

  #plain(piece: Buffer): Promise<void> {
    for (const bytes of this.#unpacked.take(piece)) this.#use(bytes)
    return Promise.resolve()
  }

  #use(bytes: Buffer): void {
    if (this.kind === 'layer') this.#tar?.push(bytes)
    else if (this.kind === 'json') {
      this.#jsonBytes += bytes.length
      if (this.#jsonBytes > MAX_JSON) throw damaged('a manifest or config is too large')
      this.#json.push(Buffer.from(bytes))
    }
  }

  #tell(head: Buffer): void {
    if (isTar(head)) {
      this.kind = 'layer'
      this.#tar = new TarReader(this.onEntry)
    } else if (head[0] === 0x7b || head[0] === 0x5b) this.kind = 'json'
  }
}

/** Keeps the first bytes back until there are enough to tell by, or no more. */
class Head {
  #kept: Buffer | undefined = Buffer.alloc(0)

  constructor(
    private readonly enough: number,
    private readonly tell: (head: Buffer) => void,
  ) {}

  take(piece: Buffer): Buffer[] {
    if (this.#kept === undefined) return [piece]
    this.#kept = Buffer.concat([this.#kept, piece])
    return this.#kept.length < this.enough ? [] : this.end()
  }

  end(): Buffer[] {
    const head = this.#kept
    if (head === undefined) return []
    this.#kept = undefined
    this.tell(head)
    return [head]
  }
}

/** A block of zeros, with which a tar of nothing begins, is one too. */
export function isTar(head: Buffer): boolean {
  if (head.length < BLOCK) return false
  try {
    readBlock(head.subarray(0, BLOCK))
    return true
  } catch {
    return false
  }
}
