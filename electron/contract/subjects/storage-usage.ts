import { z } from 'zod'
import { request, stream } from '../define'
import { StorageKind } from './storage'

/** What the engine itself counts. */
export const UsageKind = z.enum(['images', 'containers', 'volumes', 'build-cache'])

export const UsageOfKind = z.object({
  kind: UsageKind,
  count: z.int(),
  /** Of those, in use. */
  active: z.int(),
  /** Layers once; of the build cache only what no image stands on as well. */
  bytes: z.number(),
  /**
   * Of images: what more than one of them stands on, and what only one does. Of the build cache: what
   * images stand on too, which is not part of `bytes`.
   */
  sharedBytes: z.number().optional(),
  uniqueBytes: z.number().optional(),
  /** What the engine says a prune of what is not in use would free; of images that is a guess of its own. */
  reclaimableBytes: z.number(),
  /** How long the engine took to say it. */
  tookMs: z.number(),
})

/** A stretch of the bar that ends at what the file system says is used. */
export const UsagePart = z.object({
  part: z.union([UsageKind, StorageKind, z.enum(['elsewhere', 'unexplained'])]),
  bytes: z.number(),
  /** Who says so: the engine counts it, the scan has seen it, or it is what the file system has beyond both. */
  from: z.enum(['engine', 'scan', 'file-system']),
})

export const StorageUsage = z.object({
  takenAt: z.string(),
  /** Which store and driver the figures are of. */
  imageStore: z.enum(['graphdriver', 'containerd']),
  storageDriver: z.string(),
  kinds: z.array(UsageOfKind),
  /** What the engine says beside what lies on the disk, where a scan has seen it. */
  checked: z.array(z.object({ kind: UsageKind, engineBytes: z.number(), scanBytes: z.number() })),
  /**
   * Their sum is `fileSystem.usedBytes` where that is known. Without a scan it may be more: the engine
   * counts the length of a file, holes and all.
   */
  bar: z.array(UsagePart),
  fileSystem: z.object({ sizeBytes: z.number(), usedBytes: z.number(), freeBytes: z.number() }).optional(),
  /** Of the scan that was used. */
  scannedAt: z.string().optional(),
  /** What could not be told here: `no-scan`, `remote`, `busy`, `volumes-late`. */
  missing: z.array(z.enum(['no-scan', 'remote', 'busy', 'volumes-late'])),
})

export const UsagePoint = z.object({
  takenAt: z.string(),
  usedBytes: z.number().optional(),
  freeBytes: z.number().optional(),
  /** Bytes by kind, of the scan or as far as the engine tells. */
  kinds: z.array(z.object({ kind: z.union([UsageKind, StorageKind]), bytes: z.number() })),
})

export const CleanupKind = z.enum([
  'images',
  'containers',
  'volumes',
  'networks',
  'build-cache',
  'logs',
  'orphans',
])

/** What is spared, whatever kind it is. What has no age, or none that is known, counts as young. */
export const CleanupKeep = z.strictObject({
  /** Names, tags or ids; `*` stands for anything. */
  names: z.array(z.string().min(1).max(256)).max(200).optional(),
  /** `key` or `key=value`, of the thing itself or, for a log, of its container. */
  labels: z.array(z.string().min(1).max(256)).max(200).optional(),
  /** What is younger than so many hours. */
  youngerThanHours: z.number().min(0).max(876_000).optional(),
})

const CleanupChoice = z.strictObject({
  kinds: z.array(CleanupKind).min(1).max(7),
  keep: CleanupKeep.optional(),
  /** Images that have a tag and that no container uses, not dangling ones alone. */
  allImages: z.boolean().optional(),
  /** Volumes with a name, not anonymous ones alone. */
  allVolumes: z.boolean().optional(),
})

export const CleanupItem = z.object({
  kind: CleanupKind,
  id: z.string(),
  name: z.string(),
  createdAt: z.string().optional(),
  /** What becomes free by it, with all that goes before it gone; absent where only a scan could tell. */
  bytes: z.number().optional(),
  /** For an image whose layers others keep, and the like. */
  sharedBytes: z.number().optional(),
  /** Of an orphan: what it goes on to hold until its quarantine is ended; `bytes` is 0. */
  heldBytes: z.number().optional(),
})

export const storageUsage = {
  /**
   * What takes the disk: the engine's own figures by kind, asked for one at a time and never by
   * itself, beside what the last scan has seen, and what neither explains. Without the right to scan
   * it says what the API alone can tell. Throws `engine/*`.
   */
  'storage.usage': request({
    access: 'read',
    input: z.strictObject({}),
    output: StorageUsage,
    timeoutMs: 600_000,
  }),
  /** Points kept of earlier usages and scans, oldest first, and who grew since `since` (a day ago). */
  'storage.history': request({
    access: 'read',
    input: z.strictObject({ since: z.string().optional() }),
    output: z.object({
      points: z.array(UsagePoint),
      /** Owners by growth, the most first. */
      grew: z.array(
        z.object({
          id: z.string(),
          kind: StorageKind,
          name: z.string(),
          bytes: z.number(),
          grownBytes: z.number(),
        }),
      ),
      /** Until the file system is full at the pace of the last points; absent while it shrinks or too few are known. */
      daysToFull: z.number().optional(),
    }),
  }),
  /**
   * Exactly what a cleanup would remove and what that frees, layers that others share not counted.
   * Changes nothing. `digest` stands for the list. Containers go first, so what only they use goes with
   * them; volumes are those of the local driver. Throws `engine/*`, `storage/denied` for logs and
   * orphans without the right to read the data-root.
   */
  'storage.previewCleanup': request({
    access: 'read',
    input: CleanupChoice,
    output: z.object({
      digest: z.string(),
      /** In the order in which they go. */
      items: z.array(CleanupItem),
      /** How many more are left for a next cleanup: an answer has its limit. */
      omitted: z.int().optional(),
      freesBytes: z.number(),
      /**
       * Who says how much: the blocks as they lie on the disk now, or the engine's own figures, where the
       * data-root cannot be read or its layers not be mapped.
       */
      from: z.enum(['disk', 'engine']),
      /** What would go but for `keep`. */
      kept: z.array(CleanupItem),
    }),
    timeoutMs: 600_000,
  }),
  /**
   * Removes what a preview has listed, in its order, and stops at the first difference. Log files are
   * emptied, orphans are moved to the quarantine folder of the data-root. Logs and orphans want
   * `admin`: `storage/denied` without. Throws `storage/changed-underneath` before anything is removed
   * when the list is no longer that of `digest`, `storage/busy` while another cleanup runs, and as
   * the preview. A client that goes away leaves the rest undone.
   */
  'storage.cleanup': request({
    access: 'write',
    input: CleanupChoice.extend({ digest: z.string() }),
    output: z.object({
      outcome: z.enum(['done', 'stopped']),
      removed: z.array(CleanupItem),
      /** What was not as previewed; nothing after it was touched. */
      stoppedAt: z.object({ item: CleanupItem, message: z.string() }).optional(),
      /** What the file system has free more than before. */
      freedBytes: z.number().optional(),
    }),
    timeoutMs: 3_600_000,
  }),
  /** How far a running cleanup is; nothing while none runs. */
  'storage.progress': stream({
    access: 'read',
    input: z.strictObject({}),
    item: z.object({ done: z.int(), of: z.int(), item: CleanupItem.optional() }),
    overflow: 'latest',
    resume: 'restart',
  }),
  /** What lies in quarantine, and where that is. Throws `storage/denied`, `storage/remote`. */
  'storage.quarantine': request({
    access: 'read',
    input: z.strictObject({}),
    output: z.object({
      path: z.string(),
      items: z.array(
        z.object({
          id: z.string(),
          /** Where it lay. */
          from: z.string(),
          bytes: z.number(),
          movedAt: z.string(),
          /** Its deletion began and did not end: part of it is gone, so it cannot be put back. */
          deleting: z.boolean(),
        }),
      ),
    }),
  }),
  /**
   * Puts something back where it lay, or removes it for good. Throws `storage/changed-underneath` when
   * it is gone or its old place is taken, and as `storage.quarantine`.
   */
  'storage.endQuarantine': request({
    access: 'admin',
    input: z.strictObject({ id: z.string().max(512), how: z.enum(['restore', 'delete']) }),
    output: z.object({ bytes: z.number() }),
    timeoutMs: 600_000,
  }),
}
