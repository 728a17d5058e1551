import type { Change, CheckResult } from './config'
import type { Activate, EngineAction } from './proposal'

export type Impact = NonNullable<CheckResult['impact']>
export type Needs = CheckResult['needs']

/** What is known when the reader chooses how a change takes effect. */
export interface Ground {
  /** dockerd answers. */
  connected: boolean
  /** Porthole can start and stop it. */
  controls: boolean
  /** What brings the change into force. */
  needs: Needs
}

/** Ways a new text can take effect here; writing it only is always one. */
export function waysToApply({ connected, controls }: Ground): Activate[] {
  return [...(connected ? (['reload'] as const) : []), ...(controls ? (['restart'] as const) : []), 'none']
}

/** The way that is chosen until the reader says otherwise: what the changes need, where it can be had. */
export function presetWay(ground: Ground, changes: readonly Change[]): Activate {
  const { connected, controls, needs } = ground
  // Nothing runs that a start could interrupt, and a daemon that is down is why one is here.
  if (!connected) return controls ? 'restart' : 'none'
  if (needs === 'nothing') return 'none'
  if (needs === 'reload') return 'reload'
  if (controls) return 'restart'
  return changes.some((change) => change.needs === 'reload') ? 'reload' : 'none'
}

/** Ways to bring the file as it is into force. */
export function waysToActivate(controls: boolean): Activate[] {
  return controls ? ['reload', 'restart'] : ['reload']
}

/** Whether going on stops containers, so that it must not be what Enter does. */
export function interrupts(
  act: Activate | EngineAction,
  connected: boolean,
  impact: Impact | undefined,
): boolean {
  if (act !== 'restart' && act !== 'stop') return false
  return connected && (impact === undefined || impact.stops.length > 0)
}

/** Translates, with a count for the plural. */
export type Say = (key: string, count?: number) => string

/** What going on comes to, in the words of the button: `Restart: 7 containers stop, 3 keep running`. */
export function actWords(
  say: Say,
  act: Activate | EngineAction,
  connected: boolean,
  impact: Impact | undefined,
): string {
  if (act === 'start' || (act === 'restart' && !connected)) return say('review.act.start')
  if (act !== 'restart' && act !== 'stop') return say(`review.act.${act}`)
  if (!impact) return say(`review.act.${act}.unknown`)
  const { stops, keeps } = impact
  if (stops.length === 0 && keeps.length === 0) return say(`review.act.${act}.nobody`)
  const parts = [
    ...(stops.length > 0 ? [say('review.act.stops', stops.length)] : []),
    ...(keeps.length > 0 ? [say('review.act.keeps', keeps.length)] : []),
  ]
  return `${say(`review.act.${act}.name`)}: ${parts.join(', ')}`
}
