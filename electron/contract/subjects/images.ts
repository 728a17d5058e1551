import { z } from 'zod'
import { request, stream } from '../define'

/** A name, an id, or the `archive:…` that `archive.analyze` gave for an archive on disk. */
const Image = z.string().min(1).max(512)
/** In names and paths a byte that is not UTF-8 stands as `\xNN`, a backslash as `\x5c`. */
const Path = z.string().max(16_384)

/** What a layer did to a path; `metadata` changed its mode or owner and nothing else. */
export const ImageChange = z.enum(['added', 'modified', 'metadata', 'removed', 'unchanged'])

/** Way to the entries of layers, the cheapest first; `archive` for an archive on disk alone. */
export const ImageReader = z.enum(['record', 'snapshots', 'directory', 'blobs', 'export', 'archive'])

/** What a file looks as if it held, by its name; `image.file` looks into it. */
export const ImageCredential = z.enum([
  'private-key',
  'keystore',
  'password',
  'token',
  'cloud',
  'environment',
  'history',
])

export const ImageSummary = z.object({
  /** Digest of its config; with the containerd store that of its manifest or index. */
  id: z.string(),
  tags: z.array(z.string()),
  digests: z.array(z.string()),
  createdAt: z.string(),
  /** As in `linux/arm64/v8`; absent where the engine does not tell it. */
  platform: z.string().optional(),
  /** As the engine counts it; with the containerd store with the compressed blobs. */
  sizeBytes: z.number(),
  /** Of it shared with other images; before API 1.42 the sum of the layers that others stand on too. */
  sharedBytes: z.number().optional(),
  /** Layers; absent where the engine does not tell them. */
  layers: z.int().optional(),
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
    reader: ImageReader,
    /** Layers read so far, and all of them. */
    done: z.int(),
    layers: z.int(),
    entries: z.int(),
    /** Read so far; what was not needed of an export is counted too. */
    bytes: z.number(),
  }),
  z.object({
    state: z.literal('done'),
    reader: ImageReader,
    /** To ask `image.files` and the others with. */
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
    /** Files that look like keys or credentials, those that no longer show first; at most 500. */
    credentials: z.array(
      z.object({
        path: z.string(),
        credential: ImageCredential,
        sizeBytes: z.number(),
        /** The layer that has it as it is. */
        layer: z.int(),
        /** The layer that hides or replaces it; absent where a container sees it. */
        hiddenBy: z.int().optional(),
      }),
    ),
    /** Names of an archive's image; absent for an image of the engine. */
    tags: z.array(z.string()).optional(),
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
  credential: ImageCredential.optional(),
  /** Of a folder: entries below it that this layer added, modified or removed, in whatever way. */
  changesBelow: z.int().optional(),
})

/** A path that a search has found, with what each layer did to it, the lowest first. */
export const ImageHit = z.object({
  path: z.string(),
  type: z.enum(['file', 'folder', 'symlink', 'hardlink', 'char', 'block', 'fifo']),
  credential: ImageCredential.optional(),
  versions: z.array(
    z.object({
      layer: z.int(),
      change: ImageChange,
      sizeBytes: z.number(),
    }),
  ),
  /** The layer whose version a container sees; absent where it sees none. */
  visible: z.int().optional(),
})

/** Fields of an image's config that differ, as text; absent on the side that has none. */
const ConfigDifference = z.object({
  field: z.string(),
  left: z.string().optional(),
  right: z.string().optional(),
})

export const ComparedFile = z.object({
  name: z.string(),
  path: z.string(),
  /** `added` stands on the right alone, `removed` on the left alone. */
  change: ImageChange,
  type: z.enum(['file', 'folder', 'symlink', 'hardlink', 'char', 'block', 'fifo']),
  /** Of a folder the sum below it; absent on the side that has none. */
  leftBytes: z.number().optional(),
  rightBytes: z.number().optional(),
  /** Of a folder: entries below it that differ. */
  changesBelow: z.int().optional(),
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
   * Reads every entry of every layer: where this process or its helper may read the data-root, from the
   * records dockerd keeps of each layer's tar headers, or from the snapshots of the containerd store; else
   * from `GET /images/…/get` with the files' contents skipped. Items are progress, the last is the
   * result. Throws `engine/*`, `image/unreadable` for damaged records or archives, `image/too-large`
   * beyond 4 million entries; where a reader is asked for by name also `storage/denied` and
   * `storage/remote` for one that this engine, machine or user does not have.
   */
  'image.analyze': stream({
    access: 'read',
    input: z.strictObject({
      image: Image,
      /** `auto` takes the cheapest that asks for no password. */
      reader: z.enum(['auto', 'record', 'snapshots', 'directory', 'blobs', 'export']).default('auto'),
    }),
    item: ImageAnalysis,
    overflow: 'latest',
    resume: 'restart',
  }),
  /**
   * The same of an image archive on disk (`docker save`, in the old and the OCI layout; layers plain or
   * packed with gzip or zstd, the whole too). Nothing is written. `id` of the result stands for it in
   * `image.layers`, `image.files`, `image.search`, `image.file` and `image.compare` of this process.
   * Throws `image/no-archive` for a path that cannot be read, `image/unreadable`, `image/too-large`.
   */
  'archive.analyze': stream({
    access: 'admin',
    input: z.strictObject({
      /** Absolute. */
      path: z.string().min(1).max(4_096),
      /** One of the names in the archive; without it the first image. */
      image: z.string().max(512).optional(),
    }),
    item: ImageAnalysis,
    overflow: 'latest',
    resume: 'none',
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
      /** Only what the layer did one of these to, and folders with such an entry below. */
      changes: z.array(ImageChange).optional(),
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
  /**
   * Paths of all layers with this text in them, letters large or small, by path: which layer brought
   * each, which replaced or hid it. Throws as `image.files`.
   */
  'image.search': request({
    access: 'read',
    input: z.strictObject({
      image: Image,
      text: z.string().min(1).max(1_024),
      /** Only those that look like keys or credentials. */
      credentials: z.boolean().default(false),
    }),
    output: z.object({
      hits: z.array(ImageHit),
      /** All of them; at most 500 are listed. */
      total: z.int(),
    }),
    timeoutMs: 540_000,
  }),
  /**
   * Content of a file as a layer has it, in pieces of 512 KiB, and of the first mebibyte no more; also of
   * one that a higher layer removed. A hard link gives what it links to. Read from the layer's folder
   * where this process or its helper may, else out of the image's export, which takes as long as reading
   * that. Throws as `image.files`, and `image/no-content` for what is no file.
   */
  'image.file': request({
    access: 'read',
    input: z.strictObject({
      image: Image,
      layer: z.int().min(0),
      path: Path,
      /** First byte of the piece: 0, or the `next` of the one before. */
      from: z.int().min(0).max(1_048_576).default(0),
    }),
    output: z.object({
      path: z.string(),
      sizeBytes: z.number(),
      /** What its first bytes and its name say. */
      kind: z.enum(['text', 'json', 'image', 'binary', 'empty']),
      /** Of an image. */
      mediaType: z
        .enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/bmp', 'image/x-icon'])
        .optional(),
      /** Base64. */
      data: z.string(),
      /** Where the next piece begins; absent with the last, and where the first mebibyte ends. */
      next: z.int().optional(),
      /** More than the first mebibyte is there. */
      cut: z.boolean(),
      /** What it looks as if it held, by its name and by what stands in this piece. */
      credential: ImageCredential.optional(),
      reader: ImageReader,
    }),
    timeoutMs: 540_000,
  }),
  /**
   * Two images side by side: layers they share, fields of their configs that differ (of variables and
   * labels that are called a secret only that they do), and the entries of a folder of their merged trees
   * that do. No content is read: files of the same size, time, mode and owner count as the same. Throws
   * as `image.files`.
   */
  'image.compare': request({
    access: 'read',
    input: z.strictObject({
      left: Image,
      right: Image,
      path: Path,
      /** Entries after this name. */
      after: z.string().max(1_024).optional(),
      /** Also entries that are the same on both sides. */
      unchanged: z.boolean().default(false),
    }),
    output: z.object({
      /** Layers, from the lowest on, that both have. */
      commonLayers: z.int(),
      leftLayers: z.int(),
      rightLayers: z.int(),
      /** Of the whole trees; folders are counted too. */
      counts: z.object({
        added: z.int(),
        removed: z.int(),
        modified: z.int(),
        metadata: z.int(),
        unchanged: z.int(),
        /** Bytes of the files that stand on the right alone, and of those on the left alone. */
        addedBytes: z.number(),
        removedBytes: z.number(),
        /** Right less left, of files that stand on both sides. */
        grownBytes: z.number(),
      }),
      config: z.array(ConfigDifference),
      entries: z.array(ComparedFile),
      next: z.string().optional(),
    }),
    timeoutMs: 540_000,
  }),
}
