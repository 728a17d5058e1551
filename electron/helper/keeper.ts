import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { applyConfig, type ApplyRequest, type ApplyResult } from './apply'
import { findHelperBundle } from './bundle'
import { findManager } from './manager'
import { shielded } from './shield'
import type { ApplyStep, OnStep } from './steps'
import { tidy } from './tidy'
import { bringBackTraces, changeTraces, type TracesRequest, type TracesResult } from './traces'
import { HelperError } from './verb'

/** Argument that makes the helper's bundle a keeper. */
export const KEEPER_FLAG = '--keeper'

/** Milliseconds a reader may take for the last line before the keeper ends without it. */
const LAST_LINE_MS = 10_000

/** An error as it crosses from a keeper to its caller. */
export interface KeptError {
  code: string
  message: string
  more: HelperError['more']
}
/** What can be seen through. */
type Work = { work: 'apply'; request: ApplyRequest } | { work: 'traces'; request: TracesRequest }
type Line = { step: ApplyStep } | { result: unknown } | { error: KeptError }

/**
 * Changes daemon.json in a process of its own session, which goes on to the end whatever becomes
 * of its caller: the window, the helper, the terminal. Where there is no bundle to run (from
 * sources) it is done here. Throws what {@link applyConfig} throws.
 */
export async function keep(request: ApplyRequest, onStep: OnStep = () => {}): Promise<ApplyResult> {
  return (await seeThrough({ work: 'apply', request }, onStep, () =>
    tidy(request.path, request.socketPath),
  )) as ApplyResult
}

/** The same for what dockerd's unit says of its traces. Throws what {@link changeTraces} throws. */
export async function keepTraces(request: TracesRequest, onStep: OnStep = () => {}): Promise<TracesResult> {
  // Found while dockerd runs: one that is being started belongs to nobody yet.
  const manager = await findManager(request)
  return (await seeThrough({ work: 'traces', request }, onStep, () =>
    bringBackTraces(manager, request),
  )) as TracesResult
}

/** `putInOrder` ends what the keeper left when it was itself ended in the middle. */
async function seeThrough(work: Work, onStep: OnStep, putInOrder: () => Promise<void>): Promise<unknown> {
  const bundle = findHelperBundle()
  if (bundle === undefined) return shielded(() => perform(work, onStep))
  const child = startApart(bundle, KEEPER_FLAG)
  let last: Line | undefined
  const ended = listen<Line>(child, (line) => {
    if ('step' in line) onStep(line.step)
    else last = line
  })
  child.stdin.end(`${JSON.stringify(work)}\n`)
  await ended
  if (last !== undefined && 'result' in last) return last.result
  if (last !== undefined && 'error' in last)
    throw new HelperError(last.error.code, last.error.message, last.error.more)
  await putInOrder()
  throw new HelperError('helper/failed', 'The process that made the change was ended in the middle.', {
    hint: 'Things were put in order; look at what is in force now.',
  })
}

function perform(work: Work, onStep: OnStep): Promise<ApplyResult | TracesResult> {
  return work.work === 'apply' ? applyConfig(work.request, onStep) : changeTraces(work.request, onStep)
}

/** Starts the helper's bundle in a session of its own, which outlives its caller. */
export function startApart(bundle: string, flag: string): ChildProcessByStdio<Writable, Readable, null> {
  const env = { ...process.env }
  delete env['NODE_OPTIONS']
  if (process.versions['electron'] !== undefined) env['ELECTRON_RUN_AS_NODE'] = '1'
  return spawn(process.execPath, [bundle, flag], {
    cwd: '/',
    detached: true,
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
}

/** Tells each line such a process says, and resolves when it is gone. Throws when it could not be started. */
export async function listen<L>(
  child: ChildProcessByStdio<Writable, Readable, null>,
  onLine: (line: L) => void,
): Promise<void> {
  createInterface({ input: child.stdout }).on('line', (text) => onLine(JSON.parse(text) as L))
  child.stdin.on('error', () => undefined)
  await once(child, 'close').catch((error: unknown) => {
    throw new HelperError('helper/failed', `The change could not be started: ${String(error)}.`)
  })
}

/** What ends other programs ends nothing that has to be seen through. */
export function ignoreSignals(): void {
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM', 'SIGPIPE'] as const)
    process.on(signal, () => undefined)
}

/** Ends the output when its reader has the last line, or does not come for it. */
export async function endOutput(output: Writable): Promise<void> {
  const patience = setTimeout(() => output.destroy(), LAST_LINE_MS)
  await new Promise<void>((resolve) => {
    output.on('close', resolve)
    output.end(resolve)
  })
  clearTimeout(patience)
}

/**
 * The other side: takes one request from its input, does it, and tells each step and the end to
 * whoever still listens. The caller is as mighty as this process and has checked the request.
 */
export async function runKeeper(input: Readable, output: Writable): Promise<void> {
  ignoreSignals()
  output.on('error', () => undefined)
  const say = (line: Line): boolean => output.write(`${JSON.stringify(line)}\n`)

  let text = ''
  for await (const part of input.setEncoding('utf8')) text += String(part)
  // A caller that died while it wrote has asked for nothing.
  if (!text.endsWith('\n')) return
  try {
    say({ result: await perform(JSON.parse(text) as Work, (step) => say({ step })) })
  } catch (error) {
    say({ error: kept(error) })
  }
  await endOutput(output)
}

/** Whatever went wrong, as it may be told. */
export function kept(error: unknown): KeptError {
  if (error instanceof HelperError) return { code: error.code, message: error.message, more: error.more }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'helper/failed', message: `The change failed: ${message}`, more: {} }
}
