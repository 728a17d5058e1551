import type { OutputOf } from '../../contract/contract'
import { fromStatus, toAppError, type EngineService } from '../engine'
import { parseHistory, parseImage, parseImages, parseUsers, type InspectedImage } from './answers'
import { chainIds } from './chain'
import { joinHistory } from './history'

export type Layer = OutputOf<'image.layers'>[number]

/** Images asked about at once; each is an answer of a few kilobytes. */
const AT_ONCE = 8

/** What the engine's API tells of images and their layers, without a look at the disk. */
export class Catalogue {
  constructor(private readonly engine: EngineService) {}

  async list(signal: AbortSignal): Promise<OutputOf<'images.list'>> {
    const [images, users] = await Promise.all([
      this.#get('/images/json?shared-size=1', signal).then(parseImages),
      this.#get('/containers/json?all=1', signal).then(parseUsers),
    ])
    return images
      .sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0))
      .map(({ sharedBytes, ...image }) => ({
        ...image,
        ...(sharedBytes === undefined ? {} : { sharedBytes }),
        containers: users.get(image.id) ?? [],
      }))
  }

  /** Throws `engine/not-found`. */
  async inspect(image: string, signal: AbortSignal): Promise<InspectedImage> {
    return parseImage(await this.#get(`/images/${encodeURIComponent(image)}/json`, signal))
  }

  /** `empty`: which instructions made no layer, where that is known. */
  async layers(
    image: InspectedImage,
    empty: readonly boolean[] | undefined,
    signal: AbortSignal,
  ): Promise<Layer[]> {
    const { id, diffIds, directories } = image
    const [history, sharers] = await Promise.all([
      this.#get(`/images/${encodeURIComponent(id)}/history`, signal).then(parseHistory),
      this.#sharers(id, signal),
    ])
    const made = joinHistory(history, diffIds.length, empty)
    return chainIds(diffIds).map((chainId, index) => {
      const directory = directories[index]
      return {
        index,
        diffId: diffIds[index] ?? '',
        chainId,
        ...(directory === undefined ? {} : { directory }),
        followedBy: [],
        ...made[index],
        sharedBy: sharers.get(chainId) ?? [],
      }
    })
  }

  /** Names of the other images that stand on each layer. */
  async #sharers(id: string, signal: AbortSignal): Promise<Map<string, string[]>> {
    const sharers = new Map<string, string[]>()
    const others = parseImages(await this.#get('/images/json', signal)).filter((other) => other.id !== id)
    for (let from = 0; from < others.length; from += AT_ONCE)
      await Promise.all(
        others.slice(from, from + AT_ONCE).map(async (other) => {
          // One that was removed meanwhile shares nothing any more.
          const found = await this.inspect(other.id, signal).catch(() => undefined)
          const names = other.tags.length > 0 ? other.tags : [other.id]
          for (const chainId of chainIds(found?.diffIds ?? []))
            sharers.set(chainId, [...(sharers.get(chainId) ?? []), ...names])
        }),
      )
    for (const names of sharers.values()) names.sort()
    return sharers
  }

  /** Throws `engine/*`. */
  async #get(path: string, signal: AbortSignal): Promise<string> {
    const http = await this.engine.http()
    const answer = await http.get(path, { signal }).catch((error: unknown) => {
      throw toAppError(error)
    })
    if (answer.status !== 200) throw fromStatus(answer.status, sentenceOf(answer.body))
    return answer.body
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
