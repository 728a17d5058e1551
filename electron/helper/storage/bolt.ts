/**
 * Reads a bolt database (bbolt, `go.etcd.io/bbolt`), the file in which BuildKit and containerd keep
 * what refers to what. It knows the format of version 2: two meta pages, of which the one with the
 * higher transaction and a right checksum holds; below it a tree of branch and leaf pages; a bucket
 * is a value that is a tree of its own, or stands whole in the value when it is small.
 */

const MAGIC = 0xed0cdaed
const VERSION = 2
const PAGE_HEADER = 16
const ELEMENT = 16
const BUCKET_HEADER = 16
const BRANCH = 0x01
const LEAF = 0x02
const BUCKET_LEAF = 0x01
/** Deeper than this no tree of ours is: pages that lead in a circle end here. */
const MAX_DEPTH = 64

/** The bytes are no bolt database, or one that was written to while it was read. */
export class BoltError extends Error {}

/** A bucket's keys in their order, each with a value or with a bucket of its own. */
export class Bucket {
  private constructor(
    private readonly file: Pages,
    private readonly root: Page,
  ) {}

  static of(bytes: Buffer): Bucket {
    const file = new Pages(bytes)
    return new Bucket(file, file.page(file.root))
  }

  /** Every pair. Throws {@link BoltError} where a page is not what it should be. */
  *entries(): Generator<{ key: Buffer; value: Buffer } | { key: Buffer; bucket: Bucket }> {
    for (const { key, value, isBucket } of this.file.leaves(this.root, 0))
      if (isBucket) yield { key, bucket: this.open(value) }
      else yield { key, value }
  }

  /** The buckets in it by their names. */
  *buckets(): Generator<[string, Bucket]> {
    for (const entry of this.entries())
      if ('bucket' in entry) yield [entry.key.toString('utf8'), entry.bucket]
  }

  bucket(...names: readonly string[]): Bucket | undefined {
    const [name, ...rest] = names
    if (name === undefined) return this
    for (const [each, bucket] of this.buckets()) if (each === name) return bucket.bucket(...rest)
    return undefined
  }

  value(name: string): Buffer | undefined {
    for (const entry of this.entries())
      if ('value' in entry && entry.key.toString('utf8') === name) return entry.value
    return undefined
  }

  text(name: string): string | undefined {
    return this.value(name)?.toString('utf8')
  }

  private open(value: Buffer): Bucket {
    if (value.length < BUCKET_HEADER) throw new BoltError('A bucket is cut off.')
    const root = value.readBigUInt64LE(0)
    // A small bucket has no page of its own: its one page follows in the value.
    const page = root === 0n ? asPage(value.subarray(BUCKET_HEADER)) : this.file.page(root)
    return new Bucket(this.file, page)
  }
}

interface Page {
  flags: number
  count: number
  bytes: Buffer
}

/** The pages of the newest transaction that was written whole. */
class Pages {
  readonly root: bigint
  private readonly size: number
  private readonly end: bigint

  constructor(private readonly bytes: Buffer) {
    const newest = newestMeta(bytes)
    this.root = newest.root
    this.size = newest.size
    this.end = newest.end
  }

  page(id: bigint): Page {
    if (id < 2n || id >= this.end) throw new BoltError(`Page ${id} is beyond the database.`)
    const from = Number(id) * this.size
    if (from + PAGE_HEADER > this.bytes.length) throw new BoltError(`Page ${id} is beyond the file.`)
    // The page says of itself which it is: another one stands there when it was written over.
    if (this.bytes.readBigUInt64LE(from) !== id) throw new BoltError(`Page ${id} is another.`)
    const overflow = this.bytes.readUInt32LE(from + 12)
    const to = from + this.size * (overflow + 1)
    if (to > this.bytes.length) throw new BoltError(`Page ${id} is cut off.`)
    return asPage(this.bytes.subarray(from, to))
  }

  *leaves(page: Page, depth: number): Generator<{ key: Buffer; value: Buffer; isBucket: boolean }> {
    if (depth > MAX_DEPTH) throw new BoltError('The tree has no end.')
    const { bytes, count } = page
    if (PAGE_HEADER + count * ELEMENT > bytes.length) throw new BoltError('A page is cut off.')
    for (let index = 0; index < count; index += 1) {
      const at = PAGE_HEADER + index * ELEMENT
      if ((page.flags & BRANCH) !== 0) {
        yield* this.leaves(this.page(bytes.readBigUInt64LE(at + 8)), depth + 1)
        continue
      }
      // Places count from the element itself.
      const keyAt = at + bytes.readUInt32LE(at + 4)
      const valueAt = keyAt + bytes.readUInt32LE(at + 8)
      const end = valueAt + bytes.readUInt32LE(at + 12)
      if (end > bytes.length) throw new BoltError('A value is cut off.')
      yield {
        key: bytes.subarray(keyAt, valueAt),
        value: bytes.subarray(valueAt, end),
        isBucket: (bytes.readUInt32LE(at) & BUCKET_LEAF) !== 0,
      }
    }
  }
}

function asPage(bytes: Buffer): Page {
  if (bytes.length < PAGE_HEADER) throw new BoltError('A page is cut off.')
  const flags = bytes.readUInt16LE(8)
  if ((flags & (BRANCH | LEAF)) === 0) throw new BoltError('A page is of another kind.')
  return { flags, count: bytes.readUInt16LE(10), bytes }
}

/** Number of the newest transaction in the two meta pages, which begin the file. Throws {@link BoltError}. */
export function newestTransaction(bytes: Buffer): bigint {
  return newestMeta(bytes).transaction
}

function newestMeta(bytes: Buffer): Meta {
  const first = metaAt(bytes, 0)
  // The second meta page's place needs the page's size, which the first may no longer tell.
  const sizes = first === undefined ? [4_096, 8_192, 16_384, 65_536, 1_024, 2_048, 32_768] : [first.size]
  const second = sizes.map((size) => metaAt(bytes, size)).find((meta) => meta !== undefined)
  const [newest] = [first, second]
    .filter((meta) => meta !== undefined)
    .sort((a, b) => (a.transaction < b.transaction ? 1 : -1))
  if (newest === undefined) throw new BoltError('There is no bolt database in the file.')
  return newest
}

interface Meta {
  size: number
  root: bigint
  end: bigint
  transaction: bigint
}

/** A meta page's content; undefined when it is none or was written half. */
function metaAt(bytes: Buffer, from: number): Meta | undefined {
  const at = from + PAGE_HEADER
  if (at + 64 > bytes.length) return undefined
  if (bytes.readUInt32LE(at) !== MAGIC || bytes.readUInt32LE(at + 4) !== VERSION) return undefined
  if (bytes.readBigUInt64LE(at + 56) !== checksum(bytes.subarray(at, at + 56))) return undefined
  const size = bytes.readUInt32LE(at + 8)
  if (size < 512 || size > 65_536) return undefined
  return {
    size,
    root: bytes.readBigUInt64LE(at + 16),
    end: bytes.readBigUInt64LE(at + 40),
    transaction: bytes.readBigUInt64LE(at + 48),
  }
}

/** FNV-1a of 64 bits, as bolt signs its meta pages. */
function checksum(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
  return hash
}
