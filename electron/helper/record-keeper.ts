import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { findHelperBundle } from './bundle'
import { endOutput, ignoreSignals, kept, listen, startApart, type KeptError } from './keeper'
import type { Back } from './record-back'
import { switchOff, switchOn, type DebugRequest } from './record-debug'
import { shielded } from './shield'
import { tidy } from './tidy'
import { HelperError } from './verb'

/** Argument that makes the helper's bundle hold debug on. */
export const HOLD_FLAG = '--hold-debug'

export interface HoldRequest extends DebugRequest {
  /** Milliseconds after which debug goes back whatever else happens. */
  forMs: number
}

/** Whether debug was switched on; false when it was on already, and nothing is to be put back. */
export interface Held {
  switched: boolean
}

type Line = { held: Held } | { back: Back | 'untouched' } | { error: KeptError }

/**
 * Holds dockerd's debug mode on until `signal` fires or the time is over, and says what has become of
 * it. A process in a session of its own does it, and goes back as soon as its caller is gone: the
 * window, the helper, the terminal. Where there is no bundle to run (from sources) it is done here.
 * Throws what `switchOn` and `switchOff` throw.
 */
export async function holdDebug(
  request: HoldRequest,
  { signal, onHeld = () => {} }: { signal: AbortSignal; onHeld?: (held: Held) => void },
): Promise<Back | 'untouched'> {
  const bundle = findHelperBundle()
  if (bundle === undefined) return hold(request, aborted(signal), onHeld)
  const child = startApart(bundle, HOLD_FLAG)
  let last: Line | undefined
  const ended = listen<Line>(child, (line) => {
    if ('held' in line) onHeld(line.held)
    else last = line
  })
  child.stdin.write(`${JSON.stringify(request)}\n`)
  const stop = (): unknown => child.stdin.end()
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  await ended
  signal.removeEventListener('abort', stop)
  if (last !== undefined && 'back' in last) return last.back
  if (last !== undefined && 'error' in last)
    throw new HelperError(last.error.code, last.error.message, last.error.more)
  await tidy(request.path, request.socketPath)
  throw new HelperError('helper/failed', 'The process that held debug on was ended in the middle.', {
    hint: 'Debug was switched off again.',
  })
}

/** The other side: one request from its input, and debug goes back when that ends. */
export async function runHold(input: Readable, output: Writable): Promise<void> {
  ignoreSignals()
  output.on('error', () => undefined)
  const say = (line: Line): boolean => output.write(`${JSON.stringify(line)}\n`)
  const lines = createInterface({ input })
  const gone = once(lines, 'close')
  const [text] = (await Promise.race([once(lines, 'line'), gone])) as [string?]
  // A caller that died while it wrote has asked for nothing.
  if (text === undefined) return
  try {
    say({ back: await hold(JSON.parse(text) as HoldRequest, gone, (held) => say({ held })) })
  } catch (error) {
    say({ error: kept(error) })
  }
  await endOutput(output)
}

async function hold(
  request: HoldRequest,
  told: Promise<unknown>,
  onHeld: (held: Held) => void,
): Promise<Back | 'untouched'> {
  const switched = await shielded(() => switchOn(request))
  onHeld({ switched })
  if (!switched) return 'untouched'
  let timer: NodeJS.Timeout | undefined
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, request.forMs)
  })
  await Promise.race([told, over])
  clearTimeout(timer)
  return shielded(() => switchOff(request))
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
