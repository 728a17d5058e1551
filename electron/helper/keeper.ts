import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { applyConfig, type ApplyRequest, type ApplyResult } from './apply'
import { findHelperBundle } from './bundle'
import { shielded } from './shield'
import type { ApplyStep, OnStep } from './steps'
import { tidy } from './tidy'
import { HelperError } from './verb'

/** Argument that makes the helper's bundle a keeper. */
export const KEEPER_FLAG = '--keeper'

/** Milliseconds a reader may take for the last line before the keeper ends without it. */
const LAST_LINE_MS = 10_000

interface KeptError {
  code: string
  message: string
  more: HelperError['more']
}
type Line = { step: ApplyStep } | { result: ApplyResult } | { error: KeptError }

/**
 * Changes daemon.json in a process of its own session, which goes on to the end whatever becomes
 * of its caller: the window, the helper, the terminal. Where there is no bundle to run (from
 * sources) it is done here. Throws what {@link applyConfig} throws.
 */
export async function keep(request: ApplyRequest, onStep: OnStep = () => {}): Promise<ApplyResult> {
  const bundle = findHelperBundle()
  if (bundle === undefined) return shielded(() => applyConfig(request, onStep))
  const env = { ...process.env }
  delete env['NODE_OPTIONS']
  if (process.versions['electron'] !== undefined) env['ELECTRON_RUN_AS_NODE'] = '1'
  const child = spawn(process.execPath, [bundle, KEEPER_FLAG], {
    cwd: '/',
    detached: true,
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  let last: Line | undefined
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line
    if ('step' in line) onStep(line.step)
    else last = line
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(`${JSON.stringify(request)}\n`)
  await once(child, 'close').catch((error: unknown) => {
    throw new HelperError('helper/failed', `The change could not be started: ${String(error)}.`)
  })
  if (last !== undefined && 'result' in last) return last.result
  if (last !== undefined && 'error' in last)
    throw new HelperError(last.error.code, last.error.message, last.error.more)
  await tidy(request.path, request.socketPath)
  throw new HelperError('helper/failed', 'The process that changed daemon.json was ended in the middle.', {
    hint: 'Things were put in order; the history says what has become of the file.',
  })
}

/**
 * The other side: takes one request from its input, does it, and tells each step and the end to
 * whoever still listens. The caller is as mighty as this process and has checked the request.
 */
export async function runKeeper(input: Readable, output: Writable): Promise<void> {
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM', 'SIGPIPE'] as const)
    process.on(signal, () => undefined)
  output.on('error', () => undefined)
  const say = (line: Line): boolean => output.write(`${JSON.stringify(line)}\n`)

  let text = ''
  for await (const part of input.setEncoding('utf8')) text += String(part)
  // A caller that died while it wrote has asked for nothing.
  if (!text.endsWith('\n')) return
  try {
    say({ result: await applyConfig(JSON.parse(text) as ApplyRequest, (step) => say({ step })) })
  } catch (error) {
    say({ error: kept(error) })
  }
  const patience = setTimeout(() => output.destroy(), LAST_LINE_MS)
  await new Promise<void>((resolve) => {
    output.on('close', resolve)
    output.end(resolve)
  })
  clearTimeout(patience)
}

function kept(error: unknown): KeptError {
  if (error instanceof HelperError) return { code: error.code, message: error.message, more: error.more }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'helper/failed', message: `The change failed: ${message}`, more: {} }
}
