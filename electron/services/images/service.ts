import { posix } from 'node:path'
import type { ItemOf, OutputOf, ParsedInputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import type { EngineService } from '../engine'
import type { Privileged } from '../privileged'
import { Catalogue } from './catalogue'
import { configDifferences } from './config-differences'
import { credentialByName, credentialBySigns, isPublicKey, kindOf } from './contents'
import { EngineImage } from './engine-image'
import { Extracted } from './extracted'
import { fitting } from './fitting'
import { KeptTrees } from './kept-trees'
import { ARCHIVE, idOf, OpenedArchive, stampOf, type Place } from './opened-archive'
import { Progressing } from './progressing'
import { SharedWork } from './shared-work'
import { Sources } from './sources'
import {
  MAX_CONTENT,
  type Layer,
  type ReadImage,
  type Reading,
  type Subject,
  type WantedReader,
} from './subject'
import { analyze, fileAt, listFolder, Pair, search } from './tree'

type Item = ItemOf<'image.analyze'>
type Tell = (reading: Reading) => void

/** Archives that can be asked about again; each is a few kilobytes. */
const KNOWN_ARCHIVES = 50
/** Bytes of an archive's names that are told. */
const MAX_TAG_BYTES = 30_000

/** What an analysis is made of. */
interface ToTell {
  subject: Subject
  layers: Promise<Layer[]>
  read: ReadImage
}

interface ReadArchive {
  archive: OpenedArchive
  read: ReadImage
}

export class ImagesService {
  readonly #engine: EngineService
  readonly #catalogue: Catalogue
  readonly #sources: Sources
  readonly #privileged: Privileged
  readonly #extracted = new Extracted()
  readonly #trees = new KeptTrees<ReadImage>()
  readonly #readings = new SharedWork<ReadImage, Reading>()
  readonly #archives = new Map<string, OpenedArchive>()
  readonly #archiveReadings = new SharedWork<ReadArchive, Reading>()
  readonly #pairings = new SharedWork<Pair, never>()
  /** The two that were compared last; it goes before anything else is read. */
  #pair: { key: string; pair: Pair } | undefined

  constructor(parts: { engine: EngineService; privileged: Privileged }) {
    this.#engine = parts.engine
    this.#privileged = parts.privileged
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
    return (await this.#subject(image, signal)).layers(signal)
  }

  analyze({ image, reader }: ParsedInputOf<'image.analyze'>, signal: AbortSignal): AsyncIterable<Item> {
    return this.#analysis(async (tell, stop) => {
      const subject = await this.#subject(image, stop)
      // Asked for meanwhile: with the containerd store an engine may take seconds for it.
      const layers = subject.layers(stop)
      layers.catch(() => undefined)
      return { subject, layers, read: await this.#read(subject, reader, tell, stop) }
    }, signal)
  }

  analyzeArchive(
    { path, image }: ParsedInputOf<'archive.analyze'>,
    signal: AbortSignal,
  ): AsyncIterable<Item> {
    return this.#analysis(async (tell, stop) => {
      if (!path.startsWith('/'))
        throw new AppError('image/no-archive', `${path} is no absolute path.`, {
          hint: 'Give the whole path, from / on.',
          detail: { path },
        })
      const { archive, read } = await this.#readArchive({ path: posix.normalize(path), image }, tell, stop)
      return { subject: archive, layers: archive.layers(stop), read }
    }, signal)
  }

  async files(input: ParsedInputOf<'image.files'>, signal: AbortSignal): Promise<OutputOf<'image.files'>> {
    const { image, layer, ...request } = input
    const subject = await this.#subject(image, signal)
    checkLayer(subject, layer)
    const { opened } = await this.#read(subject, 'auto', ignore, signal)
    return listFolder(opened, { layer, ...request })
  }

  async search(
    { image, ...what }: ParsedInputOf<'image.search'>,
    signal: AbortSignal,
  ): Promise<OutputOf<'image.search'>> {
    const { opened } = await this.#read(await this.#subject(image, signal), 'auto', ignore, signal)
    return search(opened, what, signal)
  }

  async file(input: ParsedInputOf<'image.file'>, signal: AbortSignal): Promise<OutputOf<'image.file'>> {
    const { image, layer, path, from } = input
    const subject = await this.#subject(image, signal)
    checkLayer(subject, layer)
    const { opened } = await this.#read(subject, 'auto', ignore, signal)
    const { tree } = opened
    const { node, version } = fileAt(tree, path, layer, await opened.cuts())
    const [at, where] = [tree.layer(version), tree.path(node)]
    const piece = await subject.content(at, where, from, signal)
    const first = from === 0 ? piece : await subject.content(at, where, 0, signal)
    const { bytes, sizeBytes, reader } = piece
    const end = from + bytes.length
    const most = Math.min(sizeBytes, MAX_CONTENT)
    const [name, folder] = [posix.basename(path), posix.dirname(posix.join('/', path))]
    const byName = credentialByName(name, folder)
    const isPublic = byName === 'private-key' && sizeBytes === first.bytes.length && isPublicKey(first.bytes)
    const credential = (isPublic ? undefined : byName) ?? credentialBySigns(bytes)
    return {
      path,
      sizeBytes,
      ...kindOf(name, first.bytes, first.bytes.length < sizeBytes),
      data: bytes.toString('base64'),
      ...(bytes.length > 0 && end < most ? { next: end } : {}),
      cut: sizeBytes > MAX_CONTENT,
      ...(credential === undefined ? {} : { credential }),
      reader,
    }
  }

  async compare(
    input: ParsedInputOf<'image.compare'>,
    signal: AbortSignal,
  ): Promise<OutputOf<'image.compare'>> {
    const left = await this.#subject(input.left, signal)
    const right = await this.#subject(input.right, signal)
    const pair = await this.#pairOf(left, right, signal)
    const { entries, next } = pair.list(input.path, input.after, input.unchanged)
    const [one, other] = await Promise.all([left.config(signal), right.config(signal)])
    const differs = left.diffIds.findIndex((diffId, index) => diffId !== right.diffIds[index])
    return {
      commonLayers: differs < 0 ? left.diffIds.length : differs,
      leftLayers: left.diffIds.length,
      rightLayers: right.diffIds.length,
      counts: pair.counts,
      config: configDifferences(one, other),
      entries,
      ...(next === undefined ? {} : { next }),
    }
  }

  /** Throws `engine/*`; for an archive `image/not-open`, and as reading it where it is another one now. */
  async #subject(image: string, signal: AbortSignal): Promise<Subject> {
    if (image.startsWith(ARCHIVE)) return this.#archive(image, signal)
    const parts = {
      catalogue: this.#catalogue,
      sources: this.#sources,
      privileged: this.#privileged,
      extracted: this.#extracted,
    }
    const inspected = await this.#catalogue.inspect(image, signal)
    return new EngineImage(inspected, parts, this.#engine.link.endpoint)
  }

  async #archive(id: string, signal: AbortSignal): Promise<OpenedArchive> {
    const known = this.#archives.get(id)
    if (known === undefined)
      throw new AppError('image/not-open', 'This archive is not open.', {
        hint: 'Open it again: archive.analyze with its path.',
      })
    if ((await stampOf(known.place.path)) === known.stamp) return known
    return (await this.#readArchive(known.place, ignore, signal)).archive
  }

  /** The image's tree: the one that is kept, unless it is to be read in a certain way. */
  async #read(subject: Subject, wanted: WantedReader, tell: Tell, signal: AbortSignal): Promise<ReadImage> {
    const kept = wanted === 'auto' ? this.#trees.get(subject.key) : undefined
    if (kept !== undefined) return kept
    this.#pair = undefined
    return this.#readings.join(
      `${wanted} ${subject.key}`,
      async (told, stop) => {
        const read = await subject.read(wanted, this.#makingRoom(told), stop)
        this.#trees.keep(subject.key, read)
        return read
      },
      tell,
      signal,
    )
  }

  async #readArchive(place: Place, tell: Tell, signal: AbortSignal): Promise<ReadArchive> {
    const id = idOf(place)
    const stamp = await stampOf(place.path)
    const known = this.#archives.get(id)
    if (known?.stamp === stamp) return { archive: known, read: await this.#read(known, 'auto', tell, signal) }
    this.#pair = undefined
    return this.#archiveReadings.join(
      `${id} ${stamp}`,
      async (told, stop) => {
        const parts = { catalogue: this.#catalogue, extracted: this.#extracted }
        const found = await OpenedArchive.read(place, parts, this.#makingRoom(told), stop)
        if (known !== undefined) this.#trees.drop(known.key)
        this.#trees.keep(found.archive.key, found.read)
        this.#archives.delete(id)
        this.#archives.set(id, found.archive)
        for (const [oldest] of this.#archives)
          if (this.#archives.size > KNOWN_ARCHIVES) this.#archives.delete(oldest)
        return found
      },
      tell,
      signal,
    )
  }

  /** Tells on, and lets go of older trees as the one that is being read grows. */
  #makingRoom(tell: Tell): Tell {
    return (reading) => {
      this.#trees.makeRoom(reading.entries)
      tell(reading)
    }
  }

  async #pairOf(left: Subject, right: Subject, signal: AbortSignal): Promise<Pair> {
    const key = `${left.key} ${right.key}`
    if (this.#pair?.key === key) return this.#pair.pair
    return this.#pairings.join(
      key,
      async (_, stop) => {
        // One after the other: two that are being read at once need room twice.
        const one = await this.#read(left, 'auto', ignore, stop)
        const other = await this.#read(right, 'auto', ignore, stop)
        const pair = await Pair.of(one.opened, other.opened, stop)
        this.#pair = { key, pair }
        return pair
      },
      ignore,
      signal,
    )
  }

  async *#analysis(
    open: (tell: Tell, signal: AbortSignal) => Promise<ToTell>,
    signal: AbortSignal,
  ): AsyncGenerator<Item> {
    const began = performance.now()
    const progress = new Progressing<Item>(async (tell, stop) => {
      const opened = await open((reading) => tell({ state: 'reading', ...reading }), stop)
      const { subject, read } = opened
      const [{ counts, ...rest }, layers] = await Promise.all([analyze(read.opened, stop), opened.layers])
      tell({
        state: 'done',
        reader: read.reader,
        id: subject.id,
        tookMs: performance.now() - began,
        layers: layers.map((layer, index) => ({ ...layer, ...(counts[index] ?? NOTHING) })),
        ...rest,
        ...(subject.tags === undefined ? {} : { tags: fitting(subject.tags, MAX_TAG_BYTES) }),
      })
    }, signal)
    yield* progress.items()
  }
}

const NOTHING = { entries: 0, added: 0, modified: 0, metadata: 0, removed: 0, bytes: 0 }

function ignore(): void {
  // Nobody is told how far it is.
}

/** Throws `image/no-path`. */
function checkLayer({ diffIds }: Subject, layer: number): void {
  if (layer < diffIds.length) return
  throw new AppError('image/no-path', `The image has ${diffIds.length} layers.`, {
    hint: 'The lowest is layer 0.',
  })
}
