import { posix } from 'node:path'
import { bytesOf } from '../../../helper/storage/names'
import { damaged } from '../damaged'
import type { BodySink, TarEntry } from '../tar'
import { ArchiveReader } from './archive'

/** Opens an archive or an export from its beginning. */
export type OpenArchive = (signal: AbortSignal) => Promise<AsyncIterable<Buffer>>

export interface Wanted {
  /** The lowest is 0. */
  layer: number
  /** How many the image has. */
  layers: number
  /** One of the names in an archive of several images; without it the first. */
  image?: string | undefined
  /** As it is listed, from the root. */
  path: string
  /** Most bytes of the content. */
  limit: number
}

export interface Extracted {
  /** At most `limit`. */
  bytes: Buffer
  sizeBytes: number
}

/** A tar may give the content with another name of the file, and that with one more. */
const MAX_LINKS = 8

/**
 * The first bytes of a file as a layer of an archive has it; undefined where the layer has no file there,
 * or one whose content is written without its holes. The archive is read from end to end, a second time
 * where the path is another name of a file. Throws `image/unreadable`, and what `open` throws.
 */
export async function extractFile(
  open: OpenArchive,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Extracted | undefined> {
  let path = normal(bytesOf(wanted.path))
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const found = await lookUp(open, { ...wanted, path }, signal)
    if (found === undefined || !('link' in found)) return found
    path = found.link
  }
  return undefined
}

type Found = Extracted | { link: string } | undefined

async function lookUp(open: OpenArchive, wanted: Wanted, signal: AbortSignal): Promise<Found> {
  /** By the number of the layer; which one is meant, the manifest at the end tells. */
  const found = new Map<number, Found>()
  const archive = new ArchiveReader((read) => (entry) => {
    if (normal(entry.name) !== wanted.path) return undefined
    return take(entry, wanted.limit, (what) => found.set(read, what))
  })
  const source = await open(signal)
  for await (const piece of source) {
    await archive.write(piece)
    signal.throwIfAborted()
  }
  await archive.end()
  const { layers } = archive.image(wanted.image)
  if (layers.length !== wanted.layers)
    throw damaged(`the archive has ${layers.length} layers and not ${wanted.layers}`)
  return found.get(layers[wanted.layer] ?? -1)
}

function take(entry: TarEntry, limit: number, tell: (found: Found) => void): BodySink | undefined {
  if (entry.type === 'hardlink') tell({ link: normal(entry.link ?? Buffer.alloc(0)) })
  else if (entry.type !== 'file' || entry.sparse === true) tell(undefined)
  else {
    const parts: Buffer[] = []
    let length = 0
    return {
      push(bytes) {
        const part = bytes.subarray(0, limit - length)
        if (part.length === 0) return
        length += part.length
        parts.push(Buffer.from(part))
      },
      end: () => tell({ bytes: Buffer.concat(parts), sizeBytes: entry.size }),
    }
  }
  return undefined
}

/** A path as it is compared, byte by byte. */
function normal(path: Buffer): string {
  const plain = posix.normalize(`/${path.toString('latin1')}`)
  return plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain
}
