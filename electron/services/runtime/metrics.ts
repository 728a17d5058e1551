import { get } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { readLink, type DaemonProcessInfo, type EngineService } from '../engine'
import type { MetricsReading, RuntimeConfig } from '.'
import { metricsTarget, type MetricsTarget } from './metrics-address'
import { readMetrics } from './metrics-values'

/** A listener that does not answer in this time is told to be silent. Milliseconds. */
const SILENCE_MS = 3_000
/** dockerd's text has some 40 KB. */
const MAX_BYTES = 4 * 1024 * 1024

type Reading = Omit<MetricsReading, 'seq'>

/** Reads dockerd's Prometheus metrics from the address in force, at a steady pace. */
export class Metrics {
  readonly #engine: EngineService
  readonly #config: RuntimeConfig
  /** `metrics-addr` is read at start, so it holds for the life of a process. */
  #known: { pid: number; startedAt: number; address: string } | undefined

  constructor(engine: EngineService, config: RuntimeConfig) {
    this.#engine = engine
    this.#config = config
  }

  async *take(everyMs: number, signal: AbortSignal): AsyncGenerator<Reading> {
    await this.#engine.settled()
    while (!signal.aborted) {
      yield await this.#read(signal)
      await setTimeout(everyMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async #read(signal: AbortSignal): Promise<Reading> {
    const at = new Date().toISOString()
    const daemon = await this.#engine.process()
    if (!daemon)
      return this.#engine.link.state === 'connected'
        ? { at, state: 'elsewhere' }
        : { at, state: 'failed', reason: 'dockerd does not run.' }
    let address = ''
    try {
      address = await this.#addressOf(daemon)
      if (address === '') return { at, state: 'off' }
      // That of a rootless dockerd lies in a network of its own, where the address means another place.
      const network = readLink(`/proc/${daemon.pid}/ns/net`)
      if (network !== undefined && network !== readLink('/proc/self/ns/net'))
        return { at, state: 'elsewhere', address }
      const target = await metricsTarget(address)
      if (typeof target === 'string') return { at, state: 'failed', address, reason: target }
      const values = readMetrics(await fetchText(target, signal))
      return values
        ? { at, state: 'read', address, values }
        : { at, state: 'failed', address, reason: `What answers at ${address} is not dockerd.` }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { at, state: 'failed', ...(address === '' ? {} : { address }), reason }
    }
  }

  async #addressOf({ pid, startedAt }: DaemonProcessInfo): Promise<string> {
    if (this.#known?.pid !== pid || this.#known.startedAt !== startedAt) {
      const { effective } = await (await this.#config()).read()
      const value = effective.find(({ key }) => key === 'metrics-addr')?.value
      this.#known = { pid, startedAt, address: typeof value === 'string' ? value : '' }
    }
    return this.#known.address
  }
}

/** The text at `/metrics`. Follows no redirect; rejects what is too large or too slow. */
function fetchText({ host, port }: MetricsTarget, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(SILENCE_MS)
    const request = get(
      { host, port, path: '/metrics', agent: false, signal: AbortSignal.any([signal, late]) },
      (response) => {
        if (response.statusCode !== 200) {
          request.destroy(new Error(`${host}:${port} answered ${response.statusCode ?? 0}.`))
          return
        }
        const parts: Buffer[] = []
        let bytes = 0
        response.on('data', (part: Buffer) => {
          bytes += part.length
          if (bytes > MAX_BYTES)
            request.destroy(new Error(`The answer of ${host}:${port} is larger than 4 MiB.`))
          else parts.push(part)
        })
        response.on('end', () => resolve(Buffer.concat(parts).toString('utf8')))
        response.on('error', reject)
      },
    )
    request.on('error', (error) =>
      reject(
        late.aborted
          ? new Error(`${host}:${port} did not answer within ${SILENCE_MS / 1000} s.`)
          : error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
            ? new Error(`Nobody listens at ${host}:${port}.`)
            : error,
      ),
    )
  })
}
