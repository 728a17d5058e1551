import { damaged } from '../damaged'
import { BLOCK, readBlock, typeOf, type Block, type TarEntry } from './header'
import { paxBytes, paxNumber, readPax } from './pax'

/** Where the content of an entry goes. */
export interface BodySink {
  push(bytes: Buffer): void
  end(): void
}

/** Most bytes of what stands in front of a header: a pax header or a long name. */
const MAX_FRONT = 1024 * 1024

/**
 * Takes a tar archive in pieces of any size and tells its entries; contents are skipped, or handed to
 * the sink that `onEntry` gives back. Pax headers, GNU long names and sparse files are understood.
 */
export class TarReader {
  readonly #block = Buffer.alloc(BLOCK)
  #filled = 0
  /** Content left of the present entry, and zeros after it. */
  #body = 0
  #padding = 0
  #sink: BodySink | undefined
  /** Blocks of a sparse header that goes on are left out. */
  #sparse = false
  #front: { flag: string; parts: Buffer[] } | undefined
  #pax = new Map<string, Buffer>()
  #longName: Buffer | undefined
  #longLink: Buffer | undefined
  #ended = false
  #pending: Block | undefined
  #at = 0

  constructor(private readonly onEntry: (entry: TarEntry) => BodySink | undefined) {}

  /** Bytes of the archive taken or skipped; while an entry is told, its content begins here. */
  get at(): number {
    return this.#at
  }

  /** Bytes that come next and that nobody needs: they may be skipped instead of pushed. */
  get needless(): number {
    if (this.#ended) return Infinity
    return this.#front === undefined && this.#sink === undefined ? this.#body + this.#padding : 0
  }

  /** As if so many bytes had been pushed; at most as many as are {@link needless}. */
  skip(bytes: number): void {
    this.#at += bytes
    const ofBody = Math.min(bytes, this.#body)
    this.#body -= ofBody
    this.#padding -= Math.min(bytes - ofBody, this.#padding)
  }

  /** Throws `image/unreadable`. */
  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && !this.#ended;) {
      const left = bytes.length - at
      if (this.#body > 0) {
        const taken = Math.min(left, this.#body)
        this.#at += taken
        this.#content(bytes.subarray(at, at + taken))
        at += taken
      } else if (this.#padding > 0) {
        const taken = Math.min(left, this.#padding)
        this.#padding -= taken
        this.#at += taken
        at += taken
      } else {
        const taken = Math.min(left, BLOCK - this.#filled)
        bytes.copy(this.#block, this.#filled, at, at + taken)
        this.#filled += taken
        this.#at += taken
        at += taken
        if (this.#filled === BLOCK) {
          this.#filled = 0
          this.#header()
        }
      }
    }
  }

  /** The content of the present entry is not there: what comes next follows it. */
  leaveOut(): void {
    if (this.#front !== undefined) throw damaged('the record leaves out a part of a header')
    this.#body = 0
    this.#closeSink()
  }

  /** The archive has ended. Throws `image/unreadable` where it ended too soon. */
  end(): void {
    if (this.#filled > 0 || this.#body > 0 || this.#sparse || this.#front !== undefined)
      throw damaged('the archive ends in the middle of an entry')
  }

  #content(bytes: Buffer): void {
    this.#body -= bytes.length
    if (this.#front !== undefined) {
      this.#front.parts.push(Buffer.from(bytes))
      if (this.#body === 0) this.#takeFront(this.#front)
    } else {
      this.#sink?.push(bytes)
      if (this.#body === 0) this.#closeSink()
    }
  }

  #header(): void {
    if (this.#sparse) {
      this.#sparse = this.#block[504] !== 0
      if (!this.#sparse && this.#pending !== undefined) this.#begin(this.#pending)
      return
    }
    const block = readBlock(this.#block)
    if (block === undefined) {
      this.#ended = true
      return
    }
    if ('xgLK'.includes(block.flag)) {
      if (block.body > MAX_FRONT) throw damaged('a header is larger than any that is used')
      this.#setBody(block.body)
      this.#front = { flag: block.flag, parts: [] }
      if (block.body === 0) this.#takeFront(this.#front)
    } else if (block.goesOn) {
      this.#sparse = true
      this.#pending = block
    } else this.#begin(block)
  }

  #takeFront({ flag, parts }: { flag: string; parts: Buffer[] }): void {
    this.#front = undefined
    const body = Buffer.concat(parts)
    // A global header is left alone: dockerd ignores it too.
    if (flag === 'x') this.#pax = readPax(body)
    else if (flag === 'L') this.#longName = upToZero(body)
    else if (flag === 'K') this.#longLink = upToZero(body)
  }

  #begin(block: Block): void {
    const pax = this.#pax
    const name = paxBytes(pax, 'GNU.sparse.name') ?? paxBytes(pax, 'path') ?? this.#longName ?? block.name
    const link = paxBytes(pax, 'linkpath') ?? this.#longLink ?? block.link
    const told = paxNumber(pax, 'size')
    const real = paxNumber(pax, 'GNU.sparse.realsize') ?? paxNumber(pax, 'GNU.sparse.size')
    const type = typeOf(block.flag, name)
    this.#pax = new Map()
    this.#longName = undefined
    this.#longLink = undefined
    this.#pending = undefined
    this.#setBody(type === 'file' ? (told ?? block.body) : block.body)
    if (type === undefined) return
    const sparse = real !== undefined || block.sparse
    this.#sink = this.onEntry({
      name,
      type,
      mode: block.mode,
      uid: paxNumber(pax, 'uid') ?? block.uid,
      gid: paxNumber(pax, 'gid') ?? block.gid,
      mtime: paxNumber(pax, 'mtime') ?? block.mtime,
      size: type === 'file' ? (real ?? told ?? block.size) : 0,
      link: type === 'symlink' || type === 'hardlink' ? (link ?? Buffer.alloc(0)) : undefined,
      ...(type === 'file' && sparse ? { sparse: true as const } : {}),
    })
    if (this.#body === 0) this.#closeSink()
  }

  #setBody(bytes: number): void {
    if (bytes < 0 || !Number.isSafeInteger(bytes)) throw damaged('a tar header tells an impossible size')
    this.#body = bytes
    this.#padding = (BLOCK - (bytes % BLOCK)) % BLOCK
  }

  #closeSink(): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.end()
  }
}

function upToZero(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}
