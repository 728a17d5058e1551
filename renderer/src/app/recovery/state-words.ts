import type { Recovery } from './recovery'

/** Key of the sentence that tells the daemon's state, below `recovery.state`. */
export function stateWords({ state, service }: Recovery): string {
  if (state === 'broken-file' || state === 'failing') return state
  if (service.result === 'start-limit-hit') return 'given-up'
  if (service.activeState === 'failed') return 'failed'
  if (service.activeState === 'activating') return 'activating'
  if (service.activeState === 'inactive') return 'stopped'
  return 'down'
}
