import type { FileHandle } from 'node:fs/promises'
import { readSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { damaged } from '../damaged'
import type { TarReader } from '../tar'

/** Bytes that are read at once: headers of small files lie in it together. */
const WINDOW = 32 * 1024
/** Milliseconds between two moments in which others have their turn. */
const TURN_MS = 10

/**
 * Reads the headers of a tar that lies in a part of a file; contents that nobody needs are leapt over.
 * Throws `image/unreadable`.
 */
export async function readTar(
  file: FileHandle,
  part: { from: number; size: number },
  tar: TarReader,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const window = Buffer.allocUnsafe(WINDOW)
  const end = part.from + part.size
  let turn = performance.now()
  for (let at = part.from; at < end;) {
    // One by one these are a few microseconds; each as a promise would take ten times as long.
    const length = readSync(file.fd, window, 0, Math.min(WINDOW, end - at), at)
    if (length === 0) throw damaged('the archive ends before its members do')
    tar.push(window.subarray(0, length))
    const skipped = Math.min(tar.needless, end - at - length)
    tar.skip(skipped)
    at += length + skipped
    onBytes(length + skipped)
    if (performance.now() - turn < TURN_MS) continue
    await setImmediate()
    signal.throwIfAborted()
    turn = performance.now()
  }
  tar.end()
}

/** Bytes of a part of a file. Throws `image/unreadable` where the file ends before. */
export async function readRange(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, from + filled)
    if (bytesRead === 0) throw damaged('the archive ends before its members do')
    filled += bytesRead
  }
  return bytes
}
