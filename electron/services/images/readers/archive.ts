import { posix } from 'node:path'
import { damaged } from '../damaged'
import { TarReader, type BodySink, type TarEntry } from '../tar'
import { LayerSink, type ImageTree } from '../tree'
import { Blob } from './blob'

const MANIFEST = 'manifest.json'
const MAX_MANIFEST = 4 * 1024 * 1024
/** Where layers lie: `<id>/layer.tar` until 24, `blobs/<algorithm>/<digest>` since. */
const MAY_BE_LAYER = /(^|\/)layer\.tar$|^blobs\/[^/]+\/[^/]+$/

/**
 * Takes an image archive (`docker save`, in the old and the OCI layout) in pieces and puts the entries
 * of its layers into a tree; contents are skipped. Nothing is written anywhere.
 */
export class ArchiveReader {
  readonly #tar: TarReader
  readonly #blobs = new Map<string, { blob: Blob; read: number }>()
  /** The old layout keeps a layer that is there twice as a link. */
  readonly #links = new Map<string, string>()
  #manifest: Buffer | undefined
  /** Blobs whose content is still coming. */
  #open = new Set<Blob>()
  done = 0

  constructor(private readonly tree: ImageTree) {
    this.#tar = new TarReader((entry) => this.#member(entry))
  }

  /** Throws `image/unreadable`, `image/too-large`. */
  async push(bytes: Buffer): Promise<void> {
    this.#tar.push(bytes)
    for (const blob of this.#open) await blob.settle()
  }

  /**
   * The archive has ended: arranges the tree as `manifest.json` has the layers of its only image.
   * Throws `image/unreadable`.
   */
  async end(layers: number): Promise<void> {
    this.#tar.end()
    for (const blob of this.#open) await blob.settle()
    if (this.#manifest === undefined) throw damaged(`the archive has no ${MANIFEST}`)
    const names = layersOf(this.#manifest)
    if (names.length !== layers) throw damaged(`${MANIFEST} has ${names.length} layers and not ${layers}`)
    this.tree.arrange(names.map((name) => this.#readAs(name)))
  }

  #readAs(name: string): number {
    const found = this.#blobs.get(this.#links.get(name) ?? name)
    if (found?.blob.kind === 'zstd')
      throw damaged(`the layer ${name} is packed with zstd, which is not understood`)
    if (found?.blob.kind !== 'layer') throw damaged(`the archive has no layer ${name}`)
    return found.read
  }

  #member({ name, type, link }: TarEntry): BodySink | undefined {
    const path = posix.normalize(name.toString('utf8')).replace(/^\//, '')
    if (type === 'file' && path === MANIFEST) return this.#keepManifest()
    if (!MAY_BE_LAYER.test(path)) return undefined
    if (type === 'symlink' || type === 'hardlink') {
      const target = link?.toString('utf8') ?? ''
      this.#links.set(path, posix.normalize(type === 'symlink' ? `${posix.dirname(path)}/${target}` : target))
    }
    if (type !== 'file') return undefined
    const read = this.#blobs.size
    const sink = new LayerSink(this.tree, read)
    const blob = new Blob(
      (entry) => sink.add(entry),
      () => {
        this.done += 1
        this.#open.delete(blob)
      },
    )
    this.#blobs.set(path, { blob, read })
    this.#open.add(blob)
    return blob
  }

  #keepManifest(): BodySink {
    const parts: Buffer[] = []
    let length = 0
    return {
      push: (bytes) => {
        length += bytes.length
        if (length > MAX_MANIFEST) throw damaged(`${MANIFEST} is too large`)
        parts.push(Buffer.from(bytes))
      },
      end: () => (this.#manifest = Buffer.concat(parts)),
    }
  }
}

function layersOf(manifest: Buffer): string[] {
  let value: unknown
  try {
    value = JSON.parse(manifest.toString('utf8'))
  } catch {
    throw damaged(`${MANIFEST} is no JSON`)
  }
  const [image] = Array.isArray(value) ? (value as unknown[]) : []
  const layers = (image as { Layers?: unknown } | undefined)?.Layers
  // An image without layers has null there.
  if (layers === null) return []
  if (!Array.isArray(layers) || !layers.every((name) => typeof name === 'string'))
    throw damaged(`${MANIFEST} names no layers`)
  return layers.map((name: string) => posix.normalize(name))
}
