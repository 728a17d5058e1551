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
