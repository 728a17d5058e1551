import { write } from 'node:fs'

/** The reader of our output is gone, as after `| head`: no failure, but the end. */
export class ReaderGone extends Error {
  override name = 'ReaderGone'
}

/**
 * Writes text to a descriptor and resolves when the kernel has all of it. Not `process.stdout`,
 * which blocks the whole program on a pipe whose reader is slow: what is followed meanwhile
 * would be lost. Rejects with {@link ReaderGone}.
 */
export async function writeAll(fd: number, text: string): Promise<void> {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    const written = await writeSome(fd, rest)
    rest = rest.subarray(written)
  }
}

function writeSome(fd: number, buffer: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, buffer, (error, written) => {
      if (!error) resolve(written)
      // Someone made the pipe non-blocking; it says so instead of waiting.
      else if (error.code === 'EAGAIN') setTimeout(() => resolve(0), 5)
      else if (error.code === 'EPIPE') reject(new ReaderGone())
      else reject(error)
    })
  })
}
