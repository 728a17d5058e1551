import type { ScanReport } from '../../helper/storage/scan'
import { fileSystemOf } from './file-system'
import type { Owner, StorageScan } from '.'

interface Part {
  path: string
  owner: string
  isFolder: boolean
  bytes: number
  entries: number
}

/** What a folder or file holds, as the last scan that saw it counted. */
export interface Size {
  bytes: number
  entries: number
}

/** Room for shares in an item of the stream, which may hold 1 MiB. */
const ITEM_BYTES = 600_000
/** Most topmost paths of one owner that are told. */
const MAX_PATHS = 20

/** Joins the reports of one scan to the picture they make. */
export class ScanPicture {
  readonly #startedAt = new Date()
  readonly #began = performance.now()
  readonly #parts = new Map<number, Part>()
  readonly #owners = new Map<string, Owner>()
  #last: ScanReport | undefined
  #fileSystem: StorageScan['fileSystem']
  #finishedAt: string | undefined

  /** `flat`: the scan of a folder, whose children are the shares. */
  constructor(private readonly flat: boolean) {}

  add(report: ScanReport): void {
    this.#last = report
    for (const owner of report.owners) this.#owners.set(owner.id, owner)
    for (const { unit, ...told } of report.units)
      this.#parts.set(unit, { bytes: 0, entries: 0, ...this.#parts.get(unit), ...told })
    for (let at = 0; at < report.figures.length; at += 3) {
      const part = this.#parts.get(report.figures[at] ?? -1)
      if (part === undefined) continue
      part.bytes = report.figures[at + 1] ?? 0
      part.entries = report.figures[at + 2] ?? 0
    }
  }

  /** Everything was counted. */
  async finish(): Promise<void> {
    this.#finishedAt = new Date().toISOString()
    await this.look()
  }

  /** Asks for the file system's own figures. */
  async look(): Promise<void> {
    const [root] = this.#last?.roots ?? []
    const found = root === undefined || !root.startsWith('/') ? undefined : await fileSystemOf(root)
    if (found === undefined) return
    const { sizeBytes, usedBytes, freeBytes } = found
    this.#fileSystem = { sizeBytes, usedBytes, freeBytes }
  }

  item(): StorageScan {
    const { roots = [], entries = 0, bytes = 0, rememberedBytes = 0, missed = 0 } = this.#last ?? {}
    return {
      state: this.#finishedAt === undefined ? 'walking' : 'done',
      roots,
      startedAt: this.#startedAt.toISOString(),
      ...(this.#finishedAt === undefined ? {} : { finishedAt: this.#finishedAt }),
      elapsedMs: performance.now() - this.#began,
      entries,
      bytes,
      rememberedBytes,
      missed,
      ...within(this.#shares()),
      ...(this.#fileSystem === undefined ? {} : { fileSystem: this.#fileSystem }),
    }
  }

  /** Sizes of everything that was counted as one, and of the folders above. */
  sizes(): Map<string, Size> {
    const sizes = new Map<string, Size>()
    const [root = ''] = this.#last?.roots ?? []
    for (const { path, bytes, entries } of this.#parts.values())
      for (const at of [path, ...foldersAbove(path)]) {
        // Of what stands above the folder asked for only a part was seen.
        if (this.flat && at !== root && !at.startsWith(`${root}/`)) continue
        const size = sizes.get(at) ?? { bytes: 0, entries: 0 }
        size.bytes += bytes
        size.entries += entries
        sizes.set(at, size)
      }
    return sizes
  }

  /** Owners as the scan has proven them, by path: a list by itself knows of no orphan. */
  proven(): Map<string, Owner> {
    const proven = new Map<string, Owner>()
    for (const { path, owner } of this.#parts.values()) {
      const found = this.#owners.get(owner)
      if (found?.kind === 'orphan') proven.set(path, found)
    }
    return proven
  }

  #shares(): StorageScan['shares'] {
    const shares = new Map<string, StorageScan['shares'][number]>()
    for (const [unit, { path, owner: id, bytes, entries }] of this.#parts) {
      const owner = this.#owners.get(id)
      if (owner === undefined) continue
      const key = this.flat ? String(unit) : id
      const share = shares.get(key) ?? { owner, bytes: 0, entries: 0, paths: [] }
      share.bytes += bytes
      share.entries += entries
      // A unit comes after the folders above it: what lies below a path of the share adds none.
      if (share.paths.length < MAX_PATHS && !foldersAbove(path).some((above) => share.paths.includes(above)))
        share.paths.push(path)
      shares.set(key, share)
    }
    return [...shares.values()].sort((a, b) => b.bytes - a.bytes)
  }
}

/** The largest shares that an item has room for; the others are told by kind. Orphans are never left out. */
function within(all: StorageScan['shares']): Pick<StorageScan, 'shares' | 'rest'> {
  const shares: StorageScan['shares'] = []
  const rest = new Map<string, StorageScan['rest'][number]>()
  let room = ITEM_BYTES
  const order = [
    ...all.filter(({ owner }) => owner.kind === 'orphan'),
    ...all.filter(({ owner }) => owner.kind !== 'orphan'),
  ]
  const kept = new Set<StorageScan['shares'][number]>()
  for (const share of order) {
    room -= Buffer.byteLength(JSON.stringify(share))
    if (room > 0) {
      kept.add(share)
      continue
    }
    const { kind } = share.owner
    const known = rest.get(kind) ?? { kind, owners: 0, bytes: 0, entries: 0 }
    known.owners += 1
    known.bytes += share.bytes
    known.entries += share.entries
    rest.set(kind, known)
  }
  for (const share of all) if (kept.has(share)) shares.push(share)
  return { shares, rest: [...rest.values()] }
}

/** Nearest first; of a path in the data-root the last is the data-root itself, the empty path. */
function foldersAbove(path: string): string[] {
  const above: string[] = []
  for (let at = path; at !== '' && at !== '/';) {
    const slash = at.lastIndexOf('/')
    at = slash < 0 ? '' : at.slice(0, slash)
    if (at !== '' || !path.startsWith('/')) above.push(at)
  }
  return above
}
