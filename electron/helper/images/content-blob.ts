import { closeSync, readSync } from 'node:fs'
import { HelperError } from '../verb'
import { inContainerd, type Place } from './layer-folder'

export interface BlobRequest extends Place {
  /** `sha256:` and 64 hexadecimal digits. */
  digest: string
  /** Bytes to leave out. */
  from: number
}

export interface BlobPiece {
  /** Bytes in base64; empty at the end. */
  data: string
  sizeBytes: number
}

/** Bytes of one piece: an answer holds 2 MiB. */
const PIECE = 1024 * 1024
const BLOBS = ['io.containerd.content.v1.content', 'blobs', 'sha256']

/**
 * A piece of a blob of the containerd that a dockerd keeps its images in, as it is: an index, a manifest, a
 * config or a layer. The path is made of a checked digest, and no link is followed. Throws
 * `storage/denied` where there is no such blob, `helper/path-refused`.
 */
export async function readContentBlob({ digest, from, ...place }: BlobRequest): Promise<BlobPiece> {
  const piece =
    place.store.imageStore === 'containerd'
      ? await inContainerd(place, (tree, names) => {
          const opened = tree.openFile([...names, ...BLOBS, digest.slice('sha256:'.length)])
          if (opened === undefined) return Promise.resolve(undefined)
          const { fd, stat } = opened
          try {
            const bytes = Buffer.alloc(Math.max(0, Math.min(PIECE, stat.size - from)))
            const length = readSync(fd, bytes, 0, bytes.length, from)
            return Promise.resolve({ data: bytes.toString('base64', 0, length), sizeBytes: stat.size })
          } finally {
            closeSync(fd)
          }
        })
      : undefined
  if (piece !== undefined) return piece
  throw new HelperError('storage/denied', `The engine keeps no content ${digest}.`, {
    hint: 'The image can be read through the engine instead.',
    detail: { digest },
  })
}
