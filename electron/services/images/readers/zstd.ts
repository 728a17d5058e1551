import { setImmediate } from 'node:timers/promises'
import { createContext, Script } from 'node:vm'
import { Decompress } from 'fzstd'
import { damaged } from '../damaged'
import type { Unpacker } from './unpack'

/** Largest window, which stays in memory: what the zstd program takes without being told to. */
const MAX_WINDOW = 128 * 1024 * 1024
/** RFC 8878, 3.1.1.2.4: no block holds more, packed or unpacked. */
const MAX_BLOCK = 128 * 1024
const MAGIC = 0xfd2fb528
/** Frames of other content begin with this and any last digit. */
const SKIPPABLE = 0x184d2a50
/** Milliseconds for a block, which takes about one: fzstd runs on in those that are made to last. */
const BLOCK_MS = 3_000
/** Unpacked bytes between two moments in which others have their turn. */
const AT_ONCE = 8 * 1024 * 1024

export function isZstd(head: Buffer): boolean {
  if (head.length < 4) return false
  const magic = head.readUInt32LE(0)
  return magic === MAGIC || isSkippable(magic)
}

/** What comes next in the stream. */
type State =
  | { what: 'frame' }
  | { what: 'skip'; left: number }
  | { what: 'block'; decoder: Decompress; header: Buffer; given: 0 | 1; checksum: boolean; window: number }

/**
 * Unpacks zstd block by block. Frames and blocks are measured here, before fzstd is given them: it makes
 * the window a frame asks for, however large, and takes blocks of any size.
 */
export class Unzstd implements Unpacker {
  #rest: Buffer = Buffer.alloc(0)
  /** Bytes that came since, joined when the next part is whole. */
  #parts: Buffer[] = []
  #length = 0
  #needed = 0
  #state: State = { what: 'frame' }
  #since = 0

  constructor(private readonly out: (bytes: Buffer) => Promise<void>) {}

  async write(bytes: Buffer): Promise<void> {
    this.#parts.push(bytes)
    this.#length += bytes.length
    if (this.#length < this.#needed) return
    this.#rest = Buffer.concat(this.#parts)
    this.#parts = []
    for (let taken = await this.#take(); taken > 0; taken = await this.#take())
      this.#rest = this.#rest.subarray(taken)
    this.#parts = [Buffer.from(this.#rest)]
    this.#length = this.#rest.length
  }

  end(): Promise<void> {
    if (this.#length > 0 || this.#state.what !== 'frame')
      return Promise.reject(damaged('a part packed with zstd is cut'))
    return Promise.resolve()
  }

  /** Takes the next whole part; returns its bytes, 0 where it is not whole yet. */
  async #take(): Promise<number> {
    const state = this.#state
    if (state.what === 'frame') return this.#frame()
    if (state.what === 'block') return this.#block(state)
    const taken = Math.min(state.left, this.#rest.length)
    this.#needed = 0
    this.#state = state.left === taken ? { what: 'frame' } : { what: 'skip', left: state.left - taken }
    return taken
  }

  /** Nothing is taken before there are so many bytes. */
  #wait(needed: number): 0 {
    this.#needed = needed
    return 0
  }

  #frame(): number {
    const bytes = this.#rest
    if (bytes.length < 6) return this.#wait(6)
    const magic = bytes.readUInt32LE(0)
    if (isSkippable(magic)) {
      if (bytes.length < 8) return this.#wait(8)
      const left = bytes.readUInt32LE(4)
      if (left > 0) this.#state = { what: 'skip', left }
      return 8
    }
    if (magic !== MAGIC) throw damaged('something else stands between parts packed with zstd')
    const flags = bytes[4] ?? 0
    const single = (flags & 0x20) !== 0
    if ((flags & 0x08) !== 0) throw damaged('a part packed with zstd is of no known kind')
    if ((flags & 0x03) !== 0) throw damaged('a part packed with zstd needs a dictionary')
    const sizeBytes = flags >> 6 === 0 ? (single ? 1 : 0) : 1 << (flags >> 6)
    const length = 5 + (single ? 0 : 1) + sizeBytes
    if (bytes.length < length) return this.#wait(length)
    const window = single ? contentSize(bytes.subarray(5, length)) : windowSize(bytes[5] ?? 0)
    if (window > MAX_WINDOW) throw damaged('a part packed with zstd needs more than 128 MiB of memory')
    this.#state = {
      what: 'block',
      decoder: new Decompress(),
      header: Buffer.from(bytes.subarray(0, length)),
      given: 0,
      checksum: (flags & 0x04) !== 0,
      window,
    }
    return length
  }

  async #block(state: Extract<State, { what: 'block' }>): Promise<number> {
    const bytes = this.#rest
    if (bytes.length < 3) return this.#wait(3)
    const head = bytes.readUIntLE(0, 3)
    const [last, kind, size] = [(head & 1) === 1, (head >> 1) & 3, head >> 3]
    if (kind === 3 || size > MAX_BLOCK) throw damaged('a block packed with zstd is of no known kind')
    const length = 3 + (kind === 1 ? 1 : size) + (last && state.checksum ? 4 : 0)
    // Where nothing is left over, fzstd keeps all it was given: the next block's first byte goes along.
    const more = last ? 0 : 1
    if (bytes.length < length + more) return this.#wait(length + more)
    const given = Buffer.concat([state.header, bytes.subarray(state.given, length + more)])
    const unpacked: Uint8Array[] = []
    state.decoder.ondata = (piece) => unpacked.push(piece)
    guarded(() => state.decoder.push(given, last))
    state.header = Buffer.alloc(0)
    state.given = more
    if (last) this.#state = { what: 'frame' }
    for (const { buffer, byteOffset, length: count } of unpacked) {
      await this.out(Buffer.from(buffer, byteOffset, count))
      // Every block moves the window.
      this.#since += count + state.window / 16
    }
    if (this.#since >= AT_ONCE) {
      this.#since = 0
      await setImmediate()
    }
    return length
  }
}

const guard = createContext({ work: () => undefined })
const call = new Script('work()')

/** Does what may never end, or not soon. Throws `image/unreadable` for that and for what fzstd throws. */
function guarded(work: () => void): void {
  guard['work'] = work
  try {
    call.runInContext(guard, { timeout: BLOCK_MS })
  } catch {
    throw damaged('a block packed with zstd cannot be unpacked')
  }
}

function isSkippable(magic: number): boolean {
  return (magic & 0xfffffff0) >>> 0 === SKIPPABLE
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function contentSize(field: Buffer): number {
  if (field.length === 8) return Number(field.readBigUInt64LE())
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0)
}
