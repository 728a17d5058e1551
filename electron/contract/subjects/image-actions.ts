import { z } from 'zod'
import { request, stream } from '../define'
import { ImageChange } from './images'

const Name = z.string().min(1).max(512)
/** Absolute, on the machine Porthole runs on. */
const HostPath = z.string().min(1).max(4_096)

/** How far a file's way in or out is; the last item says what came of it. */
export const ImageTransfer = z.union([
  z.object({
    state: z.literal('running'),
    bytes: z.number(),
    /** Absent where nobody knows how many there will be. */
    totalBytes: z.number().optional(),
    /** What the engine says it does. */
    said: z.string().optional(),
  }),
  z.object({
    state: z.literal('done'),
    bytes: z.number(),
    /** Ids or names of images that are there now, as the engine says them, 1 000 at most; none after a save. */
    images: z.array(z.string()),
    /** The file that was written. */
    path: z.string().optional(),
  }),
])

export const MountedLayer = z.object({
  /**
   * What stands there: the container's own, what dockerd puts into every container (with the containerd
   * store also that of a container in which the classic builder made a layer), or a layer of the image.
   */
  kind: z.enum(['upper', 'init', 'layer']),
  directory: z.string(),
  /** As the mount names it: a short link of `l/`, or the directory itself. */
  mountedAs: z.string().optional(),
  /** Of a layer of the image. */
  index: z.int().optional(),
  diffId: z.string().optional(),
  chainId: z.string().optional(),
  createdBy: z.string().optional(),
})

export const imageActions = {
  /**
   * Gives an image one more name; without a tag it is `latest`. Throws `engine/*`, `engine/refused` for a
   * name that is none or has a digest.
   */
  'image.tag': request({
    access: 'write',
    input: z.strictObject({ image: Name, name: Name }),
    output: z.object({ name: z.string() }),
  }),
  /**
   * What taking away a name, or an image with all of its names, would do. Changes nothing. Throws
   * `engine/*`.
   */
  'image.previewRemove': request({
    access: 'read',
    input: z.strictObject({
      /** A name takes that name away, and the image with its last one; an id all of its names. */
      image: Name,
    }),
    output: z.object({
      /** Stands for what is told here. */
      digest: z.string(),
      id: z.string(),
      /** Names that go. */
      untags: z.array(z.string()),
      /** Whether the image itself goes. */
      deletes: z.boolean(),
      /** Layers that go with it, those no other image has. */
      layers: z.array(z.object({ chainId: z.string(), sizeBytes: z.number().optional() })),
      /**
       * Bytes of those layers as the engine counts them, with the containerd store those of their packed
       * blobs, too; absent where it does not tell.
       */
      freesBytes: z.number().optional(),
      /** Containers made from it; while there is one the image does not go. */
      containers: z.array(z.object({ name: z.string(), running: z.boolean() })),
      /** Images built on it that keep it as their parent. */
      children: z.int(),
    }),
  }),
  /**
   * Does what `image.previewRemove` has told, and nothing when that has changed:
   * `storage/changed-underneath`. Never by force; names go one by one. Throws `engine/conflict` for an
   * image in use, before anything is removed.
   */
  'image.remove': request({
    access: 'write',
    input: z.strictObject({ image: Name, digest: z.string() }),
    output: z.object({ untagged: z.array(z.string()), deleted: z.array(z.string()) }),
    timeoutMs: 120_000,
  }),
  /**
   * Writes images into an archive as `docker save` does: a temporary file beside it
   * (`NAME.porthole-partial-…`), which takes the name when it is whole; else it is removed, and what a
   * killed Porthole left of it goes with the next save to that name. Only its owner may read it. Throws
   * `image/no-archive` for a path that is taken or cannot be written, `engine/*`.
   */
  'image.save': stream({
    access: 'admin',
    input: z.strictObject({ images: z.array(Name).min(1).max(100), path: HostPath }),
    item: ImageTransfer,
    overflow: 'latest',
    resume: 'none',
  }),
  /**
   * Loads the images of an archive, as `docker load`. Throws `image/no-archive` for a path that is no plain
   * file, links followed, and for what the engine says is no such archive; `engine/*`.
   */
  'image.load': stream({
    access: 'admin',
    input: z.strictObject({ path: HostPath }),
    item: ImageTransfer,
    overflow: 'latest',
    resume: 'none',
  }),
  /**
   * Makes an image of one layer of a tar of a file system, plain or packed, as `docker import`; of one that
   * fails nothing is left. Throws as `image.load`, `engine/refused` for a name or change that is none.
   */
  'image.import': stream({
    access: 'admin',
    input: z.strictObject({
      path: HostPath,
      /** Name of the image; without it it has none. */
      name: Name.optional(),
      message: z.string().max(1_024).optional(),
      /** Instructions of a Dockerfile that change the config, as `CMD ["/app"]`. */
      changes: z.array(z.string().min(1).max(4_096)).max(50).default([]),
    }),
    item: ImageTransfer,
    overflow: 'latest',
    resume: 'none',
  }),
  /**
   * What a container has changed on top of its image, by path, as the engine tells it; with types and sizes
   * where the container's own layer can be read without a question for a password. The pages after a first
   * one are of the list that it began. Throws `engine/*`, `engine/not-found`, `image/too-large` for more
   * than 64 MiB of the engine's answer.
   */
  'container.changes': request({
    access: 'read',
    input: z.strictObject({
      container: Name,
      /** Entries after this path. */
      after: z.string().max(16_384).optional(),
    }),
    output: z.object({
      image: z.string(),
      counts: z.object({ added: z.int(), modified: z.int(), removed: z.int() }),
      /** Bytes of the container's own files; absent where they cannot be seen. */
      bytes: z.number().optional(),
      entries: z.array(
        z.object({
          path: z.string(),
          change: ImageChange,
          sizeBytes: z.number().optional(),
          type: z.enum(['file', 'folder', 'symlink', 'hardlink', 'char', 'block', 'fifo']).optional(),
        }),
      ),
      /** For `after`, where there are more than 2 000, or fewer with paths so long that no more fit. */
      next: z.string().optional(),
    }),
    timeoutMs: 120_000,
  }),
  /**
   * Of which directories the file system of a container is put together, the topmost first: as it is
   * mounted now, or as the engine says it will be. Which layer each is, the store says where it can be
   * read, else its place among them. Throws `engine/*`, `storage/denied` where only root could tell,
   * `storage/remote`, both of a container of the containerd store that is not mounted.
   */
  'container.mountStack': request({
    access: 'read',
    input: z.strictObject({ container: Name }),
    output: z.object({
      /** Storage driver or snapshotter. */
      driver: z.string(),
      /** Where it is mounted; absent while it is not. */
      merged: z.string().optional(),
      work: z.string().optional(),
      /** Options of the mount beside its directories, as the kernel tells them. */
      options: z.array(z.string()),
      layers: z.array(MountedLayer),
      /** `mount`: the kernel's own list of mounts; `engine`: inspect; `store`: the files of the store. */
      from: z.enum(['mount', 'engine', 'store']),
      image: z.string(),
    }),
  }),
}
