import type { InputOf, OutputOf } from '../../contract/contract'
import type { FileHead } from '../../helper/storage/file-head'
import type { Finding } from '../../helper/storage/find'
import type { Listed } from '../../helper/storage/list'
import type { ScanReport } from '../../helper/storage/scan'
import type { EngineService } from '../engine'
import type { Privileged } from '../privileged'
import { StorageHelper } from './helper'
import { ScanPicture, type Size } from './scan'
import type { Owner, StorageScan } from '.'

/** Items of a scan that a slow reader has not taken do not pile up: only the newest counts. */
const ITEM_MS = 250
/** Sizes of folders that are kept between scans. */
const MAX_SIZES = 100_000

interface Known {
  endpoint: string
  scan: StorageScan | undefined
  sizes: Map<string, Size>
  proven: Map<string, Owner>
}

export class StorageService {
  readonly #engine: EngineService
  readonly #helper: StorageHelper
  readonly #listeners = new Set<(scan: StorageScan) => void>()
  #known: Known | undefined

  constructor(parts: { engine: EngineService; privileged: Privileged }) {
    this.#engine = parts.engine
    this.#helper = new StorageHelper(parts.engine, parts.privileged)
  }

  /** The newest whole scan that ended; undefined when there is none of the engine in use now. */
  last(): StorageScan | undefined {
    return this.#ofEngine()?.scan
  }

  /** Calls back after each whole scan that ended; returns the unsubscribe. */
  onScan(listener: (scan: StorageScan) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async *scan(
    { path, fresh = false, known = false }: InputOf<'storage.scan'>,
    signal: AbortSignal,
  ): AsyncIterable<StorageScan> {
    if (known) {
      const last = this.last()
      if (last !== undefined) yield last
      return
    }
    const whole = path === undefined || path === ''
    const picture = new ScanPicture(!whole)
    const stop = new AbortController()
    const both = AbortSignal.any([signal, stop.signal])
    const waiter = new Waiter()
    const run = this.#helper
      .run(
        'scan',
        { fresh, ...(whole ? {} : { path }) },
        {
          signal: both,
          onProgress: (report) => {
            picture.add(report as ScanReport)
            waiter.wake()
          },
        },
      )
      .finally(() => waiter.end())
    // Whoever leaves in the middle is told by the signal, not by this promise.
    run.catch(() => undefined)
    try {
      for (let told = -Infinity; await waiter.next();) {
        if (performance.now() - told < ITEM_MS) continue
        if (told === -Infinity) await picture.look()
        told = performance.now()
        yield picture.item()
      }
      try {
        await run
      } catch (error) {
        if (signal.aborted) return
        throw error
      }
      await picture.finish()
      const done = picture.item()
      this.#keep(picture, whole ? done : undefined)
      yield done
    } finally {
      stop.abort()
    }
  }

  async owner({ path }: InputOf<'storage.owner'>, signal: AbortSignal): Promise<OutputOf<'storage.owner'>> {
    const { as, found } = (await this.#helper.run('find-storage', { words: path }, { signal })) as Finding
    return { as, found: found.map(({ path: at, owner }) => ({ path: at, owner: this.#owner(at, owner) })) }
  }

  async list(input: InputOf<'storage.list'>, signal: AbortSignal): Promise<OutputOf<'storage.list'>> {
    const listed = (await this.#helper.run('list-storage', input, { signal })) as Listed
    const sizes = this.#ofEngine()?.sizes
    return {
      ...listed,
      owner: this.#owner(listed.path, listed.owner),
      entries: listed.entries.map((entry) => {
        const size = entry.type === 'folder' ? sizes?.get(entry.path) : undefined
        return {
          ...entry,
          owner: this.#owner(entry.path, entry.owner),
          ...(size === undefined ? {} : { diskBytes: size.bytes, entries: size.entries }),
        }
      }),
    }
  }

  async file({ path }: InputOf<'storage.file'>, signal: AbortSignal): Promise<OutputOf<'storage.file'>> {
    const head = (await this.#helper.run('read-storage', { path }, { signal })) as FileHead
    return { ...head, owner: this.#owner(path, head.owner) }
  }

  /** What the last scan has proven counts more than what one look can tell. */
  #owner(path: string, owner: Owner): Owner {
    if (!owner.id.startsWith('suspect:')) return owner
    const proven = this.#ofEngine()?.proven
    for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
      const found = proven?.get(at)
      if (found !== undefined) return found
    }
    return owner
  }

  #ofEngine(): Known | undefined {
    return this.#known?.endpoint === this.#engine.link.endpoint ? this.#known : undefined
  }

  #keep(picture: ScanPicture, whole: StorageScan | undefined): void {
    const { endpoint } = this.#engine.link
    const before = whole === undefined ? this.#ofEngine() : undefined
    const sizes = before?.sizes ?? new Map<string, Size>()
    for (const [path, size] of picture.sizes()) sizes.set(path, size)
    for (const [path] of sizes) if (sizes.size > MAX_SIZES) sizes.delete(path)
    this.#known = {
      endpoint,
      scan: whole ?? before?.scan,
      sizes,
      proven: whole === undefined ? (before?.proven ?? new Map()) : picture.proven(),
    }
    if (whole !== undefined) for (const listener of this.#listeners) listener(whole)
  }
}

/** Turns calls into turns of a loop; several calls at once are one turn. */
class Waiter {
  #woken = false
  #ended = false
  #resolve: (() => void) | undefined

  wake(): void {
    this.#woken = true
    this.#resolve?.()
  }

  end(): void {
    this.#ended = true
    this.#resolve?.()
  }

  /** Resolves at the next call of `wake`; false after `end`. */
  async next(): Promise<boolean> {
    if (!this.#woken && !this.#ended) await new Promise<void>((resolve) => (this.#resolve = resolve))
    this.#woken = false
    return !this.#ended
  }
}
