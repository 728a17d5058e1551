import type { EngineService } from '../engine'
import type { ServiceOptions } from '../options'
import type { Privileged } from '../privileged'
import type { StorageScan } from '.'

export class StorageService {
  readonly #engine: EngineService
  readonly #listeners = new Set<(scan: StorageScan) => void>()
  #last: { endpoint: string; scan: StorageScan } | undefined

  constructor(parts: { engine: EngineService; privileged: Privileged; options: ServiceOptions }) {
    this.#engine = parts.engine
  }

  /** The newest whole scan that ended; undefined when there is none of the engine in use now. */
  last(): StorageScan | undefined {
    return this.#last?.endpoint === this.#engine.link.endpoint ? this.#last.scan : undefined
  }

  /** Calls back after each whole scan that ended; returns the unsubscribe. */
  onScan(listener: (scan: StorageScan) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
