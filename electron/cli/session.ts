import { readFileSync } from 'node:fs'
import { AppError } from '../contract/errors'
import { createClient, type Client } from '../rpc/client'
import { toWireError } from '../rpc/errors'
import { serve } from '../rpc/host'
import { memoryPair } from '../rpc/memory'
import { createCore } from '../services/core'
import { createOwnLog } from '../services/own-log'
import type { EngineOptions } from './command-line'
import { ReaderGone, writeAll } from './output'

export interface CommandSession {
  client: Client
  /** Fires at SIGINT, SIGTERM and SIGHUP. */
  interrupted: AbortSignal
  /**
   * Waits for a sandbox to be made and filled: the patience of a request is for the engine. Comes
   * back at once without one, and when the command is interrupted.
   */
  ready(): Promise<void>
}

/**
 * Runs a command on a core of its own, in this process, and takes the core down again whatever
 * happens. A failure is printed on stderr as the coded error it is.
 * @returns the exit status.
 */
export async function withCore(
  engine: EngineOptions,
  run: (session: CommandSession) => Promise<number>,
): Promise<number> {
  const log = createOwnLog(process.env)
  const interrupt = new AbortController()
  const onSignal = () => interrupt.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  // The terminal is closed: what was made for this command is taken down all the same.
  process.once('SIGHUP', onSignal)
  const core = createCore({ ...engine, env: process.env, log })
  const pair = memoryPair()
  const end = serve(core.served, pair.host, {
    access: new Set(['read', 'write', 'admin']),
    carrier: 'process',
  })
  try {
    return await run({
      client: createClient(pair.client),
      interrupted: interrupt.signal,
      ready: () => Promise.race([core.ready(), aborted(interrupt.signal)]),
    })
  } catch (error) {
    if (error instanceof ReaderGone) return 0
    if (interrupt.signal.aborted) return 130
    const wire = toWireError(error, (id, cause) => log(`${id} ${String(cause)}`))
    await writeAll(2, `${JSON.stringify(wire, null, 2)}\n`).catch(() => {})
    return 1
  } finally {
    end()
    await core.dispose()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** The input as typed: JSON, `-` for standard input, nothing for `{}`. Throws `rpc/bad-input`. */
export function readInput(text: string | undefined): unknown {
  if (text === undefined) return {}
  const json = text === '-' ? readFileSync(0, 'utf8') : text
  try {
    return JSON.parse(json) as unknown
  } catch (error) {
    throw new AppError('rpc/bad-input', `The input is not JSON: ${(error as Error).message}`, {
      hint: 'In a shell, put the JSON in single quotes, or pass it on standard input with "-".',
      detail: { field: 'input' },
    })
  }
}
