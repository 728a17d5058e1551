import type { IncomingMessage } from 'node:http'
import { gunzipSync, gzipSync } from 'node:zlib'
import { AppError } from '../../contract/errors'
import type { DumpedStacks } from '../../helper/dump'
import type { EngineService } from '../engine'
import type { Privileged } from '../privileged'
import type { RuntimeDump } from '.'
import { groupStacks, stacksOf } from './stacks'

/** How long dockerd may take to begin with its answer, beyond the time a profile runs. Milliseconds. */
const SILENCE_MS = 5_000
/** And to end it. */
const END_MS = 20_000
const MAX_TEXT = 16 * 1024 * 1024
/** Most bytes of a file: in base64, and with the groups beside it, it has to fit into 1 MiB. */
const MAX_FILE = 480 * 1024

const PATHS = {
  goroutines: '/debug/pprof/goroutine?debug=2',
  heap: '/debug/pprof/heap',
  cpu: '/debug/pprof/profile',
}

export interface DumpOrder {
  kind: keyof typeof PATHS
  seconds: number
}

/**
 * A dump of dockerd as a gzip: over the API, or, of goroutines, by a signal when the API is silent.
 * Throws `runtime/no-dump` and what the helper throws.
 */
export async function takeDump(
  parts: { engine: EngineService; privileged: Privileged },
  { kind, seconds }: DumpOrder,
  signal: AbortSignal,
): Promise<RuntimeDump> {
  const at = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const told = await overApi(parts.engine, { kind, seconds }, signal).catch((error: unknown) => {
    signal.throwIfAborted()
    if (kind !== 'goroutines') throw noDump(error)
    return undefined
  })
  if (kind !== 'goroutines' && told) {
    if (told.bytes.length > MAX_FILE) throw noDump(new Error('It is larger than 480 KiB.'))
    const name = `dockerd-${kind}-${at}.pb.gz`
    return { name, base64: told.bytes.toString('base64'), truncated: false, through: 'api' }
  }
  const { text, truncated, path } = told
    ? { text: told.bytes.toString('utf8'), truncated: told.truncated, path: undefined }
    : await bySignal(parts, signal)
  const file = fit(text)
  return {
    name: `dockerd-goroutines-${at}.txt.gz`,
    base64: file.bytes.toString('base64'),
    truncated: truncated || file.truncated,
    through: told ? 'api' : 'signal',
    ...(path === undefined ? {} : { path }),
    goroutines: groupStacks(text),
  }
}

async function overApi(
  engine: EngineService,
  { kind, seconds }: DumpOrder,
  signal: AbortSignal,
): Promise<{ bytes: Buffer; truncated: boolean }> {
  const http = await engine.http()
  const worksMs = kind === 'cpu' ? seconds * 1_000 : 0
  const path = kind === 'cpu' ? `${PATHS.cpu}?seconds=${seconds}` : PATHS[kind]
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(worksMs + SILENCE_MS + END_MS)])
  const response = await http.bare(path, { signal: inTime, timeoutMs: worksMs + SILENCE_MS })
  const read = await readAll(response)
  if (response.statusCode !== 200) throw new Error(`The API answered ${response.statusCode ?? 0}.`)
  return read
}

async function readAll(response: IncomingMessage): Promise<{ bytes: Buffer; truncated: boolean }> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part)
    size += part.length
    // Leaving the loop closes the connection.
    if (size > MAX_TEXT) return { bytes: Buffer.concat(parts).subarray(0, MAX_TEXT), truncated: true }
  }
  return { bytes: Buffer.concat(parts), truncated: false }
}

async function bySignal(
  { engine, privileged }: { engine: EngineService; privileged: Privileged },
  signal: AbortSignal,
): Promise<{ text: string; truncated: boolean; path: string }> {
  const daemon = await engine.process()
  if (!daemon)
    throw new AppError(
      'engine/no-process',
      'dockerd does not answer, and its process is not on this machine.',
      {
        hint: 'Run Porthole where the daemon runs.',
      },
    )
  const { path, gzip, truncated } = (await privileged.run(
    'dump',
    { pid: daemon.pid },
    { signal },
  )) as DumpedStacks
  const text = gunzipSync(Buffer.from(gzip, 'base64'), { maxOutputLength: MAX_TEXT }).toString('utf8')
  return { text, truncated, path }
}

/** The text as a gzip; of one that would not fit, as many of its first stacks as do. */
function fit(text: string): { bytes: Buffer; truncated: boolean } {
  const whole = gzipSync(text)
  if (whole.length <= MAX_FILE) return { bytes: whole, truncated: false }
  let stacks = stacksOf(text)
  for (;;) {
    stacks = stacks.slice(0, Math.floor(stacks.length / 2))
    const bytes = gzipSync(`${stacks.join('\n\n')}\n`)
    if (bytes.length <= MAX_FILE) return { bytes, truncated: true }
  }
}

function noDump(cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new AppError('runtime/no-dump', `dockerd gave no profile: ${why}`, {
    hint: 'A dump of its goroutines can be had even of a dockerd that does not answer.',
    cause,
  })
}
