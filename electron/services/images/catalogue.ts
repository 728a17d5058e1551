import type { OutputOf } from '../../contract/contract'
import { fromStatus, toAppError, type EngineService } from '../engine'
import {
  parseConfig,
  parseHistory,
  parseImage,
  parseImages,
  parseUsers,
  type InspectedImage,
  type ListedImage,
} from './answers'
import { chainIds } from './chain'
import { joinHistory, type Step } from './history'
import { describeLayers } from './layers'
import { Remembered } from './remembered'
import type { Layer } from './subject'

/** Images asked about at once; each is an answer of a few kilobytes. */
const AT_ONCE = 8
/** Milliseconds in which a list serves those who ask for sharers: with the containerd store one may take seconds. */
const FRESH_MS = 5_000

/** What was found out of the images that are listed, by id; one that is gone meanwhile is missing. */
type Details = ReadonlyMap<string, InspectedImage>

/** What the engine's API tells of images and their layers, without a look at the disk. */
export class Catalogue {
  readonly #inspected = new Remembered<InspectedImage>()
  readonly #histories = new Remembered<Step[]>()
  #listed: { endpoint: string; at: number; images: readonly ListedImage[] } | undefined

  constructor(private readonly engine: EngineService) {}

  async list(signal: AbortSignal): Promise<OutputOf<'images.list'>> {
    const [images, users] = await Promise.all([
      this.#images('/images/json?shared-size=1', signal),
      this.#get('/containers/json?all=1', signal).then(parseUsers),
    ])
    const details = await this.#details(images, signal)
    const untold = images.some(({ sharedBytes }) => sharedBytes === undefined)
    const sums = untold ? await this.#shared(details, signal) : undefined
    return [...images].sort(newestFirst).map(({ sharedBytes: told, ...image }) => {
      const found = details.get(image.id)
      const sharedBytes = told ?? sums?.get(image.id)
      return {
        ...image,
        ...(found?.platform === undefined ? {} : { platform: found.platform }),
        ...(found === undefined ? {} : { layers: found.diffIds.length }),
        ...(sharedBytes === undefined ? {} : { sharedBytes }),
        containers: users.get(image.id) ?? [],
      }
    })
  }

  /** Throws `engine/not-found`. */
  async inspect(image: string, signal: AbortSignal): Promise<InspectedImage> {
    return parseImage(await this.#get(pathOf(image), signal))
  }

  /** What a container of an image is made with. Throws `engine/not-found`. */
  async config(image: string, signal: AbortSignal): Promise<unknown> {
    return parseConfig(await this.#get(pathOf(image), signal))
  }

  /** `empty`: which instructions made no layer, where that is known. */
  async layers(
    { id, diffIds, directories }: InspectedImage,
    empty: readonly boolean[] | undefined,
    signal: AbortSignal,
  ): Promise<Layer[]> {
    const [steps, sharers] = await Promise.all([this.#history(id), this.sharers(id, signal)])
    return describeLayers({ diffIds, made: joinHistory(steps, diffIds.length, empty), sharers, directories })
  }

  /** Names of the images, but one, that stand on each layer, by chain id. */
  async sharers(but: string | undefined, signal: AbortSignal): Promise<Map<string, string[]>> {
    const sharers = new Map<string, string[]>()
    const { endpoint } = this.engine.link
    const listed = this.#listed
    const fresh = listed?.endpoint === endpoint && performance.now() - listed.at < FRESH_MS
    const images = fresh ? listed.images : await this.#images('/images/json', signal)
    const details = await this.#details(images, signal)
    for (const { id, tags } of images) {
      if (id === but) continue
      const names = tags.length > 0 ? tags : [id]
      for (const chainId of chainIds(details.get(id)?.diffIds ?? []))
        sharers.set(chainId, [...(sharers.get(chainId) ?? []), ...names])
    }
    for (const names of sharers.values()) names.sort()
    return sharers
  }

  async #images(path: string, signal: AbortSignal): Promise<readonly ListedImage[]> {
    const { endpoint } = this.engine.link
    const images = parseImages(await this.#get(path, signal))
    this.#listed = { endpoint, at: performance.now(), images }
    return images
  }

  /** Each image is asked about once: with its id all of this stays as it is. */
  async #details(images: readonly ListedImage[], signal: AbortSignal): Promise<Details> {
    const { endpoint } = this.engine.link
    // With the containerd store more of an image may come under its id later; its size tells.
    const keyed = images.map(({ id, sizeBytes }) => ({ id, key: `${endpoint} ${id} ${sizeBytes}` }))
    this.#inspected.keep(new Set(keyed.map(({ key }) => key)))
    const found = new Map<string, InspectedImage>()
    await eachOf(keyed, signal, async ({ id, key }) => {
      const image = await this.#inspected
        .get(key, () => this.#get(pathOf(id)).then(parseImage))
        // One that was removed meanwhile, or whose content is not there.
        .catch(() => undefined)
      if (image !== undefined) found.set(id, image)
    })
    return found
  }

  /**
   * Bytes of the layers that others stand on too, by image, for an engine that does not tell them; missing
   * where a layer's size is in no history for sure.
   */
  async #shared(details: Details, signal: AbortSignal): Promise<Map<string, number>> {
    const users = new Map<string, number>()
    const chains = new Map<string, string[]>()
    for (const [id, { diffIds }] of details) {
      const chain = chainIds(diffIds)
      chains.set(id, chain)
      for (const chainId of new Set(chain)) users.set(chainId, (users.get(chainId) ?? 0) + 1)
    }
    const isShared = (chainId: string): boolean => (users.get(chainId) ?? 0) > 1
    const sizes = new Map<string, number>()
    const sharing = [...chains].filter(([, chain]) => chain.some(isShared))
    await eachOf(sharing, signal, async ([id, chain]) => {
      const steps = await this.#history(id).catch(() => [])
      for (const [index, { sizeBytes }] of joinHistory(steps, chain.length).entries())
        if (sizeBytes !== undefined) sizes.set(chain[index] ?? '', sizeBytes)
    })
    const sums = new Map<string, number>()
    for (const [id, chain] of chains) {
      const shared = chain.filter(isShared)
      if (shared.every((chainId) => sizes.has(chainId)))
        sums.set(
          id,
          shared.reduce((sum, chainId) => sum + (sizes.get(chainId) ?? 0), 0),
        )
    }
    return sums
  }

  #history(id: string): Promise<Step[]> {
    return this.#histories.get(`${this.engine.link.endpoint} ${id}`, () =>
      this.#get(`/images/${encodeURIComponent(id)}/history`).then(parseHistory),
    )
  }

  /** Throws `engine/*`. */
  async #get(path: string, signal?: AbortSignal): Promise<string> {
    const http = await this.engine.http()
    const answer = await http.get(path, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      throw toAppError(error)
    })
    if (answer.status !== 200) throw fromStatus(answer.status, sentenceOf(answer.body))
    return answer.body
  }
}

/** Those of one second by name: the engine gives them in another order each time. */
function newestFirst(a: ListedImage, b: ListedImage): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1
  const [one, other] = [a.tags[0] ?? a.id, b.tags[0] ?? b.id]
  return one < other ? -1 : one > other ? 1 : 0
}

function pathOf(image: string): string {
  return `/images/${encodeURIComponent(image)}/json`
}

async function eachOf<T>(
  items: readonly T[],
  signal: AbortSignal,
  ask: (item: T) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE) {
    signal.throwIfAborted()
    await Promise.all(items.slice(from, from + AT_ONCE).map(ask))
  }
}

/** The engine's own words of a failure. */
export function sentenceOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown }
    if (typeof message === 'string') return message
  } catch {
    // Said without JSON.
  }
  return body.trim().slice(0, 300)
}
