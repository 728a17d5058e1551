import { closeSync, readSync } from 'node:fs'
import { HelperError } from '../verb'
import { openServedRoot } from './served-root'

export interface RecordRequest {
  pid: number
  /** Graph driver. */
  driver: string
  /** `sha256:` and 64 hexadecimal digits. */
  chainId: string
  /** Bytes to leave out. */
  from: number
}

export interface RecordPiece {
  /** Compressed bytes in base64; empty at the end. */
  data: string
  sizeBytes: number
}

/** Bytes of one piece: an answer holds 2 MiB. */
const PIECE = 1024 * 1024

/**
 * A piece of the record that a graph driver's layer store keeps of a layer's tar (headers in tar-split's
 * format, no content), as it is. The path is made of a checked digest, and no link is followed. Throws
 * `storage/denied` where there is no such record, `helper/path-refused`.
 */
export function readLayerRecord({ pid, driver, chainId, from }: RecordRequest): RecordPiece {
  const root = openServedRoot(pid)
  try {
    const hex = chainId.slice('sha256:'.length)
    const opened = root.openFile(['image', driver, 'layerdb', 'sha256', hex, 'tar-split.json.gz'])
    if (opened === undefined)
      throw new HelperError('storage/denied', `The engine keeps no record of the layer ${chainId}.`, {
        hint: 'The image can be read through the engine instead.',
        detail: { chainId },
      })
    try {
      const piece = Buffer.alloc(Math.max(0, Math.min(PIECE, opened.stat.size - from)))
      const length = readSync(opened.fd, piece, 0, piece.length, from)
      return { data: piece.toString('base64', 0, length), sizeBytes: opened.stat.size }
    } finally {
      closeSync(opened.fd)
    }
  } finally {
    root.close()
  }
}
