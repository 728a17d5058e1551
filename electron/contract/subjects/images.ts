import { z } from 'zod'
import { request, stream } from '../define'

const Image = z.string().min(1).max(512)
/** In names and paths a byte that is not UTF-8 stands as `\xNN`, a backslash as `\x5c`. */
const Path = z.string().max(16_384)

/** What a layer did to a path; `metadata` changed its mode or owner and nothing else. */
export const ImageChange = z.enum(['added', 'modified', 'metadata', 'removed', 'unchanged'])

export const ImageSummary = z.object({
  /** Digest of its config; with the containerd store that of its manifest or index. */
  id: z.string(),
  tags: z.array(z.string()),
  digests: z.array(z.string()),
  createdAt: z.string(),
  /** As the engine counts it; with the containerd store with the compressed blobs. */
  sizeBytes: z.number(),
  /** Of it shared with other images; told since API 1.42. */
  sharedBytes: z.number().optional(),
  /** Names of containers made from it, those that do not run too. */
  containers: z.array(z.string()),
})

export const ImageLayer = z.object({
  /** 0 is the lowest. */
  index: z.int(),
  /** Digest of its tar, not compressed. */
  diffId: z.string(),
  /** Names it together with all layers below. */
  chainId: z.string(),
  /** Folder of the graph driver; absent where the engine does not tell it. */
  directory: z.string().optional(),
  /** Instruction that made it; absent where the history cannot be joined for sure. */
  createdBy: z.string().optional(),
  createdAt: z.string().optional(),
  /** Bytes of its files, as the history tells them. */
  sizeBytes: z.number().optional(),
  /** Instructions after it that made no layer. */
  followedBy: z.array(z.string()),
  /** Names of other images that stand on it; an id where one has no name. */
  sharedBy: z.array(z.string()),
})

const Counts = z.object({
  entries: z.int(),
  added: z.int(),
  modified: z.int(),
  metadata: z.int(),
  /** Each path that was there and is not any more, those below a removed folder too. */
  removed: z.int(),
  /** Sum of the sizes of its files. */
  bytes: z.number(),
})

export const ImageAnalysis = z.union([
  z.object({
    state: z.literal('reading'),
    reader: z.enum(['record', 'export']),
    /** Layers read so far, and all of them. */
    done: z.int(),
    layers: z.int(),
    entries: z.int(),
    /** Read so far; what was not needed of an export is counted too. */
    bytes: z.number(),
  }),
  z.object({
    state: z.literal('done'),
    reader: z.enum(['record', 'export']),
    id: z.string(),
    tookMs: z.number(),
    layers: z.array(ImageLayer.extend(Counts.shape)),
    /** From 0 to 1: bytes that each path needs at least, of all bytes that its copies take. */
    efficiency: z.number(),
    /** Bytes of all copies of files that are in more than one layer or removed again. */
    wastedBytes: z.number(),
    /** The largest of them. */
    wasted: z.array(
      z.object({
        path: z.string(),
        /** Layers that have it, its removal among them. */
        count: z.int(),
        bytes: z.number(),
        layers: z.array(z.int()),
      }),
    ),
    /** All of them, also those that are not listed. */
    wastedPaths: z.int(),
  }),
])

export const ImageFile = z.object({
  name: z.string(),
  path: z.string(),
  type: z.enum(['file', 'folder', 'symlink', 'hardlink', 'char', 'block', 'fifo']),
  change: ImageChange,
  /** Permission bits with setuid, setgid and sticky. */
  mode: z.int(),
  uid: z.int(),
  gid: z.int(),
  /** Of a file its size, of a folder the sum of what is listed below it. */
  sizeBytes: z.number(),
  modifiedAt: z.string(),
  linkTarget: z.string().optional(),
  /** The layer that brought it as it is; of a removed one the layer that still has it. */
  layer: z.int(),
  /** A folder in which nothing of lower layers is seen any more. */
  opaque: z.literal(true).optional(),
})

export const images = {
  /** Images of the engine, the newest first, with the containers made from each. Throws `engine/*`. */
  'images.list': request({
    access: 'read',
    input: z.strictObject({}),
    output: z.array(ImageSummary),
  }),
  /**
   * Layers of an image, the lowest first, with the instruction that made each and who else has it.
   * Throws `engine/*`, `engine/not-found` for an image that is not there.
   */
  'image.layers': request({
    access: 'read',
    input: z.strictObject({ image: Image }),
    output: z.array(ImageLayer),
  }),
  /**
   * Reads every entry of every layer: where this process or its helper may read the data-root of a graph
   * driver, from the records dockerd keeps of each layer's tar headers, else from `GET /images/…/get`
   * with the files' contents skipped. Items are progress, the last is the result. Throws `engine/*`,
   * `image/unreadable` for damaged records or archives, `image/too-large` beyond 4 million entries; with
   * `reader: "record"` also `storage/denied` and `storage/remote`.
   */
  'image.analyze': stream({
    access: 'read',
    input: z.strictObject({
      image: Image,
      /** `auto` takes the records where they can be read without a question for a password. */
      reader: z.enum(['auto', 'record', 'export']).default('auto'),
    }),
    item: ImageAnalysis,
    overflow: 'latest',
    resume: 'restart',
  }),
  /**
   * Entries of a folder of an image by name: of one layer alone (`layer`), or as a container that ends
   * with that layer sees it (`merged`), what the layer removed among them. An image that was not
   * analyzed yet is read first. Throws as `image.analyze`, `image/no-path` for no such folder or layer.
   */
  'image.files': request({
    access: 'read',
    input: z.strictObject({
      image: Image,
      layer: z.int().min(0),
      path: Path,
      mode: z.enum(['layer', 'merged']),
      /** Entries after this name. */
      after: z.string().max(1_024).optional(),
    }),
    output: z.object({
      entries: z.array(ImageFile),
      /** For `after`, where there are more than 2 000. */
      next: z.string().optional(),
    }),
    timeoutMs: 540_000,
  }),
}
