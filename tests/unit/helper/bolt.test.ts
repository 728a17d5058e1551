import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { BoltError, Bucket, newestTransaction } from '../../../electron/helper/storage/bolt'

/** Files of real engines, as they were while the engine ran. */
const FILES = ['snapshots-20.10', 'snapshots-28.5', 'containerd-meta-28.5', 'snapshotter-28.5']
const file = (name: string): Buffer =>
  gunzipSync(readFileSync(new URL(`../../support/recorded/storage/${name}.db.gz`, import.meta.url)))

/** Reads everything; how many pairs there are. */
function count(bucket: Bucket): number {
  let pairs = 0
  for (const entry of bucket.entries()) pairs += 'bucket' in entry ? count(entry.bucket) : 1
  return pairs
}

/** What reading all of it comes to: pairs, or a refusal. Anything else is thrown. */
function attempt(bytes: Buffer): number | 'refused' {
  try {
    return count(Bucket.of(bytes))
  } catch (error) {
    if (error instanceof BoltError) return 'refused'
    throw error
  }
}

describe('a bolt file', () => {
  it('of BuildKit on 20.10 is read', () => {
    const root = Bucket.of(file('snapshots-20.10'))
    expect([...root.buckets()].length).toBeGreaterThan(25)
    expect(root.bucket('4rgo8lakx44f8c7mk247osi4v')?.text('committed')).toBe('n9ho7jr6h6xlw8lu6dk6fg59j')
    expect(root.bucket('9xqr6jtetomi1etclr0371x29')?.text('parent')).toBe('')
    expect(root.bucket('nothing')).toBeUndefined()
  })

  it('of several pages and nested buckets is read', () => {
    const images = Bucket.of(file('containerd-meta-28.5')).bucket('v1', 'moby', 'images')
    expect([...(images?.buckets() ?? [])].map(([name]) => name)).toContain('docker.io/library/kit2:latest')
    expect(images?.bucket('docker.io/library/busybox:lab', 'target')?.text('digest')).toMatch(
      /^sha256:6840da5c/,
    )
    expect(count(Bucket.of(file('containerd-meta-28.5')))).toBeGreaterThan(500)
  })

  it('has the keys of a bucket in their order', () => {
    for (const name of FILES) {
      const keys = [...Bucket.of(file(name)).entries()].map(({ key }) => key)
      expect(keys).toEqual([...keys].sort(Buffer.compare))
    }
  })

  it('is read from its older meta page when the newer one is torn', () => {
    const bytes = file('snapshots-28.5')
    const [first, second] = [bytes.readBigUInt64LE(16 + 48), bytes.readBigUInt64LE(4_096 + 16 + 48)]
    const newer = first > second ? 0 : 4_096
    bytes.writeUInt8(bytes.readUInt8(newer + 40) ^ 0xff, newer + 40)
    expect(newestTransaction(bytes)).toBe(first > second ? second : first)
    expect(attempt(bytes)).not.toBe(0)
  })

  it('that is none is refused: empty, text, zeros, a beginning alone', () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('{}'),
      Buffer.alloc(65_536),
      Buffer.alloc(65_536, 0xff),
    ])
      expect(attempt(bytes)).toBe('refused')
    for (const name of FILES) expect(attempt(file(name).subarray(0, 60))).toBe('refused')
  })

  it.each(FILES)('%s cut off anywhere is read whole or refused', (name) => {
    const bytes = file(name)
    const whole = attempt(bytes)
    for (let length = 0; length < bytes.length; length += 1_024)
      expect([whole, 'refused']).toContain(attempt(bytes.subarray(0, length)))
  })

  it.each(FILES)('%s with flipped bytes never hangs, and fails only by its own error', (name) => {
    const bytes = file(name)
    // The headers and elements of pages, where a wrong number leads astray.
    for (let at = 8_192; at < bytes.length; at += 97) {
      const broken = Buffer.from(bytes)
      broken[at] = (broken[at] ?? 0) ^ (1 << (at % 8))
      broken[(at & ~4_095) + 10] = at & 0xff
      attempt(broken)
      if (at > 40_000) at += 9_973
    }
  })

  it('whose pages lead in a circle is refused', () => {
    const bytes = file('containerd-meta-28.5')
    for (let page = 2 * 4_096; page < bytes.length; page += 4_096) {
      const isBranch = bytes.readUInt16LE(page + 8) === 0x01
      if (!isBranch || bytes.readBigUInt64LE(page) !== BigInt(page / 4_096)) continue
      for (let element = 0; element < bytes.readUInt16LE(page + 10); element += 1)
        bytes.writeBigUInt64LE(bytes.readBigUInt64LE(page), page + 16 + element * 16 + 8)
    }
    expect(attempt(bytes)).toBe('refused')
  })
})
