import type { InputOf, OutputOf } from '../../../contract/contract'
import { AppError } from '../../../contract/errors'
import type { RecordingDependencies } from './index'

const MOST_LINES = 500
const MOST_EVENTS = 200
const LONGEST_MS = 600_000
/** Events that are looked through, from the newest. */
const SEARCHED = 1_000

/** What was written and what happened between two moments. Throws `rpc/bad-input` for a span too long. */
export async function around(
  { from, to }: InputOf<'flow.around'>,
  { daemonLog, events }: Pick<RecordingDependencies, 'daemonLog' | 'events'>,
  signal: AbortSignal,
): Promise<OutputOf<'flow.around'>> {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  if (end < start || end - start > LONGEST_MS)
    throw new AppError('rpc/bad-input', 'From and to are ten minutes apart at most, in this order.')
  const within = ({ time }: { time: string }): boolean => {
    const at = Date.parse(time)
    return at >= start && at <= end
  }
  const [lines, history] = await Promise.all([
    daemonLog.kept({ since: from }, signal).catch((error: unknown) => whyNot(error)),
    events.history({ limit: SEARCHED }),
  ])
  const told = typeof lines === 'string' ? [] : lines.filter(within)
  const happened = history.events.filter(within).reverse()
  return {
    lines: told.slice(0, MOST_LINES).map(({ seq: _, raw: __, ...line }) => line),
    events: happened.slice(0, MOST_EVENTS).map(({ seq: _, ...event }) => event),
    cut: told.length > MOST_LINES || happened.length > MOST_EVENTS,
    ...(typeof lines === 'string' ? { linesWhy: lines } : {}),
  }
}

function whyNot(error: unknown): 'none' | 'denied' {
  if (!(error instanceof AppError)) throw error
  if (error.code === 'log/none') return 'none'
  if (error.code === 'log/denied') return 'denied'
  throw error
}
