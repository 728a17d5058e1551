import type { ItemOf, OutputOf, ParsedInputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import type { EngineService } from '../engine'
import type { Privileged } from '../privileged'
import type { InspectedImage } from './answers'
import { Catalogue } from './catalogue'
import { chainIds } from './chain'
import { Progressing } from './progressing'
import type { LayerReader, Progress } from './readers/reader'
import { Sources } from './sources'
import { analyze, listFolder, ImageTree } from './tree'

type Item = ItemOf<'image.analyze'>

/** Milliseconds between two items of progress. */
const ITEM_MS = 100
/** Trees kept for `image.files`; one of a million entries takes about 200 MB. */
const KEPT = 2

interface Read {
  tree: ImageTree
  layers: number
  reader: LayerReader['name']
}

export class ImagesService {
  readonly #engine: EngineService
  readonly #catalogue: Catalogue
  readonly #sources: Sources
  /** By endpoint and image id, the one used last at the end. */
  readonly #kept = new Map<string, Read>()

  constructor(parts: { engine: EngineService; privileged: Privileged }) {
    this.#engine = parts.engine
    this.#catalogue = new Catalogue(parts.engine)
    this.#sources = new Sources(parts.engine, parts.privileged)
  }

  list(signal: AbortSignal): Promise<OutputOf<'images.list'>> {
    return this.#catalogue.list(signal)
  }

  async layers(
    { image }: ParsedInputOf<'image.layers'>,
    signal: AbortSignal,
  ): Promise<OutputOf<'image.layers'>> {
    return this.#layers(await this.#catalogue.inspect(image, signal), signal)
  }

  async *analyze(
    { image, reader }: ParsedInputOf<'image.analyze'>,
    signal: AbortSignal,
  ): AsyncIterable<Item> {
    const began = performance.now()
    const inspected = await this.#catalogue.inspect(image, signal)
    const progress = new Progressing<Item>(async (tell, stop) => {
      const read = await this.#read(inspected, reader, tell, stop)
      const { counts, ...rest } = await analyze(read.tree, read.layers, stop)
      const layers = await this.#layers(inspected, stop)
      tell({
        state: 'done',
        reader: read.reader,
        id: inspected.id,
        tookMs: performance.now() - began,
        layers: layers.map((layer, index) => ({ ...layer, ...(counts[index] ?? NOTHING) })),
        credentials: [],
        ...rest,
      })
    }, signal)
    yield* progress.items()
  }

  async files(input: ParsedInputOf<'image.files'>, signal: AbortSignal): Promise<OutputOf<'image.files'>> {
    const { image, layer, path, mode, after } = input
    const inspected = await this.#catalogue.inspect(image, signal)
    if (layer >= inspected.diffIds.length)
      throw new AppError('image/no-path', `The image has ${inspected.diffIds.length} layers.`, {
        hint: 'The lowest is layer 0.',
      })
    const key = this.#key(inspected.id)
    const read = this.#kept.get(key) ?? (await this.#read(inspected, 'auto', () => undefined, signal))
    this.#keep(key, read)
    return listFolder(read.tree, { layer, mode }, path, after)
  }

  analyzeArchive(input: ParsedInputOf<'archive.analyze'>, signal: AbortSignal): AsyncIterable<Item> {
    throw new Error(`not yet ${input} ${signal}`)
  }

  search(input: ParsedInputOf<'image.search'>, signal: AbortSignal): Promise<OutputOf<'image.search'>> {
    throw new Error(`not yet ${input} ${signal}`)
  }

  file(input: ParsedInputOf<'image.file'>, signal: AbortSignal): Promise<OutputOf<'image.file'>> {
    throw new Error(`not yet ${input} ${signal}`)
  }

  compare(input: ParsedInputOf<'image.compare'>, signal: AbortSignal): Promise<OutputOf<'image.compare'>> {
    throw new Error(`not yet ${input} ${signal}`)
  }

  async #layers(image: InspectedImage, signal: AbortSignal): Promise<OutputOf<'image.layers'>> {
    return this.#catalogue.layers(image, await this.#sources.emptySteps(image.id, signal), signal)
  }

  async #read(
    { id, diffIds }: InspectedImage,
    wanted: ParsedInputOf<'image.analyze'>['reader'],
    tell: (item: Item) => void,
    signal: AbortSignal,
  ): Promise<Read> {
    const records =
      wanted === 'record'
        ? await this.#sources.records(signal)
        : wanted === 'auto'
          ? await this.#sources.silentRecords(signal)
          : undefined
    const image = { id, diffIds, chainIds: chainIds(diffIds) }
    const readWith = async (reader: LayerReader): Promise<Read> => {
      const tree = new ImageTree()
      let told = -Infinity
      const onProgress = ({ done, bytes }: Progress): void => {
        if (performance.now() - told < ITEM_MS) return
        told = performance.now()
        const { entries } = tree
        tell({ state: 'reading', reader: reader.name, done, layers: diffIds.length, entries, bytes })
      }
      onProgress({ done: 0, bytes: 0 })
      await reader.read(image, tree, onProgress, signal)
      const read = { tree, layers: diffIds.length, reader: reader.name }
      this.#keep(this.#key(id), read)
      return read
    }
    if (records === undefined) return readWith(this.#sources.exports())
    if (wanted === 'record') return readWith(records)
    try {
      return await readWith(records)
    } catch (error) {
      // A record may be missing or damaged while the image is whole.
      const { code } = error instanceof AppError ? error : { code: undefined }
      if (code !== 'image/unreadable' && code !== 'storage/denied') throw error
      return readWith(this.#sources.exports())
    }
  }

  #key(id: string): string {
    return `${this.#engine.link.endpoint} ${id}`
  }

  #keep(key: string, read: Read): void {
    this.#kept.delete(key)
    this.#kept.set(key, read)
    for (const [oldest] of this.#kept) if (this.#kept.size > KEPT) this.#kept.delete(oldest)
  }
}

const NOTHING = { entries: 0, added: 0, modified: 0, metadata: 0, removed: 0, bytes: 0 }
