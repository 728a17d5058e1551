import { z } from 'zod'
import { request, stream } from '../define'

/**
 * What a part of the disk is for. `layer`: an image's layer, of a graph driver or as a snapshot;
 * `content`: blobs of the containerd image store; `container`: what a container changed, with its
 * init layer and its mount point; `log`: a container's log files; `container-files`: its config,
 * hosts, resolv.conf, shm; `volume`; `build-cache`: BuildKit's snapshots, content and records;
 * `image-data`: imagedb, layerdb and repositories.json; `network`; `plugin`; `swarm`; `runtime`;
 * `containerd`: what containerd keeps of its own; `temporary`: half of a pull, a build or a load;
 * `other-store`: of a storage driver or image store that is not in use; `orphan`: nothing refers to it;
 * `quarantine`: orphans that Porthole has set aside; `engine`: dockerd's own small files;
 * `unmapped`: below a storage driver Porthole cannot read; `unknown`: not Docker's.
 */
export const StorageKind = z.enum([
  'layer',
  'content',
  'container',
  'log',
  'container-files',
  'volume',
  'build-cache',
  'image-data',
  'network',
  'plugin',
  'swarm',
  'runtime',
  'containerd',
  'temporary',
  'other-store',
  'orphan',
  'quarantine',
  'engine',
  'unmapped',
  'unknown',
])

/** Whom a part of the disk belongs to. */
export const StorageOwner = z.object({
  /** The same in each scan: `layer:sha256:…`, `container:<id>`, `volume:<name>`, `log:<id>`. */
  id: z.string(),
  kind: StorageKind,
  /** Image tag, container or volume name; else the id, short. May hold anything a hostile name can. */
  name: z.string(),
  /** Images (tags, else ids) that stand on this layer or content. */
  images: z.array(z.string()).optional(),
  /** The instruction that made the layer. */
  instruction: z.string().optional(),
  container: z.object({ id: z.string(), name: z.string(), running: z.boolean() }).optional(),
  /** Storage driver, snapshotter or store it belongs to. */
  store: z.string().optional(),
  chainId: z.string().optional(),
  /** Whether anything that exists stands on it now. */
  inUse: z.boolean(),
  /**
   * Why it is so, as codes with values for a text in the reader's language: `layerdb-cache-id`,
   * `layerdb-mount`, `snapshot-of-chain`, `container-folder`, `volume-folder`, `no-reference`, …
   * For an orphan each place that was looked through in vain.
   */
  because: z.array(z.object({ code: z.string(), values: z.record(z.string(), z.string()) })),
})

/** What one owner has on the disk. */
export const StorageShare = z.object({
  owner: StorageOwner,
  /** Blocks on the disk: hard links once, holes not. */
  bytes: z.number(),
  /** Files, folders, links and devices. */
  entries: z.int(),
  /** Its topmost folders or files; names that are not UTF-8 with `\xNN`. */
  paths: z.array(z.string()),
})

export const StorageScan = z.object({
  state: z.enum(['walking', 'done']),
  /** What is scanned: the data-root, containerd's root where that lies elsewhere, or the folder asked for. */
  roots: z.array(z.string()),
  startedAt: z.string(),
  /** Absent while it walks. */
  finishedAt: z.string().optional(),
  elapsedMs: z.number(),
  entries: z.int(),
  bytes: z.number(),
  /** Part of `bytes` that was known from an earlier scan and is proven unchanged. */
  rememberedBytes: z.number(),
  /** Entries that vanished or could not be read while the scan went. */
  missed: z.int(),
  /** Every owner so far, largest first. */
  shares: z.array(StorageShare),
  /** Owners left out of `shares` because they are many and small, by kind. */
  rest: z.array(z.object({ kind: StorageKind, owners: z.int(), bytes: z.number(), entries: z.int() })),
  /** The file system of the first root, in bytes, as statfs tells. */
  fileSystem: z.object({ sizeBytes: z.number(), usedBytes: z.number(), freeBytes: z.number() }).optional(),
})

export const StorageEntry = z.object({
  /** To show: what is not UTF-8 stands as `\xNN`. */
  name: z.string(),
  /** To ask with: `path` of `storage.list`, which finds a name that is not UTF-8 again. */
  path: z.string(),
  type: z.enum(['folder', 'file', 'link', 'device', 'socket', 'fifo']),
  /** Of a file or link: its length. */
  sizeBytes: z.number(),
  /** On the disk; of a folder with all below it once a scan has seen it, else absent. */
  diskBytes: z.number().optional(),
  entries: z.int().optional(),
  modifiedAt: z.string(),
  mode: z.string(),
  uid: z.int(),
  gid: z.int(),
  linkTarget: z.string().optional(),
  owner: StorageOwner,
  /** What the place is for, as a code with a text: `overlay2.link`, `layerdb.layer`, `container.config`, … */
  meaning: z.string().optional(),
})

export const storage = {
  /**
   * Walks the data-root (and containerd's root where the image store lies there) once, on its own file
   * system, and says whose every byte is, with partial results as it goes. Entries that vanish are
   * counted and passed over; no link is followed. With `path`, a folder below the data-root, only
   * that: each child is a share, and several may have one owner. Paths are relative to the data-root,
   * whole in a root elsewhere; a byte that is not UTF-8 stands as `\xNN` in them, a backslash as
   * `\x5c`. An orphan is told as one when it is proven, at the end; until then it is `temporary`.
   * Ends with the state `done`. Stopped by stopping the stream.
   * Throws `storage/remote` where the daemon is not of this machine, `storage/denied` without the right
   * to read the data-root, `helper/*`.
   */
  'storage.scan': stream({
    access: 'read',
    input: z.strictObject({
      path: z.string().max(8_192).optional(),
      /** Uses nothing of an earlier scan. */
      fresh: z.boolean().optional(),
      /** Walks nothing: the newest whole scan that ended, or nothing, and ends. */
      known: z.boolean().optional(),
    }),
    item: StorageScan,
    overflow: 'latest',
    resume: 'restart',
  }),
  /**
   * Finds whom something belongs to: a path, the id of an overlay2 folder or a snapshot, a short link
   * of `l/`, a line of `mount`, an inode number, an image, layer or container id or name.
   * An empty `found` says that nothing of that name is there. Throws as `storage.scan`.
   */
  'storage.owner': request({
    access: 'read',
    input: z.strictObject({ path: z.string().min(1).max(16_384) }),
    output: z.object({
      /** How the words were understood. */
      as: z.enum(['path', 'layer', 'link', 'mount', 'inode', 'name']),
      found: z.array(z.object({ path: z.string(), owner: StorageOwner })),
    }),
    timeoutMs: 120_000,
  }),
  /**
   * Entries of a folder of the data-root by name, with what each is; an empty path is the data-root
   * itself, where containerd's root stands as an entry too when it lies elsewhere. Throws as
   * `storage.scan`, and `helper/path-refused`.
   */
  'storage.list': request({
    access: 'read',
    input: z.strictObject({ path: z.string().max(8_192), after: z.string().max(1_024).optional() }),
    output: z.object({
      path: z.string(),
      dataRoot: z.string(),
      owner: StorageOwner,
      meaning: z.string().optional(),
      entries: z.array(StorageEntry),
      /** For `after`, where there are more than 2 000. */
      next: z.string().optional(),
    }),
  }),
  /**
   * The head (1 MiB) of a file of the data-root. Environments in a container's files and whatever looks
   * like a key are masked. Throws as `storage.list`.
   */
  'storage.file': request({
    access: 'admin',
    input: z.strictObject({ path: z.string().max(8_192) }),
    output: z.object({
      path: z.string(),
      sizeBytes: z.number(),
      owner: StorageOwner,
      meaning: z.string().optional(),
      kind: z.enum(['text', 'json', 'binary', 'secret']),
      /** Absent of a binary file, and of one that is a secret as a whole. */
      text: z.string().optional(),
      cut: z.boolean(),
      masked: z.int(),
    }),
  }),
}
