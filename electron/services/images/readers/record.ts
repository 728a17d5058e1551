import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { AppError } from '../../../contract/errors'
import type { RecordPiece } from '../../../helper/images/layer-record'
import { damaged } from '../damaged'
import { LayerSink } from '../tree'
import type { LayerReader } from './reader'
import { TarSplitReader } from './tar-split'

/** Gives the compressed record of a layer from a byte on; an empty piece at its end. */
export type AskRecord = (chainId: string, from: number, signal: AbortSignal) => Promise<RecordPiece>

/** Reads the records that dockerd keeps of its layers' tar headers: no content is touched. */
export function recordReader(ask: AskRecord): LayerReader {
  return {
    name: 'record',
    async read({ chainIds }, tree, onProgress, signal) {
      let bytes = 0
      for (const [layer, chainId] of chainIds.entries()) {
        const sink = new LayerSink(tree, layer)
        const reader = new TarSplitReader((entry) => sink.add(entry))
        await unpack(
          pieces(ask, chainId, signal, (length) => (bytes += length)),
          (piece) => {
            reader.push(piece)
            onProgress({ done: layer, bytes })
          },
          signal,
        )
        reader.end()
        onProgress({ done: layer + 1, bytes })
      }
      tree.arrange(chainIds.map((_, layer) => layer))
    },
  }
}

async function* pieces(
  ask: AskRecord,
  chainId: string,
  signal: AbortSignal,
  onBytes: (length: number) => void,
): AsyncGenerator<Buffer> {
  for (let from = 0; ;) {
    const { data, sizeBytes } = await ask(chainId, from, signal)
    const piece = Buffer.from(data, 'base64')
    if (piece.length === 0) return
    from += piece.length
    onBytes(piece.length)
    yield piece
    if (from >= sizeBytes) return
  }
}

/** Piece by piece: a record that unpacks to much more than it should never lies in memory as a whole. */
async function unpack(
  packed: AsyncIterable<Buffer>,
  take: (piece: Buffer) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    await pipeline(
      packed,
      createGunzip({ chunkSize: 256 * 1024 }),
      async (source: AsyncIterable<Buffer>) => {
        for await (const piece of source) take(piece)
      },
      { signal },
    )
  } catch (error) {
    if (error instanceof AppError || signal.aborted) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code?.startsWith('Z_') === true) throw damaged('a record is not whole gzip')
    throw error
  }
}
