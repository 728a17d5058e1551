import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { AppError } from '../../../contract/errors'
import { damaged } from '../damaged'
import { TarReader } from '../tar'
import { LayerSink, type ImageTree } from '../tree'
import { ArchiveReader, isOfUse, linkedPath, MAX_MEMBERS } from './archive'
import { readRange, readTar } from './file-tar'
import { isTar, LayerBlob } from './layer-blob'
import { findImage, memberPath } from './manifest'
import type { Progress } from './reader'
import { HEAD, unpackerFor } from './unpack'

/** What an archive tells of its image besides the entries of its layers. */
export interface ArchiveFacts {
  /** Names it has in the archive. */
  tags: string[]
  /** The image's config as it stands there: JSON with `rootfs.diff_ids`, `history` and more. */
  config: string
}

/** Most bytes of a manifest or a config. */
const MAX_JSON = 8 * 1024 * 1024
/** Bytes that are read at once of what is read from end to end. */
const PIECE = 256 * 1024

/**
 * Reads an image archive on disk into a tree: `docker save` in both layouts or an OCI layout, the whole
 * and its layers plain or packed with gzip or zstd. Of what is not packed, contents are not even read.
 * `image` is one of the names in it; without it the first image is read. Nothing is written. Throws
 * `image/no-archive` for a path that cannot be read as a file, `image/unreadable`, `image/too-large`.
 */
export async function readArchiveFile(
  path: string,
  image: string | undefined,
  tree: ImageTree,
  onProgress: (progress: Progress & { layers: number }) => void,
  signal: AbortSignal,
): Promise<ArchiveFacts> {
  const file = await openFile(path)
  try {
    const { size } = await file.stat()
    const head = await readRange(file, 0, Math.min(HEAD, size))
    return unpackerFor(head, () => Promise.resolve()) === undefined
      ? await new Seeking(file, size, onProgress, signal).read(image, tree)
      : await readPacked(file, image, tree, onProgress, signal)
  } finally {
    await file.close()
  }
}

/** The archive's bytes as they stand on disk. Throws `image/no-archive`. */
export async function openArchiveFile(path: string, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
  const file = await openFile(path)
  return file.createReadStream({ highWaterMark: PIECE, signal }) as AsyncIterable<Buffer>
}

/** An archive that is packed as a whole: from end to end, whatever it holds. */
async function readPacked(
  file: FileHandle,
  image: string | undefined,
  tree: ImageTree,
  onProgress: (progress: Progress & { layers: number }) => void,
  signal: AbortSignal,
): Promise<ArchiveFacts> {
  const archive = new ArchiveReader((read) => entriesInto(tree, read))
  let bytes = 0
  for await (const piece of file.createReadStream({
    highWaterMark: PIECE,
    autoClose: false,
    signal,
  }) as AsyncIterable<Buffer>) {
    await archive.write(piece)
    bytes += piece.length
    onProgress({ done: archive.done, layers: archive.done, bytes })
  }
  await archive.end()
  const { tags, config, layers } = archive.image(image)
  tree.arrange(checked(layers, config))
  return { tags, config }
}

interface Member {
  from: number
  size: number
}

/** An archive that is not packed: its members are found first, and those that are needed read by their places. */
class Seeking {
  readonly #members = new Map<string, Member>()
  readonly #links = new Map<string, string>()
  #bytes = 0

  constructor(
    private readonly file: FileHandle,
    private readonly size: number,
    private readonly onProgress: (progress: Progress & { layers: number }) => void,
    private readonly signal: AbortSignal,
  ) {}

  async read(image: string | undefined, tree: ImageTree): Promise<ArchiveFacts> {
    await this.#find()
    const json = new Map<string, Buffer>()
    // A manifest is asked for by the one that names it: what is small is read before.
    for (const [path, member] of this.#members) {
      const bytes = await this.#json(member)
      if (bytes !== undefined) json.set(path, bytes)
    }
    const found = findImage((path) => json.get(this.#links.get(path) ?? path), image)
    const config = json.get(this.#links.get(found.config) ?? found.config)?.toString('utf8') ?? ''
    const paths = found.layers.map((path) => this.#links.get(path) ?? path)
    const order = [...new Set(paths)]
    const reads = checked(
      paths.map((path) => order.indexOf(path)),
      config,
    )
    for (const [read, path] of order.entries()) {
      const tell = (): void => this.onProgress({ done: read, layers: paths.length, bytes: this.#bytes })
      await this.#layer(path, entriesInto(tree, read), tell)
    }
    this.onProgress({ done: paths.length, layers: paths.length, bytes: this.#bytes })
    tree.arrange(reads)
    return { tags: found.tags, config }
  }

  async #find(): Promise<void> {
    const tar = new TarReader((entry) => {
      const path = memberPath(entry.name.toString('utf8'))
      if (!isOfUse(path)) return undefined
      if (entry.type === 'symlink' || entry.type === 'hardlink')
        this.#links.set(path, linkedPath(path, entry))
      if (entry.type === 'file') this.#members.set(path, { from: tar.at, size: entry.size })
      if (this.#members.size > MAX_MEMBERS) throw damaged(`the archive has more than ${MAX_MEMBERS} members`)
      return undefined
    })
    await readTar(this.file, { from: 0, size: this.size }, tar, this.signal, (bytes) => {
      this.#bytes += bytes
    })
  }

  /** Undefined for a member that is no JSON. */
  async #json({ from, size }: Member): Promise<Buffer | undefined> {
    if (size === 0 || size > MAX_JSON) return undefined
    const head = await readRange(this.file, from, Math.min(size, 512))
    if (isTar(head) || (head[0] !== 0x7b && head[0] !== 0x5b)) return undefined
    return readRange(this.file, from, size)
  }

  async #layer(path: string, onEntry: ReturnType<typeof entriesInto>, tell: () => void): Promise<void> {
    const member = this.#members.get(path)
    if (member === undefined) throw damaged(`the archive has no layer ${path}`)
    const onBytes = (bytes: number): void => {
      this.#bytes += bytes
      tell()
    }
    if (isTar(await readRange(this.file, member.from, Math.min(member.size, 512)))) {
      await readTar(this.file, member, new TarReader(onEntry), this.signal, onBytes)
      return
    }
    const blob = new LayerBlob(onEntry)
    const end = member.from + member.size
    for (let at = member.from; at < end; at += PIECE) {
      this.signal.throwIfAborted()
      const piece = await readRange(this.file, at, Math.min(PIECE, end - at))
      await blob.write(piece)
      onBytes(piece.length)
    }
    await blob.end()
    if (blob.kind !== 'layer') throw damaged(`${path} is no layer`)
  }
}

function entriesInto(tree: ImageTree, read: number): ConstructorParameters<typeof TarReader>[0] {
  const sink = new LayerSink(tree, read)
  return (entry) => {
    sink.add(entry)
    return undefined
  }
}

/** Throws `image/unreadable` where the config tells of other layers. */
function checked(layers: number[], config: string): number[] {
  const told = diffIdsOf(config)
  if (told === undefined) throw damaged('the image has no config in the archive')
  if (told !== layers.length)
    throw damaged(`the config tells of ${told} layers, the archive has ${layers.length}`)
  return layers
}

function diffIdsOf(config: string): number | undefined {
  try {
    const { rootfs } = JSON.parse(config) as { rootfs?: { diff_ids?: unknown } }
    const ids = rootfs?.diff_ids ?? []
    return Array.isArray(ids) ? ids.length : undefined
  } catch {
    return undefined
  }
}

/** A plain file; a pipe or a device is not waited for. Throws `image/no-archive`. */
async function openFile(path: string): Promise<FileHandle> {
  const refused = (why: string): AppError =>
    new AppError('image/no-archive', `${path} cannot be read as an image archive: ${why}.`, {
      hint: 'Give the absolute path of a file that docker save made and this user may read.',
      detail: { path },
    })
  if (!path.startsWith('/') || path.includes('\0')) throw refused('the path is not absolute')
  let file: FileHandle
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw refused((error as NodeJS.ErrnoException).code ?? String(error))
  }
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw refused('it is no plain file')
}
