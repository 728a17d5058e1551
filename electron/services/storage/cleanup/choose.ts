import type { OutputOf, ParsedInputOf } from '../../../contract/contract'
import { spares, type Kept } from './keep'
import type { ContainerRow, ImageRow, Picture } from './picture'

export type Choice = ParsedInputOf<'storage.previewCleanup'>
export type Item = OutputOf<'storage.previewCleanup'>['items'][number]
export type Kind = Item['kind']

/** What is to go, and what goes along without being named. */
export interface Chosen {
  /** In the order in which they go. */
  items: Item[]
  /** Intermediate images that the engine removes with an image, by that image's id. */
  along: Map<string, string[]>
}

const STOPPED = new Set(['exited', 'created', 'dead'])
const ANONYMOUS = 'com.docker.volume.anonymous'

/**
 * What a cleanup removes. Containers go first, so what only they use can go with them; of images and
 * cache records those that nothing stands on any more come before what they stand on.
 */
export function choose(picture: Picture, choice: Choice, now: number): Chosen {
  const wanted = new Set(choice.kinds)
  const isSpared = spares(choice.keep, now)
  const goes = (kind: Kind, thing: Kept): boolean => wanted.has(kind) && !isSpared(thing)

  const stopped = picture.containers.filter(
    ({ state, ...each }) => STOPPED.has(state) && goes('containers', asKept(each)),
  )
  const staying = picture.containers.filter((each) => !stopped.includes(each))
  const { images, along } = chooseImages(
    picture.images,
    staying,
    (image) =>
      (image.dangling || choice.allImages === true) &&
      goes('images', {
        names: [...image.tags, ...image.digests, image.id, image.id.replace(/^sha256:/, '')],
        labels: image.labels,
        createdAt: image.createdAt,
      }),
  )
  const usedVolumes = new Set(staying.flatMap(({ volumes }) => volumes))
  const usedNetworks = new Set(staying.flatMap(({ networks }) => networks))
  const volumes = picture.volumes.filter(
    ({ name, driver, labels, createdAt }) =>
      driver === 'local' &&
      !usedVolumes.has(name) &&
      (choice.allVolumes === true || isAnonymous(name, labels)) &&
      goes('volumes', { names: [name], labels, createdAt }),
  )
  const networks = picture.networks.filter(
    ({ id, name, fixed, labels, createdAt }) =>
      !fixed &&
      !usedNetworks.has(id) &&
      !usedNetworks.has(name) &&
      goes('networks', { names: [name, id], labels, createdAt }),
  )
  const cache = chooseCache(picture, (record) =>
    goes('build-cache', {
      names: [record.ID, record.Description],
      labels: {},
      createdAt: record.LastUsedAt ?? record.CreatedAt,
    }),
  )
  const items: Item[] = [
    ...byName(
      stopped.map(({ id, name, createdAt }) => ({ kind: 'containers' as const, id, name, createdAt })),
    ),
    ...images.map(({ id, tags, digests, createdAt }) => ({
      kind: 'images' as const,
      id,
      name: tags.join(', ') || digests.join(', ') || short(id),
      createdAt,
    })),
    ...byName(
      volumes.map(({ name, createdAt }) => ({ kind: 'volumes' as const, id: name, name, createdAt })),
    ),
    ...byName(
      networks.map(({ id, name, createdAt }) => ({ kind: 'networks' as const, id, name, createdAt })),
    ),
    ...cache.map(({ ID, Description, CreatedAt }) => ({
      kind: 'build-cache' as const,
      id: ID,
      name: Description || ID,
      createdAt: CreatedAt,
    })),
    ...byName(
      staying
        .filter((each) => goes('logs', asKept(each)))
        .map(({ id, name, createdAt }) => ({ kind: 'logs' as const, id, name, createdAt })),
    ),
    ...byName(
      picture.orphans
        .filter(({ owner, paths }) =>
          goes('orphans', { names: [owner.id, owner.name, ...paths], labels: {} }),
        )
        .map(({ owner, bytes }) => ({
          kind: 'orphans' as const,
          id: owner.id,
          name: owner.name,
          bytes: 0,
          heldBytes: bytes,
        })),
    ),
  ]
  return { items, along }
}

function chooseImages(
  images: readonly ImageRow[],
  staying: readonly ContainerRow[],
  wanted: (image: ImageRow) => boolean,
): { images: ImageRow[]; along: Map<string, string[]> } {
  // A container names its image by id, and by what it was asked for.
  const used = new Set(staying.flatMap(({ imageId, image }) => [imageId, image]))
  const isUsed = ({ id, tags, digests }: ImageRow): boolean =>
    [id, ...tags, ...digests].some((name) => used.has(name))
  const children = new Map<string, ImageRow[]>()
  for (const image of images) children.set(image.parent, [...(children.get(image.parent) ?? []), image])
  const byId = new Map(images.map((image) => [image.id, image]))
  const going = new Set<string>()
  const bare = ({ id }: ImageRow): boolean => (children.get(id) ?? []).every((child) => going.has(child.id))

  const chosen: ImageRow[] = []
  const along = new Map<string, string[]>()
  let waiting = images
    .filter((image) => !image.intermediate && !isUsed(image) && wanted(image))
    .sort((a, b) => compareText(a.tags[0] ?? a.id, b.tags[0] ?? b.id))
  // Whatever has children has to wait for them; a round without any that can go ends it.
  for (let next = waiting.filter(bare); next.length > 0; next = waiting.filter(bare)) {
    for (const image of next) {
      going.add(image.id)
      chosen.push(image)
      const taken: string[] = []
      let parent = byId.get(image.parent)
      while (parent?.intermediate === true && !isUsed(parent) && bare(parent)) {
        going.add(parent.id)
        taken.push(parent.id)
        parent = byId.get(parent.parent)
      }
      if (taken.length > 0) along.set(image.id, taken)
    }
    waiting = waiting.filter(({ id }) => !going.has(id))
  }
  return { images: chosen, along }
}

function chooseCache(
  { cache }: Picture,
  wanted: (record: Picture['cache'][number]) => boolean,
): Picture['cache'] {
  const left = new Map(cache.map((record) => [record.ID, record]))
  const chosen: Picture['cache'] = []
  const sorted = cache
    .filter((record) => !record.InUse && wanted(record))
    .sort((a, b) => compareText(a.CreatedAt + a.ID, b.CreatedAt + b.ID))
  for (;;) {
    const stoodOn = new Set([...left.values()].flatMap(({ parents }) => parents))
    const next = sorted.filter(({ ID }) => left.has(ID) && !stoodOn.has(ID))
    if (next.length === 0) return chosen
    for (const record of next) {
      left.delete(record.ID)
      chosen.push(record)
    }
  }
}

/** Since 23 the engine labels them; before, only their name tells. */
function isAnonymous(name: string, labels: Record<string, string>): boolean {
  return Object.hasOwn(labels, ANONYMOUS) || /^[0-9a-f]{64}$/.test(name)
}

function asKept({ id, name, labels, createdAt }: Omit<ContainerRow, 'state'>): Kept {
  return { names: [name, id], labels, createdAt }
}

function byName<T extends { name: string; id: string }>(items: T[]): T[] {
  return items.sort((a, b) => compareText(a.name, b.name) || compareText(a.id, b.id))
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function short(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12)
}
