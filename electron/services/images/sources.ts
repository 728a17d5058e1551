import { AppError } from '../../contract/errors'
import type { RecordPiece } from '../../helper/images/layer-record'
import { fromStatus, toAppError, type EngineService } from '../engine'
import type { Privileged } from '../privileged'
import { sentenceOf } from './catalogue'
import { exportReader } from './readers/export'
import type { LayerReader } from './readers/reader'
import { recordReader } from './readers/record'

/** Milliseconds until an export begins: until 24 the engine writes it to its disk first. */
const EXPORT_MS = 540_000
const MAX_REFUSAL = 64 * 1024

/** The readers that this engine, this machine and this user have. */
export class Sources {
  constructor(
    private readonly engine: EngineService,
    private readonly privileged: Privileged,
  ) {}

  /**
   * dockerd's records; undefined where they cannot be read without a question for a password.
   */
  async silentRecords(signal: AbortSignal): Promise<LayerReader | undefined> {
    if (!this.privileged.open) return undefined
    try {
      return await this.records(signal)
    } catch (error) {
      if (error instanceof AppError && /^(storage|helper)\//.test(error.code)) return undefined
      throw error
    }
  }

  /** Throws `storage/remote`, `storage/denied`. */
  async records(signal: AbortSignal): Promise<LayerReader> {
    const { own, ...about } = await this.#store(signal)
    return recordReader(
      async (chainId, from, stop) =>
        (await this.privileged.run(
          'layer-record',
          { ...about, chainId, from },
          { signal: stop, inProcess: own },
        )) as RecordPiece,
    )
  }

  /**
   * Which instructions of an image's history made no layer; undefined where that cannot be read
   * without a question for a password.
   */
  async emptySteps(image: string, signal: AbortSignal): Promise<boolean[] | undefined> {
    if (!this.privileged.open) return undefined
    try {
      const { own, ...about } = await this.#store(signal)
      const steps = await this.privileged.run('empty-steps', { ...about, image }, { signal, inProcess: own })
      return steps as boolean[]
    } catch (error) {
      if (error instanceof AppError && /^(storage|helper)\//.test(error.code)) return undefined
      throw error
    }
  }

  exports(): LayerReader {
    return exportReader(async (id, signal) => {
      const http = await this.engine.http()
      const response = await http
        .stream(`/images/${encodeURIComponent(id)}/get`, { signal, timeoutMs: EXPORT_MS })
        .catch((error: unknown) => {
          throw toAppError(error)
        })
      if (response.statusCode === 200) return response
      let said = ''
      for await (const piece of response as AsyncIterable<Buffer>)
        if (said.length < MAX_REFUSAL) said += piece.toString('utf8')
      throw fromStatus(response.statusCode ?? 0, sentenceOf(said))
    })
  }

  /** The layer store of a graph driver on this machine. Throws `storage/remote`, `storage/denied`. */
  async #store(signal: AbortSignal): Promise<{ pid: number; driver: string; own: boolean }> {
    const [status, process] = await Promise.all([this.engine.status(signal), this.engine.process()])
    if (process === undefined)
      throw new AppError('storage/remote', 'The dockerd of this endpoint does not run on this machine.', {
        hint: 'Read the image through the engine instead.',
      })
    if (status.engine?.imageStore !== 'graphdriver')
      throw new AppError('storage/denied', 'The containerd image store keeps no such records.', {
        hint: 'Read the image through the engine instead.',
      })
    const own = process.uid !== 0 && process.uid === globalThis.process.geteuid?.()
    if (!own && !this.privileged.available())
      throw new AppError('storage/denied', 'Only root may read the data-root of this dockerd.', {
        hint: 'Run Porthole as root, or install its helper, which asks for the password.',
      })
    return { pid: process.pid, driver: status.engine.storageDriver, own }
  }
}
