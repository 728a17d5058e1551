import { stat } from 'node:fs/promises'
import type { InputOf, OutputOf } from '../../../contract/contract'
import type { EngineService } from '../../engine'
import { fileSystemOf } from '../file-system'
import { createHistory, type History, type HistoryEntry } from '../history'
import type { StorageScan, StorageService } from '../index'
import type { ServiceOptions } from '../../options'
import { askDiskUsage } from './ask'
import { makeBar } from './bar'
import { bytesByKind, compare, describeKinds } from './kinds'

export type StorageUsage = OutputOf<'storage.usage'>
export type StorageHistory = OutputOf<'storage.history'>

interface EngineFacts {
  id: string
  imageStore: StorageUsage['imageStore']
  storageDriver: string
  dataRoot: string
  local: boolean
}

export class UsageService {
  readonly #engine: EngineService
  readonly #storage: StorageService
  readonly #history: History
  readonly #log: (line: string) => void
  readonly #unsubscribe: () => void
  #running: { endpoint: string; usage: Promise<StorageUsage> } | undefined

  constructor(parts: { engine: EngineService; storage: StorageService; options: ServiceOptions }) {
    this.#engine = parts.engine
    this.#storage = parts.storage
    this.#log = parts.options.log
    this.#history = createHistory(parts.options.env)
    this.#unsubscribe = this.#storage.onScan((scan) => {
      this.#rememberScan(scan).catch((error: unknown) => this.#log(`storage history: ${String(error)}`))
    })
  }

  /** `storage.usage`. Two who ask at once share the one answer: the engine is asked once. */
  usage(): Promise<StorageUsage> {
    const { endpoint } = this.#engine.link
    if (this.#running?.endpoint === endpoint) return this.#running.usage
    // What was asked of another engine is let go on by itself.
    const running = { endpoint, usage: this.#look() }
    this.#running = running
    const done = () => {
      if (this.#running === running) this.#running = undefined
    }
    running.usage.then(done, done)
    return running.usage
  }

  /** `storage.history`. */
  async history({ since }: InputOf<'storage.history'>): Promise<StorageHistory> {
    return this.#history.read((await this.#facts()).id, since)
  }

  dispose(): Promise<void> {
    this.#unsubscribe()
    return Promise.resolve()
  }

  async #look(): Promise<StorageUsage> {
    const [facts, asked] = await Promise.all([this.#facts(), askDiskUsage(this.#engine)])
    const takenAt = new Date().toISOString()
    const fileSystem = facts.local ? await fileSystemOf(facts.dataRoot) : undefined
    const scan = this.#storage.last()
    const kinds = describeKinds(asked, facts.imageStore)
    const here = scan && (await onFirstFileSystem(scan))
    const usage: StorageUsage = {
      takenAt,
      imageStore: facts.imageStore,
      storageDriver: facts.storageDriver,
      kinds,
      checked: scan ? compare(kinds, scan) : [],
      bar: makeBar({ kinds, imageStore: facts.imageStore }, here, fileSystem),
      ...(fileSystem
        ? {
            fileSystem: {
              sizeBytes: fileSystem.sizeBytes,
              usedBytes: fileSystem.usedBytes,
              freeBytes: fileSystem.freeBytes,
            },
          }
        : {}),
      ...(scan ? { scannedAt: scan.startedAt } : {}),
      missing: [
        ...(scan ? [] : (['no-scan'] as const)),
        ...(facts.local ? [] : (['remote'] as const)),
        ...asked.missing,
      ],
    }
    await this.#remember(facts.id, {
      takenAt,
      ...(fileSystem ? { usedBytes: fileSystem.usedBytes, freeBytes: fileSystem.freeBytes } : {}),
      kinds: kinds.map(({ kind, bytes }) => ({ kind, bytes })),
    })
    return usage
  }

  async #rememberScan(scan: StorageScan): Promise<void> {
    const { id } = await this.#facts()
    const { fileSystem } = scan
    await this.#remember(id, {
      takenAt: new Date().toISOString(),
      ...(fileSystem ? { usedBytes: fileSystem.usedBytes, freeBytes: fileSystem.freeBytes } : {}),
      kinds: [...bytesByKind(scan)].map(([kind, bytes]) => ({ kind, bytes })),
      owners: scan.shares.map(({ owner: { id: owner, kind, name }, bytes }) => ({
        id: owner,
        kind,
        name,
        bytes,
      })),
    })
  }

  /** What cannot be kept is told in the own log: a full disk must not hide how full it is. */
  async #remember(id: string, entry: HistoryEntry): Promise<void> {
    await this.#history
      .add(id, entry)
      .catch((error: unknown) => this.#log(`storage history: ${String(error)}`))
  }

  async #facts(): Promise<EngineFacts> {
    // Throws the link's own error while there is none.
    await this.#engine.http()
    const { engine } = await this.#engine.status(new AbortController().signal)
    return {
      id: engine?.id || this.#engine.link.endpoint,
      imageStore: engine?.imageStore ?? 'graphdriver',
      storageDriver: engine?.storageDriver ?? '',
      dataRoot: engine?.dataRoot ?? '',
      local: (await this.#engine.process()) !== undefined && engine?.dataRoot !== undefined,
    }
  }
}

/** The scan without what lies on another file system than its first root, as containerd's root may. */
async function onFirstFileSystem(scan: StorageScan): Promise<StorageScan> {
  const [first, ...others] = await Promise.all(
    scan.roots.map(async (root) => ({ root, dev: (await stat(root).catch(() => undefined))?.dev })),
  )
  const away = others.filter(({ dev }) => dev !== first?.dev).map(({ root }) => `${root}/`)
  const isHere = (path: string | undefined) =>
    path === undefined || !away.some((root) => path.startsWith(root))
  return { ...scan, shares: scan.shares.filter(({ paths }) => isHere(paths[0])) }
}
