import type { Readable } from 'node:stream'
import { damaged } from '../damaged'
import { LayerSink } from '../tree'
import { ArchiveReader } from './archive'
import { piecesOf } from './pieces'
import type { LayerReader } from './reader'

/** Opens `GET /images/<id>/get`. Throws `engine/*`. */
export type OpenExport = (id: string, signal: AbortSignal) => Promise<Readable>

/** Reads an image as the engine hands it out, headers kept and contents skipped. */
export function exportReader(open: OpenExport): LayerReader {
  return {
    name: 'export',
    async read({ id, diffIds }, tree, onProgress, signal) {
      const source = await open(id, signal)
      const archive = new ArchiveReader((read) => {
        const sink = new LayerSink(tree, read)
        return (entry) => {
          sink.add(entry)
          return undefined
        }
      })
      let bytes = 0
      for await (const piece of piecesOf(source)) {
        await archive.write(piece)
        bytes += piece.length
        onProgress({ done: archive.done, bytes })
      }
      await archive.end()
      const { layers } = archive.image()
      if (layers.length !== diffIds.length)
        throw damaged(`the export has ${layers.length} layers and not ${diffIds.length}`)
      tree.arrange(layers)
    },
  }
}
