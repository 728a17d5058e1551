import { AppError } from '../../../contract/errors'
import type { BlobPiece } from '../../../helper/images/content-blob'
import { damaged } from '../damaged'
import { LayerSink } from '../tree'
import { fields, list, parsed, text, texts, type Fields } from './json'
import { LayerBlob } from './layer-blob'
import type { LayerReader } from './reader'

/** Gives a piece of a blob from a byte on; an empty piece at its end. */
export type AskBlob = (digest: string, from: number, signal: AbortSignal) => Promise<BlobPiece>

const DIGEST = /^sha256:[0-9a-f]{64}$/
/** Most bytes of an index, a manifest or a config. */
const MAX_JSON = 8 * 1024 * 1024
/** Manifests of an index that are looked at: it has one for each platform, and their attestations. */
const MAX_MANIFESTS = 200

/** Reads the blobs of the containerd image store, packed as they are, contents of files skipped. */
export function blobsReader(ask: AskBlob): LayerReader {
  return {
    name: 'blobs',
    async read({ id, diffIds }, tree, onProgress, signal) {
      const { layers } = await findManifest(ask, id, diffIds, signal)
      let bytes = 0
      // A blob may be there twice; it is read once.
      const order = [...new Set(layers)]
      for (const [read, digest] of order.entries()) {
        const sink = new LayerSink(tree, read)
        const blob = new LayerBlob((entry) => {
          sink.add(entry)
          return undefined
        })
        for await (const piece of pieces(ask, digest, signal)) {
          bytes += piece.length
          await blob.write(piece)
          onProgress({ done: read, bytes })
        }
        await blob.end()
        if (blob.kind !== 'layer') throw damaged(`${digest} is no layer`)
        onProgress({ done: read + 1, bytes })
      }
      tree.arrange(layers.map((digest) => order.indexOf(digest)))
    },
  }
}

/**
 * The manifest of an image, or of those its index has for several platforms the one whose config has these
 * diff ids: digests of its layers, the lowest first, and the config. Throws `image/unreadable`, and what
 * `ask` throws.
 */
export async function findManifest(
  ask: AskBlob,
  id: string,
  diffIds: readonly string[],
  signal: AbortSignal,
): Promise<{ layers: string[]; config: Fields }> {
  const wanted = JSON.stringify(diffIds)
  const queue = [id]
  for (let at = 0; at < queue.length && at < MAX_MANIFESTS; at += 1) {
    const value = fields(await readJson(ask, queue[at] ?? '', signal))
    queue.push(...list(value['manifests']).flatMap((each) => digestOf(each) ?? []))
    const digest = digestOf(value['config'])
    if (digest === undefined) continue
    const config = fields(await readJson(ask, digest, signal))
    if (JSON.stringify(texts(fields(config['rootfs'])['diff_ids'])) !== wanted) continue
    const layers = list(value['layers']).flatMap((each) => digestOf(each) ?? [])
    if (layers.length === diffIds.length) return { layers, config }
  }
  throw damaged('no manifest in the store has the layers that the engine tells')
}

function digestOf(descriptor: unknown): string | undefined {
  const digest = text(fields(descriptor)['digest'])
  return digest !== undefined && DIGEST.test(digest) ? digest : undefined
}

/** Undefined for what is not there, as the parts of an index for other machines are not, or is no JSON. */
async function readJson(ask: AskBlob, digest: string, signal: AbortSignal): Promise<unknown> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const piece of pieces(ask, digest, signal)) {
      length += piece.length
      if (length > MAX_JSON) throw damaged(`${digest} is too large`)
      parts.push(piece)
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'storage/denied') return undefined
    throw error
  }
  return parsed(Buffer.concat(parts))
}

async function* pieces(ask: AskBlob, digest: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (let from = 0; ;) {
    const { data, sizeBytes } = await ask(digest, from, signal)
    signal.throwIfAborted()
    const piece = Buffer.from(data, 'base64')
    if (piece.length === 0) return
    from += piece.length
    yield piece
    if (from >= sizeBytes) return
  }
}
