import { closeSync, readSync } from 'node:fs'
import { namesOf, type Tree } from '../storage/tree'
import { HelperError } from '../verb'
import { openLayerFolder, type Place } from './layer-folder'

export interface LayerFileRequest extends Place {
  /** `sha256:` and 64 hexadecimal digits. */
  chainId: string
  /** Inside the layer, spelled as {@link namesOf} reads it. */
  path: string
  /** Bytes to leave out. */
  from: number
}

export interface LayerFilePiece {
  /** In base64; empty behind the end. */
  data: string
  /** Of the whole file. */
  sizeBytes: number
}

/** Bytes of one piece. */
const PIECE = 512 * 1024
/** The first mebibyte of a file is told and no more. */
export const MAX_FROM = 1024 * 1024

/**
 * A piece of a plain file as a layer of an image has it. The layer's folder is found by the engine's own
 * databases. Throws `storage/denied` where the layer has no folder, and as {@link readPiece}.
 */
export async function readLayerFile({ path, from, ...layer }: LayerFileRequest): Promise<LayerFilePiece> {
  const folder = await openLayerFolder(layer)
  try {
    return readPiece(folder, path, from)
  } finally {
    folder.close()
  }
}

/**
 * A piece of a plain file below a folder. The path is opened name by name and no link is followed: what an
 * image's links say is never a path of this machine. Pipes and devices, among them the marks of what a
 * layer removed, are not opened. Throws `image/no-content`, `helper/path-refused`.
 */
export function readPiece(folder: Tree, path: string, from: number): LayerFilePiece {
  const opened = folder.openFile(namesOf(path))
  if (opened === undefined)
    throw new HelperError('image/no-content', 'The layer has no plain file there.', {
      hint: 'It may be a folder, a link, a device or a pipe.',
      detail: { path: path.slice(0, 1_000) },
    })
  try {
    const { size } = opened.stat
    const piece = Buffer.alloc(Math.max(0, Math.min(PIECE, Math.min(size, MAX_FROM) - from)))
    const length = readSync(opened.fd, piece, 0, piece.length, from)
    return { data: piece.toString('base64', 0, length), sizeBytes: size }
  } finally {
    closeSync(opened.fd)
  }
}
