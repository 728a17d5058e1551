import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { AppError } from '../../contract/errors'
import { toAppError, type EngineService } from '../engine'
import { EngineLines } from './engine-lines'
import { noArchive, openArchive, pathFault } from './host-path'
import { plain } from './plain'
import type { Tell } from './transferring'

/** Bytes that are read at once. */
const PIECE = 256 * 1024
/** Names and ids that are told; with more, an item would not fit into a frame. */
const MAX_IMAGES = 1_000

/** What of a failure lies in the file, by the words of 20.10 to 29 with either store. */
const OF_ARCHIVE =
  /tar header|unexpected EOF|short read|image format|docker-import-|invalid (?:header|magic|checksum|archive)|gzip|bzip2|zstd|flate|\bxz\b|manifest\.json|archive|corrupt|invalid character/i
const OF_DISK = /no space left|disk quota/i

/**
 * Sends a file to the engine, no faster than it takes it, and reads what it says meanwhile. `request` is
 * path and query. Resolves to the bytes that were sent and the images the engine names. A file that is
 * read to its end only in part, or left in the middle, ends the request without its end, so the engine
 * takes none of it. Throws `image/no-archive` for a file that cannot be read or that is no archive to the
 * engine, `engine/*`, `rpc/cancelled`.
 */
export async function upload(
  engine: EngineService,
  { request, path }: { request: string; path: string },
  tell: Tell,
  signal: AbortSignal,
): Promise<{ bytes: number; images: string[] }> {
  const { file, sizeBytes } = await openArchive(path)
  let bytes = 0
  let said: string | undefined
  let fault: AppError | undefined
  // However this ends, the request does not outlive it.
  const stop = new AbortController()
  const now = (): void => tell({ bytes, totalBytes: sizeBytes, ...(said === undefined ? {} : { said }) })
  const body = Readable.from(
    piecesOf(file, signal, (length) => {
      bytes += length
      now()
    }),
    { objectMode: false, highWaterMark: PIECE },
  ).on('error', (error) => (fault = signal.aborted ? undefined : pathFault(path, error)))
  let response: Readable | undefined
  try {
    now()
    response = await send(engine, request, body, AbortSignal.any([signal, stop.signal]))
    const images = new Set<string>()
    const lines = new EngineLines()
    const take = ({ error, image, ...line }: { said?: string; error?: string; image?: string }): void => {
      if (error !== undefined) throw refusal(path, error)
      if (image !== undefined && images.size < MAX_IMAGES) images.add(image)
      said = line.said
      now()
    }
    for await (const piece of response as AsyncIterable<Buffer>)
      for (const line of lines.push(piece)) take(line)
    for (const line of lines.end()) take(line)
    return { bytes, images: [...images] }
  } catch (error) {
    if (signal.aborted) throw new AppError('rpc/cancelled', 'The transfer was stopped.')
    if (fault !== undefined) throw fault
    const coded = toAppError(error)
    if (!(coded instanceof AppError) || coded.code !== 'engine/refused') throw coded
    throw Number(coded.detail?.['status']) === 500 ? refusal(path, coded.message) : coded
  } finally {
    stop.abort()
    response?.destroy()
    body.destroy()
    await file.close().catch(() => undefined)
  }
}

async function* piecesOf(
  file: FileHandle,
  signal: AbortSignal,
  onPiece: (length: number) => void,
): AsyncGenerator<Buffer> {
  for (;;) {
    signal.throwIfAborted()
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE), 0, PIECE)
    if (bytesRead === 0) return
    onPiece(bytesRead)
    yield buffer.subarray(0, bytesRead)
  }
}

/** The answer as it comes. Throws dockerode's errors. */
async function send(
  engine: EngineService,
  request: string,
  body: Readable,
  signal: AbortSignal,
): Promise<Readable> {
  const docker = await engine.docker()
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        // docker-modem takes the last character off a path with a query of its own.
        path: `${request}&`,
        method: 'POST',
        file: body,
        isStream: true,
        abortSignal: signal,
        statusCodes: { 200: true, 500: 'server error' },
      },
      (error: unknown, response: unknown) => {
        if (error) reject(error instanceof Error ? error : new Error(String(error)))
        else resolve(response as Readable)
      },
    )
  })
}

function refusal(path: string, said: string): AppError {
  const words = plain(said)
  if (OF_ARCHIVE.test(words) && !OF_DISK.test(words))
    return noArchive(
      path,
      `the engine says "${words}"`,
      'It is damaged, cut off, or no archive of the kind that is asked for: images are loaded, a file system is imported.',
    )
  return new AppError('engine/refused', words === '' ? 'The engine gave no reason.' : words, {
    detail: { status: 500 },
  })
}
