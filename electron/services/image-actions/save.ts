import type { IncomingMessage } from 'node:http'
import { AppError } from '../../contract/errors'
import { fromStatus, toAppError, type EngineService } from '../engine'
import { PartialFile } from './partial-file'
import { plain } from './plain'
import type { Tell } from './transferring'

/** Milliseconds until an export begins: until 24 the engine writes it to its own disk first. */
const BEGINS_MS = 540_000
const MAX_REFUSAL = 64 * 1024
/** Bytes of the end that are kept: an error that the engine puts behind half an archive fits. */
const MAX_TAIL = 8 * 1024
const END_OF_TAR = 1024

/**
 * Writes what `GET /images/get` gives into a file that is there whole or not at all. Resolves to its
 * bytes. Throws `image/no-archive`, `engine/*`, `rpc/cancelled`.
 */
export async function saveImages(
  engine: EngineService,
  { images, path }: { images: readonly string[]; path: string },
  tell: Tell,
  signal: AbortSignal,
): Promise<number> {
  const file = await PartialFile.create(path)
  try {
    const response = await openExport(engine, images, signal)
    const tail = new Tail()
    let bytes = 0
    for await (const piece of response as AsyncIterable<Buffer>) {
      await file.write(piece)
      tail.push(piece)
      bytes += piece.length
      tell({ bytes })
    }
    tail.check(bytes)
    signal.throwIfAborted()
    await file.finish()
    return bytes
  } catch (error) {
    await file.discard()
    if (signal.aborted) throw new AppError('rpc/cancelled', 'The transfer was stopped; no file is left.')
    throw toAppError(error)
  }
}

async function openExport(
  engine: EngineService,
  images: readonly string[],
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const http = await engine.http()
  const names = images.map((name) => `names=${encodeURIComponent(name)}`).join('&')
  const response = await http.stream(`/images/get?${names}`, { signal, timeoutMs: BEGINS_MS })
  if (response.statusCode === 200) return response
  let said = ''
  for await (const piece of response as AsyncIterable<Buffer>)
    if (said.length < MAX_REFUSAL) said += piece.toString('utf8')
  throw fromStatus(response.statusCode ?? 0, sentenceOf(said))
}

/** The end of an archive: one that the engine broke off ends like any other answer. */
class Tail {
  #bytes = Buffer.alloc(0)

  push(piece: Buffer): void {
    this.#bytes = Buffer.from(Buffer.concat([this.#bytes, piece]).subarray(-MAX_TAIL))
  }

  /** A tar ends with two blocks of zeros. Throws `engine/refused`. */
  check(bytes: number): void {
    const end = this.#bytes.subarray(-END_OF_TAR)
    if (bytes % 512 === 0 && end.length === END_OF_TAR && end.every((byte) => byte === 0)) return
    const text = this.#bytes.toString('utf8')
    const said = text.slice(Math.max(0, text.lastIndexOf('{"errorDetail"')))
    throw new AppError('engine/refused', `The engine broke the archive off: ${sentenceOf(said)}`, {
      hint: 'No file was written. The log of dockerd may tell more.',
    })
  }
}

/** The engine's own words of a failure. */
function sentenceOf(body: string): string {
  try {
    const { message, error } = JSON.parse(body) as { message?: unknown; error?: unknown }
    if (typeof message === 'string') return plain(message)
    if (typeof error === 'string') return plain(error)
  } catch {
    // No JSON.
  }
  return body.trimStart().startsWith('{') ? plain(body.trim(), 300) : 'it gave no reason.'
}
