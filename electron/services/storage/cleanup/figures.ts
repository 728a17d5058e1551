import type { EngineService } from '../../engine'
import { askPart } from '../usage'
import type { Chosen, Item } from './choose'
import { chainIds, freedLayers, layerSizes, withParents, type HistoryStep, type Holder } from './layers'
import { get, type Picture } from './picture'

/** Images that are asked for their layers together. */
const AT_ONCE = 8

/** What the helper measured; see its verbs `layer-holders` and `cleanup-sizes`. */
export interface Disk {
  holders: {
    parents: Record<string, string>
    mounts: Record<string, string>
    records: { id: string; folder?: string; chainId?: string }[]
  }
  measure(asked: {
    containers: string[]
    chains: string[]
    images: string[]
    volumes: string[]
    records: string[]
    logs: string[]
  }): Promise<
    Record<'containers' | 'chains' | 'images' | 'volumes' | 'records' | 'logs', Record<string, number>>
  >
}

interface Layered {
  id: string
  chains: string[]
}

/** The items with what becomes free by each on the disk; without logs that hold nothing. */
export async function figuresOfDisk(
  engine: EngineService,
  picture: Picture,
  { items, along }: Chosen,
  disk: Disk,
  signal: AbortSignal,
): Promise<Item[]> {
  const { parents, mounts } = disk.holders
  // BuildKit forgets some of its keys only later: what the engine does not list holds nothing.
  const listed = new Set(picture.cache.map(({ ID }) => ID))
  const records = disk.holders.records.filter(({ id }) => listed.has(id))
  const images = await layersOf(engine, picture, items, signal)
  // One that is a layer as well has its files in the layer's folder.
  const folders = new Map(
    records.map(({ id, folder, chainId }) => [id, chainId === undefined ? folder : undefined]),
  )
  const { freed, ofImage } = arithmetic(items, along, images, [
    ...Object.entries(mounts).map(([id, chain]) => ({
      id: `containers:${id}`,
      chains: withParents(chain, parents),
    })),
    ...records.flatMap(({ id, chainId }) =>
      chainId === undefined ? [] : [{ id: `build-cache:${id}`, chains: withParents(chainId, parents) }],
    ),
  ])
  const of = (kind: Item['kind']) => items.filter((item) => item.kind === kind).map(({ id }) => id)
  const sizes = await disk.measure({
    containers: of('containers'),
    chains: [...new Set([...freed.values()].flat())],
    images: [...of('images'), ...[...along.values()].flat()],
    volumes: of('volumes'),
    records: of('build-cache').flatMap((id) => folders.get(id) ?? []),
    logs: of('logs'),
  })
  const layers = (item: Item): number =>
    total(freed.get(keyOf(item)) ?? [], (chain) => sizes.chains[chain] ?? 0)
  const figured = items.map((item): Item => {
    const { kind, id } = item
    if (kind === 'containers') return { ...item, bytes: (sizes.containers[id] ?? 0) + layers(item) }
    if (kind === 'volumes') return { ...item, bytes: sizes.volumes[id] ?? 0 }
    if (kind === 'networks') return { ...item, bytes: 0 }
    if (kind === 'logs') return { ...item, bytes: sizes.logs[id] ?? 0 }
    if (kind === 'orphans') return item
    if (kind === 'build-cache') {
      const folder = folders.get(id)
      return { ...item, bytes: layers(item) + (folder === undefined ? 0 : (sizes.records[folder] ?? 0)) }
    }
    const config = total([id, ...(along.get(id) ?? [])], (each) => sizes.images[each] ?? 0)
    return { ...item, bytes: layers(item) + config, ...sharedOf(item, ofImage, freed, picture) }
  })
  return figured.filter(({ kind, bytes }) => kind !== 'logs' || bytes !== 0)
}

/** The same by the engine's own figures: lengths of files, and sizes by each image's history. */
export async function figuresOfEngine(
  engine: EngineService,
  picture: Picture,
  { items, along }: Chosen,
  signal: AbortSignal,
): Promise<Item[]> {
  const images = await layersOf(engine, picture, items, signal)
  const { freed, ofImage } = arithmetic(items, along, images, [])
  const layers = await engineLayerSizes(engine, picture, images, new Set([...freed.values()].flat()), signal)
  const written = new Map(picture.containers.map(({ id, writtenBytes = 0 }) => [id, writtenBytes]))
  const cache = new Map(picture.cache.map(({ ID, Size, Shared }) => [ID, Shared ? 0 : Size]))
  const volumes = items.some(({ kind }) => kind === 'volumes')
    ? new Map(
        ((await askPart(engine, 'volume')).Volumes ?? []).map(({ Name, UsageData }) => [
          Name,
          Math.max(0, UsageData?.Size ?? 0),
        ]),
      )
    : undefined
  return items.map((item): Item => {
    const { kind, id } = item
    if (kind === 'containers') return { ...item, bytes: written.get(id) ?? 0 }
    if (kind === 'volumes') return { ...item, bytes: volumes?.get(id) ?? 0 }
    if (kind === 'networks') return { ...item, bytes: 0 }
    if (kind === 'build-cache') return { ...item, bytes: cache.get(id) ?? 0 }
    if (kind !== 'images') return item
    const chains = freed.get(keyOf(item)) ?? []
    return {
      ...item,
      bytes: total(chains, (chain) => layers.get(chain) ?? 0),
      ...sharedOf(item, ofImage, freed, picture),
    }
  })
}

/** Which layers go with which item. Containers hold the layers of their image also without a look at the disk. */
function arithmetic(
  items: readonly Item[],
  along: ReadonlyMap<string, string[]>,
  images: ReadonlyMap<string, Layered>,
  others: readonly Holder[],
): { freed: Map<string, string[]>; ofImage: ReadonlyMap<string, Layered> } {
  const takenAlong = new Set([...along.values()].flat())
  const owner = new Map([...along].flatMap(([id, parents]) => parents.map((parent) => [parent, id])))
  const chains = new Map<string, Set<string>>()
  for (const { id, chains: own } of images.values()) {
    // What goes along has no item of its own: it holds its layers as long as the image it goes with.
    const key = `images:${takenAlong.has(id) ? (owner.get(id) ?? id) : id}`
    chains.set(key, new Set([...(chains.get(key) ?? []), ...own]))
  }
  const holders = [...[...chains].map(([id, own]) => ({ id, chains: [...own] })), ...others]
  return { freed: freedLayers(holders, items.map(keyOf)), ofImage: images }
}

function sharedOf(
  { id }: Item,
  images: ReadonlyMap<string, Layered>,
  freed: ReadonlyMap<string, string[]>,
  picture: Picture,
): { sharedBytes?: number } {
  const own = images.get(id)?.chains ?? []
  const gone = new Set([...freed.values()].flat())
  if (own.every((chain) => gone.has(chain))) return {}
  const size = picture.images.find((image) => image.id === id)?.sizeBytes
  // Of an image nothing of which goes, the engine's own size is what stays.
  return size !== undefined && !own.some((chain) => gone.has(chain)) ? { sharedBytes: size } : {}
}

/** Layers of every image, when an image or a container is among the items. */
async function layersOf(
  engine: EngineService,
  picture: Picture,
  items: readonly Item[],
  signal: AbortSignal,
): Promise<Map<string, Layered>> {
  const layered = new Map<string, Layered>()
  if (!items.some(({ kind }) => ['images', 'containers', 'build-cache'].includes(kind))) return layered
  const http = await engine.http()
  for (let first = 0; first < picture.images.length; first += AT_ONCE)
    await Promise.all(
      picture.images.slice(first, first + AT_ONCE).map(async ({ id }) => {
        const { RootFS } = await get<{ RootFS?: { Layers?: string[] | null } }>(
          http,
          `/images/${id}/json`,
          signal,
        )
        layered.set(id, { id, chains: chainIds(RootFS?.Layers ?? []) })
      }),
    )
  return layered
}

async function engineLayerSizes(
  engine: EngineService,
  picture: Picture,
  images: ReadonlyMap<string, Layered>,
  wanted: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const http = await engine.http()
  const sizes = new Map<string, number>()
  for (const { id, sizeBytes } of picture.images) {
    const { chains = [] } = images.get(id) ?? {}
    if (!chains.some((chain) => wanted.has(chain) && !sizes.has(chain))) continue
    const steps = layerSizes(await get<HistoryStep[]>(http, `/images/${id}/history`, signal), chains.length)
    if (!steps) continue
    // The containerd store keeps each layer compressed as well; its share is told for the image as a whole.
    const unpacked = total(steps, (bytes) => bytes)
    const factor = unpacked > 0 ? Math.max(1, sizeBytes / unpacked) : 1
    for (const [index, chain] of chains.entries())
      if (!sizes.has(chain)) sizes.set(chain, Math.round((steps[index] ?? 0) * factor))
  }
  return sizes
}

function keyOf({ kind, id }: Item): string {
  return `${kind}:${id}`
}

function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0)
}
