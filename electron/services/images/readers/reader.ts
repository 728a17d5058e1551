import type { ImageTree } from '../tree'

/** What a reader is told to read. */
export interface ToRead {
  id: string
  diffIds: readonly string[]
  chainIds: readonly string[]
}

export interface Progress {
  /** Layers read whole. */
  done: number
  bytes: number
}

/** One way to the entries of an image's layers. All give the same tree. */
export interface LayerReader {
  readonly name: 'record' | 'snapshots' | 'directory' | 'blobs' | 'export'
  /** Fills the tree and arranges it. Throws `image/unreadable`, `image/too-large` and its own. */
  read(
    image: ToRead,
    tree: ImageTree,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<void>
}
