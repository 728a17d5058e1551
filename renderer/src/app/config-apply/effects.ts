import type { TagTone } from '../../ui/tones'
import type { Change } from './config'

type Effect = Change['takesEffect']

/** How grave it is, for the reader, when a change of a key takes effect. */
export const EFFECT_TONE: Record<Effect, TagTone> = {
  live: 'ok',
  'new-containers': 'info',
  'new-networks': 'info',
  restart: 'warn',
  'hides-data': 'bad',
  dangerous: 'bad',
  ignored: 'bad',
}

/**
 * What a reload does for keys that dockerd reads at its start or in a reload. Only these are
 * shown as a table here; the facts are those of dockerd's own reload code.
 */
export const LOG_KEYS: readonly { key: string; takesEffect: Effect }[] = [
  { key: 'debug', takesEffect: 'live' },
  { key: 'log-level', takesEffect: 'restart' },
  { key: 'log-format', takesEffect: 'restart' },
  { key: 'raw-logs', takesEffect: 'restart' },
  { key: 'log-driver', takesEffect: 'restart' },
]
