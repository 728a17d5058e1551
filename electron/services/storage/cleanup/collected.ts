import type { CacheRecord } from '../usage'
import type { Chosen, Item } from './choose'
import type { Picture } from './picture'

/** What the helper measured in containerd's store; see its verb `collected-sizes`. */
export interface Collected {
  containers: Record<string, number>
  images: Record<string, number>
  volumes: Record<string, number>
  records: Record<string, number>
  logs: Record<string, number>
  /** Images of which layers stay. */
  staying: string[]
}

/** What to ask the verb for. */
export function toCollect({ items, along }: Chosen, picture: Picture): Record<string, string[]> {
  const of = (kind: Item['kind']) => items.filter((item) => item.kind === kind).map(({ id }) => id)
  return {
    containers: of('containers'),
    images: of('images').flatMap((id) => [id, ...(along.get(id) ?? [])]),
    volumes: of('volumes'),
    records: withViews(picture.cache, of('build-cache')),
    logs: of('logs'),
  }
}

/** The items with what becomes free by each; without logs that hold nothing. */
export function figuresOfCollected({ items, along }: Chosen, picture: Picture, sizes: Collected): Item[] {
  const staying = new Set(sizes.staying)
  const engineSizes = new Map(picture.images.map(({ id, sizeBytes }) => [id, sizeBytes]))
  return items.flatMap((item): Item[] => {
    const { kind, id } = item
    if (kind === 'containers') return [{ ...item, bytes: sizes.containers[id] ?? 0 }]
    if (kind === 'volumes') return [{ ...item, bytes: sizes.volumes[id] ?? 0 }]
    if (kind === 'networks') return [{ ...item, bytes: 0 }]
    if (kind === 'build-cache') return [{ ...item, bytes: sizes.records[id] ?? 0 }]
    if (kind === 'orphans') return [item]
    if (kind === 'logs') return sizes.logs[id] ? [{ ...item, bytes: sizes.logs[id] }] : []
    const ids = [id, ...(along.get(id) ?? [])]
    const bytes = ids.reduce((sum, each) => sum + (sizes.images[each] ?? 0), 0)
    const shared = staying.has(id) ? Math.max(0, (engineSizes.get(id) ?? 0) - bytes) : 0
    return [{ ...item, bytes, ...(shared > 0 ? { sharedBytes: shared } : {}) }]
  })
}

/**
 * Each record's id, followed by those whose views end with it: BuildKit mounts a record read-only for
 * those that stand on it, and gives that up with the last of them.
 */
function withViews(cache: readonly CacheRecord[], going: readonly string[]): string[] {
  const parents = new Map(cache.map((record) => [record.ID, record.parents]))
  const users = new Map<string, number>()
  for (const parent of [...parents.values()].flat()) users.set(parent, (users.get(parent) ?? 0) + 1)
  return going.map((id) => {
    const ended = (parents.get(id) ?? []).filter((parent) => {
      const left = (users.get(parent) ?? 0) - 1
      users.set(parent, left)
      return left === 0
    })
    return [id, ...ended].join(' ')
  })
}
