import { AppError } from '../../contract/errors'
import type { EngineService } from '../engine'
import type { Privileged, RunOptions } from '../privileged'

/** What the verbs of storage want to know of the engine. */
interface Target {
  /** Absent while it is down. */
  pid?: number
  driver: string
  imageStore: 'graphdriver' | 'containerd'
}

/** Milliseconds after which an engine that does not answer is taken as down. */
const STATUS_MS = 5_000

/** Asks the helper about the disk of the engine in use. */
export class StorageHelper {
  readonly #engine: EngineService
  readonly #privileged: Privileged
  /** The store an engine has told, for the time it is down. */
  readonly #told = new Map<string, Pick<Target, 'driver' | 'imageStore'>>()

  constructor(engine: EngineService, privileged: Privileged) {
    this.#engine = engine
    this.#privileged = privileged
  }

  /** Runs a verb. Throws `storage/remote`, `storage/denied`, `helper/*`. */
  async run(verb: string, input: object, options: RunOptions = {}): Promise<unknown> {
    const { target, own } = await this.#target()
    if (!own && !this.#privileged.available())
      throw new AppError('storage/denied', 'Only root may read the data-root of this dockerd.', {
        hint: 'Run Porthole as root, or install its helper, which asks for the password.',
      })
    return this.#privileged.run(verb, { ...target, ...input }, { ...options, inProcess: own })
  }

  async #target(): Promise<{ target: Target; own: boolean }> {
    await this.#engine.settled()
    const [status, process] = await Promise.all([
      this.#engine.status(AbortSignal.timeout(STATUS_MS)).catch(() => undefined),
      this.#engine.process(),
    ])
    const { endpoint } = this.#engine.link
    const engine = status?.engine
    if (engine !== undefined) {
      const { storageDriver: driver, imageStore } = engine
      this.#told.set(endpoint, { driver, imageStore })
    }
    if (process === undefined && (engine !== undefined || this.#engine.socketPath === undefined))
      throw new AppError('storage/remote', 'The dockerd of this endpoint does not run on this machine.', {
        hint: 'Run Porthole where the daemon runs.',
      })
    const store = this.#told.get(endpoint) ?? { driver: 'overlay2', imageStore: 'graphdriver' as const }
    return {
      target: { ...(process === undefined ? {} : { pid: process.pid }), ...store },
      own: process !== undefined && process.uid !== 0 && process.uid === globalThis.process.geteuid?.(),
    }
  }
}
