import type { InputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import type { LogLevel } from './parse'
import type { KeptLine, LogRing } from './ring'

export type WatchInput = InputOf<'daemonLog.watch'>

/** Lines a reader gets first who asks for nothing in particular. */
const DEFAULT_TAIL = 500

const GRAVITY: Readonly<Record<LogLevel, number>> = {
  unknown: -1,
  trace: 0,
  debug: 1,
  info: 2,
  warning: 3,
  error: 4,
  fatal: 5,
  panic: 6,
}

/**
 * Whether a line is asked for: its level or graver (a line that does not say its level is in none),
 * its raw text (upper and lower case alike), its time.
 */
export function matcher(input: WatchInput, now = Date.now()): (kept: KeptLine) => boolean {
  const least = input.level === undefined ? undefined : GRAVITY[input.level]
  const text = input.text?.toLowerCase()
  const since = input.since === undefined ? undefined : readSince(input.since, now)
  return ({ line, at }) =>
    (least === undefined || GRAVITY[line.level] >= least) &&
    (since === undefined || at >= since) &&
    (text === undefined || text === '' || line.raw.toLowerCase().includes(text))
}

/**
 * The number behind which reading begins: `after` when this log has counted so far, else such
 * that the last `tail` matching lines come first. With `since` and no `tail` all of them do.
 */
export function startOf(input: WatchInput, ring: LogRing, matches: (kept: KeptLine) => boolean): number {
  const resumes = input.after !== undefined && input.after <= ring.last
  const floor = Math.max(ring.first - 1, resumes ? (input.after ?? 0) : 0)
  const tail = input.tail ?? (resumes || input.since !== undefined ? undefined : DEFAULT_TAIL)
  if (tail === undefined) return floor
  let wanted = tail
  for (let seq = ring.last; seq > floor; seq -= 1) {
    const kept = ring.at(seq)
    if (!kept || !matches(kept)) continue
    if (wanted === 0) return seq
    wanted -= 1
  }
  return floor
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/**
 * Reads `since` as Docker's own commands do: ISO 8601, seconds since 1970, or how long ago as a Go
 * duration (`1h30m`). Milliseconds since 1970. Throws `rpc/bad-input`.
 */
export function readSince(text: string, now: number): number {
  if (/^\d{1,12}(?:\.\d{1,9})?$/.test(text)) return Number(text) * 1000
  if (/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) {
    let ago = 0
    for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
      ago += Number(amount) * (UNITS[unit ?? ''] ?? 0)
    return now - ago
  }
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN
  if (Number.isNaN(at))
    throw new AppError('rpc/bad-input', `“${text}” is no time.`, {
      hint: 'Give an ISO 8601 time, seconds since 1970, or how long ago, such as 10m or 1h30m.',
      detail: { field: 'since' },
    })
  return at
}
