import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { AppError } from '../../contract/errors'
import { parseImageConfig, type ImageConfig } from './answers'
import type { Catalogue } from './catalogue'
import { configFields, type ConfigFields } from './config-differences'
import { damaged } from './damaged'
import { telling } from './engine-image'
import type { Extracted } from './extracted'
import { joinHistory } from './history'
import { describeLayers } from './layers'
import { openArchiveFile, readArchiveFile } from './readers/archive-file'
import { extractFile } from './readers/extract'
import type { Layer, Piece, ReadImage, Reading, Subject, WantedReader } from './subject'
import { ImageTree, OpenedTree } from './tree'

/** Begins the name of an image that lies in an archive. */
export const ARCHIVE = 'archive:'

/** Which image of which archive. */
export interface Place {
  path: string
  /** One of its names; the first image without one. */
  image: string | undefined
}

/** What the image is asked for with. */
export function idOf({ path, image }: Place): string {
  const hash = createHash('sha256').update(path)
  if (image !== undefined) hash.update('\0').update(image)
  return `${ARCHIVE}${hash.digest('hex')}`
}

/** What a file is as it lies there: another one means that it must be read again. Throws `image/no-archive`. */
export async function stampOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs } = await stat(path)
    return [dev, ino, size, mtimeMs].join(' ')
  } catch (error) {
    throw new AppError('image/no-archive', `${path} cannot be read.`, {
      hint: 'Check the path, and that this user may read it.',
      detail: { path, code: (error as NodeJS.ErrnoException).code ?? '' },
    })
  }
}

/** An image of an archive on disk. What it is made of is known when it was read once. */
export class OpenedArchive implements Subject {
  readonly id: string
  readonly key: string

  private constructor(
    readonly place: Place,
    /** Of the file as it was read. */
    readonly stamp: string,
    readonly tags: readonly string[],
    private readonly told: ImageConfig,
    private readonly parts: { catalogue: Catalogue; extracted: Extracted },
  ) {
    this.id = idOf(place)
    this.key = `${this.id} ${stamp}`
  }

  /** Throws `image/no-archive`, `image/unreadable`, `image/too-large`. */
  static async read(
    place: Place,
    parts: { catalogue: Catalogue; extracted: Extracted },
    tell: (reading: Reading) => void,
    signal: AbortSignal,
  ): Promise<{ archive: OpenedArchive; read: ReadImage }> {
    const stamp = await stampOf(place.path)
    const tree = new ImageTree()
    const told = telling('archive', tree, tell)
    told({ done: 0, bytes: 0, layers: 0 })
    const { tags, config } = await readArchiveFile(place.path, place.image, tree, told, signal)
    const parsed = parse(config)
    const archive = new OpenedArchive(place, stamp, tags, parsed, parts)
    return { archive, read: { opened: new OpenedTree(tree, parsed.diffIds.length), reader: 'archive' } }
  }

  get diffIds(): readonly string[] {
    return this.told.diffIds
  }

  async read(_: WantedReader, tell: (reading: Reading) => void, signal: AbortSignal): Promise<ReadImage> {
    return (await OpenedArchive.read(this.place, this.parts, tell, signal)).read
  }

  async layers(signal: AbortSignal): Promise<Layer[]> {
    const { diffIds, history } = this.told
    const empty = history.map((step) => step.empty)
    // Without an engine nothing else stands on them.
    const sharers = await this.parts.catalogue
      .sharers(undefined, signal)
      .catch(() => new Map<string, string[]>())
    const made = joinHistory(history, diffIds.length, empty).map(({ sizeBytes: _, ...rest }) => rest)
    return describeLayers({ diffIds, made, sharers })
  }

  config(): Promise<ConfigFields> {
    return Promise.resolve(configFields(this.told.config, this.told.platform))
  }

  content(layer: number, path: string, from: number, signal: AbortSignal): Promise<Piece> {
    const { place } = this
    const what = { layer, layers: this.diffIds.length, path, image: place.image }
    return this.parts.extracted.piece(
      `${this.key} ${layer} ${path}`,
      'archive',
      from,
      async (limit, stop) => {
        const found = await extractFile(
          (reading) => openArchiveFile(place.path, reading),
          { ...what, limit },
          stop,
        )
        if (found === undefined) throw damaged(`${basename(place.path)} does not hold ${path} any more`)
        return found
      },
      signal,
    )
  }
}

function parse(config: string): ImageConfig {
  try {
    return parseImageConfig(config)
  } catch {
    throw damaged('the config of the image is no JSON')
  }
}
