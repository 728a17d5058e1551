import type { TagTone } from '../../ui/tones'
import type { EngineEvent } from './store'

/** How an action is marked: what went wrong, and the daemon's own; undefined for everyday ones. */
export function toneOf({ type, action, actor }: EngineEvent): TagTone | undefined {
  if (action === 'oom' || action === 'health_status: unhealthy') return 'bad'
  if (action === 'die') {
    const code = actor.attributes['exitCode']
    return code !== undefined && code !== '0' ? 'bad' : undefined
  }
  return type === 'daemon' ? 'accent' : undefined
}
