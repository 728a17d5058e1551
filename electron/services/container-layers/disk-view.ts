import { AppError } from '../../contract/errors'
import type { OverlayMount } from '../../helper/container-layers/mount-table'
import type { OwnFiles } from '../../helper/container-layers/own-files'
import type { StoredStack } from '../../helper/container-layers/stored-stack'
import type { EngineService, EngineStatus } from '../engine'
import type { Privileged } from '../privileged'

type Engine = NonNullable<EngineStatus['engine']>

/** The disk of an engine, as far as this process or its helper sees it. */
export class DiskView {
  private constructor(
    private readonly privileged: Privileged,
    readonly engine: Engine | undefined,
    private readonly daemon: { pid: number; own: boolean } | undefined,
  ) {}

  static async of(engine: EngineService, privileged: Privileged, signal: AbortSignal): Promise<DiskView> {
    const [status, daemon] = await Promise.all([engine.status(signal), engine.process()])
    return new DiskView(
      privileged,
      status.engine,
      daemon && { pid: daemon.pid, own: daemon.uid !== 0 && daemon.uid === process.geteuid?.() },
    )
  }

  get pid(): number | undefined {
    return this.daemon?.pid
  }

  /** The data-root can be read without a question for a password. */
  get silent(): boolean {
    return this.daemon !== undefined && (this.daemon.own || this.privileged.open)
  }

  /** Throws `storage/remote`, `storage/denied`. */
  require(): void {
    if (this.daemon === undefined)
      throw new AppError('storage/remote', 'The dockerd of this endpoint does not run on this machine.', {
        hint: 'Run Porthole where the daemon runs.',
      })
    if (!this.daemon.own && !this.privileged.available())
      throw new AppError('storage/denied', 'Only root may see how this container is put together.', {
        hint: 'Run Porthole as root, or install its helper, which asks for the password.',
      })
  }

  files(container: string, paths: string[], sum: boolean, signal: AbortSignal): Promise<OwnFiles> {
    return this.#run('container-files', { ...this.#store(), container, paths, sum }, signal)
  }

  /** Null where the store has none of this container, or the driver keeps no such folders. */
  stack(container: string, signal: AbortSignal): Promise<StoredStack | null> {
    return this.#run('container-stack', { ...this.#store(), container }, signal)
  }

  mount(path: string, signal: AbortSignal): Promise<OverlayMount | null> {
    return this.#run('daemon-mount', { path }, signal)
  }

  #store(): { driver: string; imageStore: 'graphdriver' | 'containerd' } {
    return {
      driver: this.engine?.storageDriver ?? '',
      imageStore: this.engine?.imageStore ?? 'graphdriver',
    }
  }

  async #run<T>(verb: string, input: object, signal: AbortSignal): Promise<T> {
    this.require()
    const answer = await this.privileged.run(
      verb,
      { ...input, pid: this.daemon?.pid },
      { signal, inProcess: this.daemon?.own === true },
    )
    return answer as T
  }
}

/** What the disk has to say, or undefined where it cannot be asked: the engine's answer stands alone then. */
export async function orUnseen<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof AppError && /^(storage|helper)\//.test(error.code)) return undefined
    throw error
  }
}
