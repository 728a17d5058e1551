import { createHash } from 'node:crypto'
import type { CallContext, ItemOf, OutputOf, ParsedInputOf } from '../../../contract/contract'
import { AppError } from '../../../contract/errors'
import type { EngineService } from '../../engine'
import type { Privileged } from '../../privileged'
import { withinBytes } from '../../topology'
import { Wake } from '../../wake'
import { fileSystemOf } from '../file-system'
import type { StorageService } from '../index'
import { choose, type Choice, type Chosen, type Item } from './choose'
import { figuresOfCollected, toCollect, type Collected } from './collected'
import { figuresOfDisk, figuresOfEngine, type Disk } from './figures'
import { takePicture, type Picture } from './picture'
import { removeItem, type Store } from './remove'

export type Preview = OutputOf<'storage.previewCleanup'>
export type Cleaned = OutputOf<'storage.cleanup'>
export type Quarantine = OutputOf<'storage.quarantine'>
type Progress = ItemOf<'storage.progress'>

/** Drivers whose layers the helper can find as folders. */
const FOLDERS = new Set(['overlay2', 'fuse-overlayfs', 'vfs'])
/** What is only to be seen and done with the right to read the data-root. */
const OF_ROOT = ['logs', 'orphans'] as const
/** Room in an answer, which may hold 1 MiB: for what goes with its figures, and for what is spared. */
const ITEMS_BYTES = 600_000
const KEPT_BYTES = 200_000

interface Looked {
  preview: Preview
  picture: Picture
  dataRoot: string | undefined
  store: Store
}

export class CleanupService {
  readonly #engine: EngineService
  readonly #privileged: Privileged
  readonly #storage: StorageService
  readonly #wake = new Wake()
  #progress: Progress | undefined
  #running = false

  constructor(parts: { engine: EngineService; privileged: Privileged; storage: StorageService }) {
    this.#engine = parts.engine
    this.#privileged = parts.privileged
    this.#storage = parts.storage
  }

  async preview(choice: Choice, signal: AbortSignal): Promise<Preview> {
    return (await this.#look(choice, signal)).preview
  }

  async cleanup(
    { digest, ...choice }: ParsedInputOf<'storage.cleanup'>,
    { session, signal }: CallContext,
  ): Promise<Cleaned> {
    if (choice.kinds.some(isOfRoot) && !session.access.has('admin'))
      throw new AppError('storage/denied', 'Logs and orphans are for a session with administrator rights.', {
        hint: 'Use the window, or serve with --allow-admin.',
      })
    if (this.#running)
      throw new AppError('storage/busy', 'A cleanup is under way already.', {
        hint: 'Wait until it is done.',
      })
    this.#running = true
    try {
      return await this.#run(choice, digest, signal)
    } finally {
      this.#running = false
      this.#tell(undefined)
    }
  }

  /** `storage.progress`. */
  async *progress(signal: AbortSignal): AsyncGenerator<Progress> {
    let seen = -1
    // A reader that waits keeps the process; nothing else here would.
    const hold = setInterval(() => undefined, 2 ** 30)
    try {
      while (!signal.aborted) {
        if (seen !== this.#wake.calls && this.#progress) {
          seen = this.#wake.calls
          yield this.#progress
        } else await this.#wake.after(this.#wake.calls, signal)
      }
    } finally {
      clearInterval(hold)
    }
  }

  async quarantine(signal: AbortSignal): Promise<Quarantine> {
    return (await this.#asRoot('quarantined', {}, signal)) as Quarantine
  }

  async endQuarantine(
    input: ParsedInputOf<'storage.endQuarantine'>,
    signal: AbortSignal,
  ): Promise<OutputOf<'storage.endQuarantine'>> {
    return (await this.#asRoot('end-quarantine', input, signal)) as OutputOf<'storage.endQuarantine'>
  }

  async #run(choice: Choice, digest: string, signal: AbortSignal): Promise<Cleaned> {
    const { preview, picture, dataRoot, store } = await this.#look(choice, signal)
    if (preview.digest !== digest)
      throw new AppError('storage/changed-underneath', 'What would go is not what the preview listed.', {
        hint: 'Nothing was removed. Look at the preview again.',
      })
    const { items } = preview
    const before = dataRoot === undefined ? undefined : await fileSystemOf(dataRoot)
    const removed: Item[] = []
    let stoppedAt: Cleaned['stoppedAt']
    for (const item of items) {
      this.#tell({ done: removed.length, of: items.length, item })
      try {
        if (signal.aborted) throw new AppError('rpc/cancelled', 'The cleanup was stopped.')
        await removeItem(item, {
          engine: this.#engine,
          picture,
          // Once begun it is finished, whoever has gone meanwhile.
          privileged: (verb, input) => this.#asRoot(verb, input, new AbortController().signal),
          store,
        })
      } catch (error) {
        stoppedAt = { item, message: error instanceof Error ? error.message : String(error) }
        break
      }
      removed.push(item)
    }
    const after = dataRoot === undefined ? undefined : await fileSystemOf(dataRoot)
    return {
      outcome: stoppedAt ? 'stopped' : 'done',
      removed,
      ...(stoppedAt ? { stoppedAt } : {}),
      ...(before && after ? { freedBytes: before.usedBytes - after.usedBytes } : {}),
    }
  }

  async #look(choice: Choice, signal: AbortSignal): Promise<Looked> {
    const { kinds } = choice
    const rootsKinds = kinds.some(isOfRoot)
    if (rootsKinds && !this.#privileged.available())
      throw new AppError(
        'storage/denied',
        'Only root may read the data-root, and there is no helper to ask.',
        {
          hint: 'Run Porthole as root, or install its package with the helper.',
        },
      )
    const { engine } = await this.#engine.status(signal)
    const local = (await this.#engine.process()) !== undefined
    if (rootsKinds && !local)
      throw new AppError('storage/remote', 'The disk of this daemon is not of this machine.', {
        hint: 'Run Porthole where the daemon runs.',
      })
    const readable = local && (rootsKinds || this.#privileged.open)
    const collected = readable && engine?.imageStore === 'containerd'
    const driver =
      engine?.imageStore === 'graphdriver' && FOLDERS.has(engine.storageDriver)
        ? engine.storageDriver
        : undefined
    const disk = readable && driver !== undefined ? await this.#disk(driver, signal) : undefined
    const held = disk?.holders.records.some(({ chainId }) => chainId !== undefined) ?? false
    const picture: Picture = {
      ...(await takePicture(this.#engine, {
        cache: held || kinds.includes('build-cache'),
        sizes: disk === undefined && !collected,
        signal,
      })),
      orphans: this.#orphans(),
    }
    const now = Date.now()
    const all = choose(picture, choice, now)
    // What goes first needs nothing of what is left out: the order is from the users to the used.
    const chosen = { ...all, items: withinBytes(all.items, ITEMS_BYTES) }
    const omitted = all.items.length - chosen.items.length
    const without = choose(picture, { ...choice, keep: undefined }, now)
    const going = new Set(all.items.map(keyOf))
    const byDisk = disk
      ? await figuresOfDisk(this.#engine, picture, chosen, disk, signal)
      : collected
        ? await this.#collected(engine.storageDriver, picture, chosen, signal)
        : undefined
    if (collected && !byDisk) await this.#addSizes(picture, signal)
    const items =
      byDisk ?? (await this.#withLogs(await figuresOfEngine(this.#engine, picture, chosen, signal), signal))
    return {
      preview: {
        digest: digestOf(choice, items),
        items,
        freesBytes: items.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
        from: byDisk ? 'disk' : 'engine',
        kept: withinBytes(
          without.items.filter((item) => !going.has(keyOf(item))),
          KEPT_BYTES,
        ),
        ...(omitted === 0 ? {} : { omitted }),
      },
      picture,
      dataRoot: local ? engine?.dataRoot : undefined,
      store: { driver: engine?.storageDriver ?? '', imageStore: engine?.imageStore ?? 'graphdriver' },
    }
  }

  /** Logs are measured on the disk wherever everything else is told by the engine. */
  async #withLogs(items: Item[], signal: AbortSignal): Promise<Item[]> {
    const ids = items.filter(({ kind }) => kind === 'logs').map(({ id }) => id)
    if (ids.length === 0) return items
    const { logs } = (await this.#asRoot('cleanup-sizes', { logs: ids }, signal)) as {
      logs: Record<string, number>
    }
    return items.flatMap((item) => {
      if (item.kind !== 'logs') return [item]
      const bytes = logs[item.id] ?? 0
      return bytes === 0 ? [] : [{ ...item, bytes }]
    })
  }

  #orphans(): Picture['orphans'] {
    return (this.#storage.last()?.shares ?? []).filter(({ owner }) => owner.kind === 'orphan')
  }

  /** What containerd's garbage collection will free; undefined where the helper cannot map it. */
  async #collected(
    snapshotter: string,
    picture: Picture,
    chosen: Chosen,
    signal: AbortSignal,
  ): Promise<Item[] | undefined> {
    const asked = { snapshotter, ...toCollect(chosen, picture) }
    const { sizes } = (await this.#asRoot('collected-sizes', asked, signal)) as { sizes?: Collected }
    return sizes && figuresOfCollected(chosen, picture, sizes)
  }

  /** Sizes of containers by the engine, which walks them for it. */
  async #addSizes(picture: Picture, signal: AbortSignal): Promise<void> {
    const { containers } = await takePicture(this.#engine, { cache: false, sizes: true, signal })
    const written = new Map(containers.map(({ id, writtenBytes = 0 }) => [id, writtenBytes]))
    for (const container of picture.containers) container.writtenBytes = written.get(container.id) ?? 0
  }

  async #disk(driver: string, signal: AbortSignal): Promise<Disk> {
    const holders = (await this.#asRoot('layer-holders', { driver }, signal)) as Disk['holders']
    return {
      holders,
      measure: async (asked) =>
        (await this.#asRoot('cleanup-sizes', { ...asked, driver }, signal)) as Awaited<
          ReturnType<Disk['measure']>
        >,
    }
  }

  async #asRoot(verb: string, input: Record<string, unknown>, signal: AbortSignal): Promise<unknown> {
    const daemon = await this.#engine.process()
    // One that is down is told as that, and not as one of another machine.
    if (!daemon) await this.#engine.status(signal)
    if (!daemon)
      throw new AppError('storage/remote', 'The disk of this daemon is not of this machine.', {
        hint: 'Run Porthole where the daemon runs.',
      })
    return this.#privileged.run(verb, { ...input, pid: daemon.pid }, { signal })
  }

  #tell(progress: Progress | undefined): void {
    this.#progress = progress
    this.#wake.all()
  }
}

function isOfRoot(kind: Item['kind']): boolean {
  return OF_ROOT.some((each) => each === kind)
}

/** Stands for what would go: not for how much that is, which grows while one looks. */
function digestOf(choice: Choice, items: readonly Item[]): string {
  const list = items.map(({ kind, id, name, createdAt }) => [kind, id, name, createdAt ?? null])
  const kinds = [...new Set(choice.kinds)].sort()
  return createHash('sha256')
    .update(JSON.stringify([kinds, list]))
    .digest('hex')
}

function keyOf({ kind, id }: Item): string {
  return `${kind} ${id}`
}
