import { describe, expect, it } from 'vitest'
import { Unzstd } from '../../../../electron/services/images/readers/zstd'
import { zstdStored } from '../../../support/image-archive'

const REFUSED = { code: 'image/unreadable' }
const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
/** What `zstd -19` makes of a hundred times "hello " and the 256 bytes in their order. */
const SAMPLE = Buffer.from(
  'KLUv/QRodQgAZBBoZWxsbyAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoOEhYaHiImKi4yNjo+QkZKTlJWWl5iZmpucnZ6foKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr/AwcLDxMXGx8jJysvMzc7P0NHS09TV1tfY2drb3N3e3+Dh4uPk5ebn6Onq6+zt7u/w8fLz9PX29/j5+vv8/f7/AQBPUpUieVyZTg==',
  'base64',
)
const TEXT = Buffer.from('a layer '.repeat(50_000))

function block(kind: number, size: number, body: Buffer, last = true): Buffer {
  const header = Buffer.alloc(3)
  header.writeUIntLE((size << 3) | (kind << 1) | Number(last), 0, 3)
  return Buffer.concat([header, body])
}

const frame = (...blocks: Buffer[]): Buffer => Buffer.concat([MAGIC, Buffer.from([0x00, 0x38]), ...blocks])

async function unpack(bytes: Buffer, piece: number): Promise<Buffer> {
  const parts: Buffer[] = []
  const unzstd = new Unzstd((part) => {
    parts.push(Buffer.from(part))
    return Promise.resolve()
  })
  for (let at = 0; at < bytes.length; at += piece) await unzstd.write(bytes.subarray(at, at + piece))
  await unzstd.end()
  return Buffer.concat(parts)
}

describe('what is packed with zstd', () => {
  it.each([7, 1_000, 10_000_000])('is unpacked from pieces of %i bytes', async (piece) => {
    const skipped = Buffer.concat([Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from('abc')])
    const repeated = frame(block(1, 70_000, Buffer.from('r'), false), block(0, 1, Buffer.from('!')))
    const packed = Buffer.concat([zstdStored(TEXT), skipped, repeated, frame(block(0, 0, Buffer.alloc(0)))])
    const whole = Buffer.concat([TEXT, Buffer.alloc(70_000, 'r'), Buffer.from('!')])
    expect((await unpack(packed, piece)).equals(whole)).toBe(true)
  })

  it.each([1, 5, 1_000])('by the zstd program is unpacked from pieces of %i bytes', async (piece) => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const whole = Buffer.concat([Buffer.from('hello '.repeat(100)), bytes])
    expect((await unpack(SAMPLE, piece)).equals(whole)).toBe(true)
    expect((await unpack(Buffer.concat([SAMPLE, SAMPLE]), piece)).length).toBe(2 * whole.length)
    await expect(unpack(SAMPLE.subarray(0, -1), piece)).rejects.toMatchObject(REFUSED)
  })

  it.each([
    ['cut', zstdStored(TEXT).subarray(0, 5_000)],
    ['cut in a header', zstdStored(TEXT).subarray(0, 4)],
    ['followed by something else', Buffer.concat([zstdStored(TEXT), Buffer.from('else, and more')])],
    [
      'of a window of 1 GiB',
      Buffer.concat([MAGIC, Buffer.from([0x00, 0xa0]), block(0, 1, Buffer.from('x'))]),
    ],
    ['of one segment of 1 TiB', Buffer.concat([MAGIC, Buffer.from([0xe0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0])])],
    [
      'with a dictionary',
      Buffer.concat([MAGIC, Buffer.from([0x01, 0x38, 7]), block(0, 1, Buffer.from('x'))]),
    ],
    ['of a block larger than any', frame(block(1, 200_000, Buffer.from('x')))],
    ['of a block of no kind', frame(block(3, 1, Buffer.from('x')))],
    ['of a block that is none', frame(block(2, 9, Buffer.from('nonsense!')))],
    ['of tables that are none', frame(block(2, 20, Buffer.alloc(20, 0xff)))],
  ])('and is %s is refused', async (_, bytes) => {
    await expect(unpack(bytes, 1_000)).rejects.toMatchObject(REFUSED)
  })

  it('in a block made to be unpacked for minutes is refused', async () => {
    // No literals, 98 047 sequences, each of the longest match, by tables that take no bits of their own.
    const sequences = Buffer.from([0, 255, 255, 255, 0x54, 0, 2, 52, 0x80, 0x80, 0x80, 0x80, 0x80])
    await expect(unpack(frame(block(2, sequences.length, sequences)), 1_000)).rejects.toMatchObject(REFUSED)
  }, 30_000)
})
