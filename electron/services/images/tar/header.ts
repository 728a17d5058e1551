import { damaged } from '../damaged'

export const BLOCK = 512

export type EntryType = 'file' | 'folder' | 'symlink' | 'hardlink' | 'char' | 'block' | 'fifo'

/** One entry of a tar archive. Names are bytes: Linux allows any but 0 in them. */
export interface TarEntry {
  name: Buffer
  type: EntryType
  /** Permission bits with setuid, setgid and sticky. */
  mode: number
  uid: number
  gid: number
  /** Of a file; 0 of all others. */
  size: number
  /** Seconds since 1970. */
  mtime: number
  link: Buffer | undefined
  /** Its content is written without its holes, in a form of its own. */
  sparse?: true
}

/** A header block as it stands, before what stood in front of it is joined in. */
export interface Block extends Omit<TarEntry, 'type' | 'sparse'> {
  flag: string
  /** Bytes of content that follow. */
  body: number
  /** An old GNU sparse header, which may go on in the next block. */
  sparse: boolean
  goesOn: boolean
}

const TYPES: Readonly<Record<string, EntryType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'folder',
  '6': 'fifo',
}
const BLANK = 0x20
const ZERO = 0x30
/** Types without content, whatever their size field says (as Go's archive/tar has it). */
const NO_BODY = /[1-6]/

/** What a type flag stands for; undefined for one that is no entry of the tree. */
export function typeOf(flag: string, name: Buffer): EntryType | undefined {
  // Archives of before 1988 know no folders: there it is the slash that tells.
  if (flag === '\0' && name.at(-1) === 0x2f) return 'folder'
  return TYPES[flag]
}

/** Reads a header block; undefined for one of zeros. Throws `image/unreadable`. */
export function readBlock(block: Buffer): Block | undefined {
  const told = number(block, 148, 8)
  const sum = checksum(block)
  if (sum === 256 && told === 0) return undefined
  if (told !== sum && told !== signedChecksum(block)) throw damaged('a tar header has a wrong checksum')
  const flag = String.fromCharCode(block[156] ?? 0)
  const size = number(block, 124, 12)
  if (size < 0) throw damaged('a tar header tells a negative size')
  const format = formatOf(block)
  const gnu = format === 'gnu'
  const name = text(block, 0, 100)
  const prefix = format === 'ustar' ? text(block, 345, 155) : EMPTY
  const link = text(block, 157, 100)
  const sparse = flag === 'S' && gnu
  return {
    flag,
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    mode: number(block, 100, 8) & 0o7777,
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    mtime: number(block, 136, 12),
    link: link.length === 0 ? undefined : link,
    size: sparse ? number(block, 483, 12) : size,
    body: NO_BODY.test(flag) ? 0 : size,
    sparse,
    goesOn: sparse && block[482] !== 0,
  }
}

/** Sum of the block's bytes, with blanks in place of the checksum: most of what a header costs. */
function checksum(block: Buffer): number {
  let sum = 8 * BLANK
  for (let at = 0; at < 148; at += 1) sum += block[at] ?? 0
  for (let at = 156; at < BLOCK; at += 1) sum += block[at] ?? 0
  return sum
}

/** As some old programs have summed, who took bytes for signed. */
function signedChecksum(block: Buffer): number {
  let sum = 8 * BLANK
  for (let at = 0; at < BLOCK; at += 1) if (at < 148 || at >= 156) sum += block.readInt8(at)
  return sum
}

const MAGIC = Buffer.from('ustar')

/** Byte by byte: as text, the few letters would cost as much as the rest of a header. */
function formatOf(block: Buffer): 'ustar' | 'gnu' | 'old' {
  for (let at = 0; at < MAGIC.length; at += 1) if (block[257 + at] !== MAGIC[at]) return 'old'
  if (block[262] === 0) return 'ustar'
  return block[262] === BLANK && block[263] === BLANK && block[264] === 0 ? 'gnu' : 'old'
}

const EMPTY = Buffer.alloc(0)

/** A copy: the block is used again. */
function text(block: Buffer, at: number, length: number): Buffer {
  let end = at
  while (end < at + length && block[end] !== 0) end += 1
  if (end === at) return EMPTY
  const copy = Buffer.allocUnsafe(end - at)
  block.copy(copy, 0, at, end)
  return copy
}

/** Octal digits, or where the first bit is set a number in base 256. */
function number(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0
  if (first < 0x80) return octal(block, at, at + length)
  let value = first === 0xff ? -1 : first & 0x7f
  for (let offset = 1; offset < length; offset += 1) value = value * 256 + (block[at + offset] ?? 0)
  if (!Number.isSafeInteger(value)) throw damaged('a tar header holds a number out of bounds')
  return value
}

/** Digit by digit: as text, the numbers of a header would cost more than all the rest of it. */
function octal(block: Buffer, from: number, to: number): number {
  let at = from
  while (at < to && block[at] === BLANK) at += 1
  let value = 0
  for (; at < to; at += 1) {
    const digit = (block[at] ?? 0) - ZERO
    if (digit < 0 || digit > 7) break
    value = value * 8 + digit
  }
  while (at < to && block[at] === BLANK) at += 1
  if (at < to && block[at] !== 0) throw damaged('a tar header holds a number that is none')
  return value
}
