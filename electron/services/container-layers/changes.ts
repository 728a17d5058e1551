import type { OutputOf, ParsedInputOf } from '../../contract/contract'
import type { EngineService } from '../engine'
import type { Privileged } from '../privileged'
import { withinBytes } from '../topology'
import { DiskView, orUnseen } from './disk-view'
import { changesOf, inspectContainer, type Change } from './engine-view'

type Page = OutputOf<'container.changes'>

const MAX_ENTRIES = 2_000
/** An answer holds 1 MiB; types, sizes and the spelling of names that are no UTF-8 come on top. */
const MAX_BYTES = 500_000
/** Lists that are kept for their next pages; one of 100 000 paths takes some 20 MB. */
const KEPT = 2

interface Listing {
  image: string
  changes: Change[]
  counts: Page['counts']
  bytes: number | undefined
  /** Whom to ask for types and sizes; asking the engine about itself costs more than a page does. */
  disk: DiskView
}

/** What containers have changed, page by page: the pages after a first one are of the list it began. */
export class Changes {
  /** By endpoint and container, the one used last at the end. */
  readonly #kept = new Map<string, Listing>()

  constructor(
    private readonly engine: EngineService,
    private readonly privileged: Privileged,
  ) {}

  async page({ container, after }: ParsedInputOf<'container.changes'>, signal: AbortSignal): Promise<Page> {
    const { id, image } = await inspectContainer(this.engine, container, signal)
    const key = `${this.engine.link.endpoint} ${id}`
    const kept = after === undefined ? undefined : this.#kept.get(key)
    const listing = kept ?? (await this.#list(id, image, signal))
    this.#keep(key, listing)
    const { changes, counts, disk } = listing
    const from = after === undefined ? 0 : firstAfter(changes, after)
    const page = withinBytes(changes.slice(from, from + MAX_ENTRIES), MAX_BYTES)
    const sum = kept === undefined
    const seen = disk.silent
      ? await orUnseen(
          disk.files(
            id,
            page.map(({ path }) => path.replaceAll('\\x5c', '\\')),
            sum,
            signal,
          ),
        )
      : undefined
    if (sum) listing.bytes = seen?.bytes
    const last = page.at(-1)
    return {
      image: listing.image,
      counts,
      ...(listing.bytes === undefined ? {} : { bytes: listing.bytes }),
      entries: page.map(({ path, change }, index) => {
        const file = change === 'removed' ? null : seen?.files[index]
        if (file === null || file === undefined) return { path, change }
        // A folder's own size says nothing of what is in it.
        const sizeBytes = file.type === 'file' ? { sizeBytes: file.sizeBytes } : {}
        return { path: file.path, change, type: file.type, ...sizeBytes }
      }),
      ...(last !== undefined && from + page.length < changes.length ? { next: last.path } : {}),
    }
  }

  async #list(id: string, image: string, signal: AbortSignal): Promise<Listing> {
    const [changes, disk] = await Promise.all([
      changesOf(this.engine, id, signal),
      DiskView.of(this.engine, this.privileged, signal),
    ])
    const counts = { added: 0, modified: 0, removed: 0 }
    for (const { change } of changes) counts[change] += 1
    return { image, changes, counts, bytes: undefined, disk }
  }

  #keep(key: string, listing: Listing): void {
    this.#kept.delete(key)
    this.#kept.set(key, listing)
    for (const [oldest] of this.#kept) if (this.#kept.size > KEPT) this.#kept.delete(oldest)
  }
}

function firstAfter(changes: readonly Change[], after: string): number {
  const found = changes.findIndex(({ path }) => path > after)
  return found < 0 ? changes.length : found
}
