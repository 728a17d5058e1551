import { posix } from 'node:path'
import { damaged } from '../damaged'
import { TarReader, type TarEntry } from '../tar'
import { LayerBlob, type OnEntry } from './layer-blob'
import { findImage, memberPath, type ArchivedImage } from './manifest'
import { HEAD, unpackerFor, type Unpacker } from './unpack'

/** What may be a layer, a manifest or a config: `<id>/layer.tar` until 24, `blobs/<algorithm>/<digest>` since. */
const OF_USE = /^[^/]+\.json$|(^|\/)layer\.tar$|^blobs\/[^/]+\/[^/]+$/
/** Most bytes of JSON that is kept of an archive. */
const MAX_JSON = 64 * 1024 * 1024
/** Most members that are looked into; an image has 127 layers at most, and an archive may hold many images. */
export const MAX_MEMBERS = 20_000

/** Whether a member of an archive is looked into. */
export function isOfUse(path: string): boolean {
  return OF_USE.test(path)
}

/** Where the old layout's link of a layer that is there twice leads. */
export function linkedPath(path: string, { type, link }: Pick<TarEntry, 'type' | 'link'>): string {
  const target = link?.toString('utf8') ?? ''
  return memberPath(type === 'symlink' ? `${posix.dirname(path)}/${target}` : target)
}

interface Member {
  blob: LayerBlob
  read: number
}

/** What happened in a piece of the archive, in order. */
type Happening = { member: Member; bytes: Buffer } | { member: Member; bytes: undefined }

/**
 * Takes an image archive (`docker save`, in the old and the OCI layout) in pieces, itself plain or packed
 * with gzip or zstd, and tells the entries of all its layers, whatever order they stand in. Which of
 * them make an image is known at the end. Nothing is written anywhere.
 */
export class ArchiveReader {
  readonly #tar: TarReader
  readonly #members = new Map<string, Member>()
  readonly #links = new Map<string, string>()
  readonly #happenings: Happening[] = []
  #head = Buffer.alloc(0)
  #unpacker: Unpacker | 'none' | undefined
  #reads = 0
  #jsonBytes = 0
  /** Layers read whole. */
  done = 0

  /** `onLayer` gives for each file that may be a layer, by a number, who is told of its entries. */
  constructor(private readonly onLayer: (read: number) => OnEntry) {
    this.#tar = new TarReader((entry) => this.#member(entry))
  }

  /** Throws `image/unreadable`, and what is thrown by who is told of entries. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#unpacker === undefined) {
      this.#head = Buffer.concat([this.#head, bytes])
      if (this.#head.length >= HEAD) await this.#begin()
    } else if (this.#unpacker === 'none') await this.#take(bytes)
    else await this.#unpacker.write(bytes)
  }

  /** The archive has ended. Throws `image/unreadable`. */
  async end(): Promise<void> {
    if (this.#unpacker === undefined) await this.#begin()
    if (typeof this.#unpacker === 'object') await this.#unpacker.end()
    this.#tar.end()
  }

  /** An image of the archive, its config and the numbers of its layers. Throws `image/unreadable`. */
  image(name?: string): { tags: string[]; config: string; layers: number[] } {
    const found: ArchivedImage = findImage((path) => this.#json(path), name)
    const config = this.#json(found.config)?.toString('utf8') ?? ''
    return { tags: found.tags, config, layers: found.layers.map((path) => this.#layer(path)) }
  }

  async #begin(): Promise<void> {
    this.#unpacker = unpackerFor(this.#head, (bytes) => this.#take(bytes)) ?? 'none'
    const head = this.#head
    this.#head = Buffer.alloc(0)
    await this.write(head)
  }

  async #take(bytes: Buffer): Promise<void> {
    this.#tar.push(bytes)
    for (const { member, bytes: piece } of this.#happenings.splice(0)) {
      if (piece !== undefined) await member.blob.write(piece)
      else await this.#ended(member)
    }
  }

  async #ended({ blob }: Member): Promise<void> {
    await blob.end()
    if (blob.kind === 'layer') this.done += 1
    if (blob.kind === 'json') this.#jsonBytes += blob.json.length
    if (this.#jsonBytes > MAX_JSON) throw damaged('the archive holds too many manifests and configs')
  }

  #member(entry: TarEntry): ReturnType<OnEntry> {
    const path = memberPath(entry.name.toString('utf8'))
    if (!isOfUse(path)) return undefined
    if (entry.type === 'symlink' || entry.type === 'hardlink') this.#links.set(path, linkedPath(path, entry))
    if (entry.type !== 'file') return undefined
    const read = this.#reads
    this.#reads += 1
    if (read === MAX_MEMBERS) throw damaged(`the archive has more than ${MAX_MEMBERS} members`)
    const member = { blob: new LayerBlob(this.onLayer(read)), read }
    this.#members.set(path, member)
    return {
      push: (bytes) => this.#happenings.push({ member, bytes }),
      end: () => this.#happenings.push({ member, bytes: undefined }),
    }
  }

  #find(path: string): Member | undefined {
    return this.#members.get(this.#links.get(path) ?? path)
  }

  #json(path: string): Buffer | undefined {
    const blob = this.#find(path)?.blob
    return blob?.kind === 'json' ? blob.json : undefined
  }

  #layer(path: string): number {
    const found = this.#find(path)
    if (found?.blob.kind !== 'layer') throw damaged(`the archive has no layer ${path}`)
    return found.read
  }
}
