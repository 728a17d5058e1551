import type { Readable } from 'node:stream'
import type { ParsedInputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import type { BlobPiece } from '../../helper/images/content-blob'
import type { RecordPiece } from '../../helper/images/layer-record'
import type { LayerWalk } from '../../helper/images/layer-walk'
import { fromStatus, toAppError, type EngineService } from '../engine'
import type { Privileged } from '../privileged'
import { sentenceOf } from './catalogue'
import { blobsReader, findManifest, type AskBlob } from './readers/blobs'
import { directoryReader } from './readers/directory'
import { exportReader } from './readers/export'
import type { LayerReader } from './readers/reader'
import { fields, list } from './readers/json'
import { recordReader } from './readers/record'

/** The image store of an engine on this machine, and whether this user may read it by itself. */
export interface Store {
  pid: number
  driver: string
  imageStore: 'graphdriver' | 'containerd'
  own: boolean
}

type Wanted = ParsedInputOf<'image.analyze'>['reader']

/** Milliseconds until an export begins: until 24 the engine writes it to its disk first. */
const EXPORT_MS = 540_000
const MAX_REFUSAL = 64 * 1024
const THROUGH_ENGINE = { hint: 'Read the image through the engine instead.' }

/** The readers that this engine, this machine and this user have. */
export class Sources {
  constructor(
    private readonly engine: EngineService,
    private readonly privileged: Privileged,
  ) {}

  /**
   * Ways to an image's layers, to be tried in this order: one that fails with `storage/*` or
   * `image/unreadable` may be followed by the next. `auto` are all that ask for no password, the export
   * last; a name is that one alone. Throws `storage/remote`, `storage/denied` for one that is not there.
   */
  async readers(wanted: Wanted, signal: AbortSignal): Promise<LayerReader[]> {
    if (wanted === 'export') return [this.#export()]
    if (wanted !== 'auto') return [this.#reader(wanted, await this.store(signal))]
    const store = await this.#silentStore(signal)
    return [...(store === undefined ? [] : this.#cheap(store)), this.#export()]
  }

  /**
   * Which instructions of an image's history made no layer, by its config; undefined where that cannot be
   * read without a question for a password.
   */
  async emptySteps(
    { id, diffIds }: { id: string; diffIds: readonly string[] },
    signal: AbortSignal,
  ): Promise<boolean[] | undefined> {
    const store = await this.#silentStore(signal)
    if (store === undefined) return undefined
    try {
      if (store.imageStore === 'containerd') {
        const { config } = await findManifest(this.#askBlob(store), id, diffIds, signal)
        return list(config['history']).map((step) => fields(step)['empty_layer'] === true)
      }
      const { pid, driver, own } = store
      const options = { signal, inProcess: own }
      return (await this.privileged.run('empty-steps', { pid, driver, image: id }, options)) as boolean[]
    } catch (error) {
      if (isOfStore(error) || (error instanceof AppError && error.code === 'image/unreadable'))
        return undefined
      throw error
    }
  }

  /** `GET /images/…/get` as it comes. Throws `engine/*`. */
  async openExport(id: string, signal: AbortSignal): Promise<Readable> {
    const http = await this.engine.http()
    const response = await http
      .stream(`/images/${encodeURIComponent(id)}/get`, { signal, timeoutMs: EXPORT_MS })
      .catch((error: unknown) => {
        throw toAppError(error)
      })
    if (response.statusCode === 200) return response
    let said = ''
    for await (const piece of response as AsyncIterable<Buffer>)
      if (said.length < MAX_REFUSAL) said += piece.toString('utf8')
    throw fromStatus(response.statusCode ?? 0, sentenceOf(said))
  }

  /** Throws `storage/remote`, `storage/denied`. */
  async store(signal: AbortSignal): Promise<Store> {
    const [status, process] = await Promise.all([this.engine.status(signal), this.engine.process()])
    if (process === undefined)
      throw new AppError(
        'storage/remote',
        'The dockerd of this endpoint does not run on this machine.',
        THROUGH_ENGINE,
      )
    const own = process.uid !== 0 && process.uid === globalThis.process.geteuid?.()
    if (!own && !this.privileged.available())
      throw new AppError('storage/denied', 'Only root may read the data-root of this dockerd.', {
        hint: 'Run Porthole as root, or install its helper, which asks for the password.',
      })
    const { storageDriver: driver = '', imageStore = 'graphdriver' as const } = status.engine ?? {}
    return { pid: process.pid, driver, imageStore, own }
  }

  /** The store where it can be read without a question for a password. */
  async #silentStore(signal: AbortSignal): Promise<Store | undefined> {
    try {
      const store = await this.store(signal)
      return this.privileged.open || store.own ? store : undefined
    } catch (error) {
      if (isOfStore(error)) return undefined
      throw error
    }
  }

  /** All but the export, the cheapest first. */
  #cheap(store: Store): LayerReader[] {
    const names =
      store.imageStore === 'graphdriver'
        ? (['record', 'directory'] as const)
        : (['snapshots', 'blobs'] as const)
    return names.filter((name) => lacks(name, store) === undefined).map((name) => this.#reader(name, store))
  }

  /** Throws `storage/denied` for one that this store does not have. */
  #reader(name: 'record' | 'directory' | 'snapshots' | 'blobs', store: Store): LayerReader {
    const lack = lacks(name, store)
    if (lack !== undefined) throw new AppError('storage/denied', lack, THROUGH_ENGINE)
    const { own, ...about } = store
    const run = (verb: string, input: object, signal: AbortSignal): Promise<unknown> =>
      this.privileged.run(verb, input, { signal, inProcess: own })
    if (name === 'record') {
      const { pid, driver } = store
      return recordReader(
        async (chainId, from, signal) =>
          (await run('layer-record', { pid, driver, chainId, from }, signal)) as RecordPiece,
      )
    }
    if (name === 'blobs') return blobsReader(this.#askBlob(store))
    return directoryReader(
      name,
      async (chainId, folders, from, signal) =>
        (await run('layer-walk', { ...about, chainId, folders, from }, signal)) as LayerWalk,
    )
  }

  #askBlob({ own, ...about }: Store): AskBlob {
    return async (digest, from, signal) =>
      (await this.privileged.run(
        'content-blob',
        { ...about, digest, from },
        { signal, inProcess: own },
      )) as BlobPiece
  }

  #export(): LayerReader {
    return exportReader((id, signal) => this.openExport(id, signal))
  }
}

/** Why a store does not have a reader; undefined where it has. */
function lacks(
  name: 'record' | 'directory' | 'snapshots' | 'blobs',
  { imageStore, driver }: Store,
): string | undefined {
  const ofGraphDriver = name === 'record' || name === 'directory'
  if (ofGraphDriver && imageStore !== 'graphdriver')
    return name === 'record'
      ? 'The containerd image store keeps no such records.'
      : 'The containerd image store keeps snapshots and no such folders.'
  if (!ofGraphDriver && imageStore !== 'containerd')
    return 'The images of this engine do not lie in containerd.'
  const layered = imageStore === 'graphdriver' ? 'overlay2' : 'overlayfs'
  if ((name === 'directory' || name === 'snapshots') && driver !== layered)
    return `The driver ${driver} keeps no folder of what a layer alone holds.`
  return undefined
}

function isOfStore(error: unknown): boolean {
  return error instanceof AppError && /^(storage|helper)\//.test(error.code)
}
