import type { ItemOf } from '../../../../electron/contract/contract'
import type { TagTone } from '../../ui/tones'

export type LogLine = ItemOf<'daemonLog.watch'>
export type Level = LogLine['level']
/** What the filter offers: that level and graver ones. */
export const THRESHOLDS = ['all', 'info', 'warning', 'error'] as const
export type Threshold = (typeof THRESHOLDS)[number]

const GRAVITY: Record<Level, number> = {
  trace: 0,
  debug: 1,
  // A line that does not say is shown with the everyday ones rather than lost.
  unknown: 2,
  info: 2,
  warning: 3,
  error: 4,
  fatal: 5,
  panic: 5,
}
const LEAST: Record<Threshold, number> = { all: 0, info: 2, warning: 3, error: 4 }

/** Whether a level is at least as grave as the threshold. */
export function reaches(level: Level, threshold: Threshold): boolean {
  return GRAVITY[level] >= LEAST[threshold]
}

/** Whether a line tells of something that failed. */
export function isError(level: Level): boolean {
  return GRAVITY[level] >= LEAST.error
}

export const LEVEL_TONE: Record<Level, TagTone> = {
  trace: 'neutral',
  debug: 'neutral',
  info: 'info',
  unknown: 'neutral',
  warning: 'warn',
  error: 'bad',
  fatal: 'bad',
  panic: 'bad',
}
