import { asked } from '../../../helper/storage/names'

/** Bytes of one piece of the store; no name lies in two. */
const PIECE = 1024 * 1024
/** Longer texts are none that a file system takes and few: they are kept as they are. */
const LONGEST = 32 * 1024
const FREE = -1
/** Room for so many at first. */
const FIRST = 1024
/** Another one each time: whoever makes an image cannot make its names meet in one slot. */
const SEED = Math.floor(Math.random() * 2 ** 32)

/**
 * Names by number, each kept once: most names of an image are in it many times. As bytes that lie side by
 * side: a million texts of their own with a table from text to number take five times as much.
 */
export class Names {
  readonly #pieces: Buffer[] = [Buffer.allocUnsafe(PIECE)]
  #end = 0
  #count = 0
  #start = new Uint32Array(FIRST)
  #length = new Uint16Array(FIRST)
  readonly #long = new Map<number, string>()
  readonly #longNumbers = new Map<string, number>()
  #table = new Int32Array(4096).fill(FREE)
  /** The name that is looked for. */
  readonly #sought = Buffer.allocUnsafe(LONGEST)

  /** Names there are; their numbers are those below. */
  get count(): number {
    return this.#count
  }

  number(text: string): number {
    const length = this.#seek(text)
    if (length === undefined) return this.#longNumber(text)
    const slot = this.#slot(length)
    const known = this.#table[slot] ?? FREE
    if (known !== FREE) return known
    const number = this.#add(this.#put(length), length)
    this.#table[slot] = number
    if (number * 2 > this.#table.length) this.#grow()
    return number
  }

  /** Undefined for a name that nothing has. */
  find(text: string): number | undefined {
    const length = this.#seek(text)
    if (length === undefined) return this.#longNumbers.get(text)
    const known = this.#table[this.#slot(length)] ?? FREE
    return known === FREE ? undefined : known
  }

  text(number: number): string {
    const long = this.#long.get(number)
    if (long !== undefined) return long
    const start = this.#startOf(number)
    const at = start % PIECE
    return this.#pieceOf(start).toString('utf8', at, at + this.#lengthOf(number))
  }

  /** Bytes of the text, now in `#sought`; undefined where they are too many. */
  #seek(text: string): number | undefined {
    const { length } = text
    if (length * 3 > LONGEST) return undefined
    for (let at = 0; at < length; at += 1) {
      const code = text.charCodeAt(at)
      if (code > 0x7f) return this.#sought.write(text, 'utf8')
      this.#sought[at] = code
    }
    return length
  }

  #longNumber(text: string): number {
    const known = this.#longNumbers.get(text)
    if (known !== undefined) return known
    const number = this.#add(this.#end, 0)
    this.#long.set(number, text)
    this.#longNumbers.set(text, number)
    return number
  }

  #add(start: number, length: number): number {
    const number = this.#count
    if (number === this.#start.length) {
      const [starts, lengths] = [this.#start, this.#length]
      this.#start = new Uint32Array(number * 2)
      this.#start.set(starts)
      this.#length = new Uint16Array(number * 2)
      this.#length.set(lengths)
    }
    this.#start[number] = start
    this.#length[number] = length
    this.#count += 1
    return number
  }

  #startOf(number: number): number {
    return this.#start[number] ?? 0
  }

  #lengthOf(number: number): number {
    return this.#length[number] ?? 0
  }

  #put(length: number): number {
    if ((this.#end % PIECE) + length > PIECE || this.#end === this.#pieces.length * PIECE) {
      this.#end = this.#pieces.length * PIECE
      this.#pieces.push(Buffer.allocUnsafe(PIECE))
    }
    const start = this.#end
    this.#sought.copy(this.#pieceOf(start), start % PIECE, 0, length)
    this.#end += length
    return start
  }

  #pieceOf(start: number): Buffer {
    return this.#pieces[Math.floor(start / PIECE)] ?? Buffer.alloc(0)
  }

  /** Where the sought name stands in the table, or would stand. */
  #slot(length: number): number {
    const mask = this.#table.length - 1
    let slot = hash(this.#sought, 0, length) & mask
    for (;;) {
      const number = this.#table[slot] ?? FREE
      if (number === FREE || this.#isSought(number, length)) return slot
      slot = (slot + 1) & mask
    }
  }

  #isSought(number: number, length: number): boolean {
    if (this.#lengthOf(number) !== length || this.#long.has(number)) return false
    const start = this.#startOf(number)
    const piece = this.#pieceOf(start)
    const from = start % PIECE
    for (let at = 0; at < length; at += 1) if (piece[from + at] !== this.#sought[at]) return false
    return true
  }

  #grow(): void {
    this.#table = new Int32Array(this.#table.length * 2).fill(FREE)
    const mask = this.#table.length - 1
    for (let number = 0; number < this.#count; number += 1) {
      if (this.#long.has(number)) continue
      const start = this.#startOf(number)
      let slot = hash(this.#pieceOf(start), start % PIECE, this.#lengthOf(number)) & mask
      while (this.#table[slot] !== FREE) slot = (slot + 1) & mask
      this.#table[slot] = number
    }
  }
}

/** FNV-1a from a beginning of its own, its lower bits mixed once more: they are what the table takes. */
function hash(bytes: Buffer, from: number, length: number): number {
  let value = SEED
  for (let at = from; at < from + length; at += 1) value = Math.imul(value ^ (bytes[at] ?? 0), 0x01000193)
  return value ^ (value >>> 15)
}

/** Bytes of a name as the text that asks for them; a text of its own, no part of a longer one. */
export function spelled(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return text.includes('\ufffd') || text.includes('\\') ? asked(bytes) : text
}
