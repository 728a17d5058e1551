import { AppError } from '../../contract/errors'
import type { LayerFilePiece } from '../../helper/images/layer-file'
import { toAppError } from '../engine'
import type { Privileged } from '../privileged'
import type { InspectedImage } from './answers'
import type { Catalogue } from './catalogue'
import { chainIds } from './chain'
import { configFields, type ConfigFields } from './config-differences'
import type { Extracted } from './extracted'
import { extractFile } from './readers/extract'
import { piecesOf } from './readers/pieces'
import type { LayerReader, Progress } from './readers/reader'
import type { Sources } from './sources'
import type { Layer, Piece, ReadImage, Reading, Subject, WantedReader } from './subject'
import { ImageTree, OpenedTree } from './tree'

/** Milliseconds between two tellings of how far it is. */
const TELL_MS = 100
/** A record or a folder may be missing or damaged, or not for this user, while the image is whole. */
const ANOTHER_WAY = /^(?:storage|helper)\/|^image\/(?:unreadable|no-content)$/

/** What all images of an engine are read with. */
export interface EngineParts {
  catalogue: Catalogue
  sources: Sources
  privileged: Privileged
  extracted: Extracted
}

/** An image of the engine. */
export class EngineImage implements Subject {
  readonly id: string
  readonly diffIds: readonly string[]
  readonly #chainIds: readonly string[]

  constructor(
    private readonly image: InspectedImage,
    private readonly parts: EngineParts,
    /** Endpoint of the engine: two may have an image of one id, and other ways to it. */
    endpoint: string,
  ) {
    this.id = image.id
    this.diffIds = image.diffIds
    this.#chainIds = chainIds(image.diffIds)
    this.key = `${endpoint} ${image.id}`
  }

  readonly key: string

  /** Throws `image/unreadable`, `image/too-large`, `engine/*`; for a reader by name `storage/*`. */
  async read(
    wanted: WantedReader,
    tell: (reading: Reading) => void,
    signal: AbortSignal,
  ): Promise<ReadImage> {
    const [first, ...others] = await this.parts.sources.readers(wanted, signal)
    if (first === undefined) throw new AppError('image/unreadable', 'Nothing here can read this image.')
    let reader = first
    for (;;) {
      try {
        return await this.#readWith(reader, tell, signal)
      } catch (error) {
        signal.throwIfAborted()
        // What the engine's own stream breaks with is an error of the engine.
        const known = toAppError(error)
        const next = others.shift()
        if (next === undefined || !(known instanceof AppError) || !ANOTHER_WAY.test(known.code)) throw known
        reader = next
      }
    }
  }

  async layers(signal: AbortSignal): Promise<Layer[]> {
    const { catalogue, sources } = this.parts
    return catalogue.layers(this.image, await sources.emptySteps(this.image, signal), signal)
  }

  async config(signal: AbortSignal): Promise<ConfigFields> {
    return configFields(await this.parts.catalogue.config(this.id, signal), this.image.platform)
  }

  async content(layer: number, path: string, from: number, signal: AbortSignal): Promise<Piece> {
    try {
      const piece = await this.#fromFolder(layer, path, from, signal)
      if (piece !== undefined) return piece
    } catch (error) {
      if (!(error instanceof AppError) || !ANOTHER_WAY.test(error.code)) throw error
    }
    const what = { layer, layers: this.diffIds.length, path }
    return this.parts.extracted.piece(
      `${this.key} ${layer} ${path}`,
      'export',
      from,
      async (limit, stop) => {
        const open = async (signal: AbortSignal): Promise<AsyncIterable<Buffer>> =>
          piecesOf(await this.parts.sources.openExport(this.id, signal))
        const found = await extractFile(open, { ...what, limit }, stop).catch((error: unknown) => {
          throw toAppError(error)
        })
        if (found === undefined)
          throw new AppError('image/unreadable', `The image's export does not hold ${path}.`, {
            hint: 'Read the image again: it may have been made anew meanwhile.',
          })
        return found
      },
      signal,
    )
  }

  /** Undefined where that would ask for a password. */
  async #fromFolder(
    layer: number,
    path: string,
    from: number,
    signal: AbortSignal,
  ): Promise<Piece | undefined> {
    const { own, ...about } = await this.parts.sources.store(signal)
    const { privileged } = this.parts
    if (!own && !privileged.open) return undefined
    const { data, sizeBytes } = (await privileged.run(
      'layer-file',
      { ...about, chainId: this.#chainIds[layer] ?? '', path, from },
      { signal, inProcess: own },
    )) as LayerFilePiece
    const reader = about.imageStore === 'containerd' ? 'snapshots' : 'directory'
    return { bytes: Buffer.from(data, 'base64'), sizeBytes, reader }
  }

  async #readWith(
    reader: LayerReader,
    tell: (reading: Reading) => void,
    signal: AbortSignal,
  ): Promise<ReadImage> {
    const tree = new ImageTree()
    const { length: layers } = this.diffIds
    const told = telling(reader.name, tree, tell)
    const onProgress = (progress: Progress): void => told({ ...progress, layers })
    onProgress({ done: 0, bytes: 0 })
    const image = { id: this.id, diffIds: this.diffIds, chainIds: this.#chainIds }
    await reader.read(image, tree, onProgress, signal)
    return { opened: new OpenedTree(tree, layers), reader: reader.name }
  }
}

/** Tells now and then how far a reader is. */
export function telling(
  reader: Reading['reader'],
  tree: ImageTree,
  tell: (reading: Reading) => void,
): (progress: Progress & { layers: number }) => void {
  let told = -Infinity
  return ({ done, layers, bytes }) => {
    if (performance.now() - told < TELL_MS) return
    told = performance.now()
    tell({ reader, done, layers, entries: tree.entries, bytes })
  }
}
