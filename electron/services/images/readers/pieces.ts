import { on } from 'node:events'
import type { Readable } from 'node:stream'

/** Pieces that may wait before the stream is held up; one has 64 KiB at most. */
const MAX_WAITING = 32

/**
 * What a stream gives, piece by piece. Iterating over the stream itself joins whatever waits, which copies
 * every byte of an image once more. The stream is destroyed when the reader leaves. Throws its error.
 */
export async function* piecesOf(source: Readable): AsyncGenerator<Buffer> {
  try {
    const limits = { highWaterMark: MAX_WAITING, lowWaterMark: 1 }
    for await (const [piece] of on(source, 'data', { close: ['end'], ...limits })) yield piece as Buffer
  } finally {
    source.destroy()
  }
}
