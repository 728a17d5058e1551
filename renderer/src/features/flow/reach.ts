import type { ItemOf } from '../../../../electron/contract/contract'

export type FlowRequest = ItemOf<'flow.requests'>

/** How far a request goes: answered by dockerd itself, or handed on to containerd and a container. */
export type Reach = 'dockerd' | 'container'

/**
 * Requests that dockerd answers with a task of containerd, by route (moby, daemon/: what ends in a
 * call of libcontainerd). `wait`, `logs` and `attach` only listen to what dockerd holds.
 */
const TO_THE_CONTAINER =
  /^\/(containers\/\{[^}]+\}\/(start|stop|restart|kill|pause|unpause|update|top|stats|resize|checkpoints)|exec\/\{[^}]+\}\/(start|resize))\b/

/** How far a request goes, by its route. */
export function reachOf({ method, route }: Pick<FlowRequest, 'method' | 'route'>): Reach {
  return method !== 'HEAD' && TO_THE_CONTAINER.test(route) ? 'container' : 'dockerd'
}

/** Whether the answer says that it did not work; a request that was cut off did not either. */
export function hasFailed({ status, state, error }: FlowRequest): boolean {
  return state === 'cut' || (status ?? 0) >= 400 || error !== undefined
}

/** Slower than this is worth a look, in milliseconds; what is meant to stay open is not. */
export const SLOW_MS = 1_000

/** Whether a request took long although it was not meant to. */
export function isSlow({ durationMs = 0, upgrade, route }: FlowRequest): boolean {
  return durationMs >= SLOW_MS && upgrade === undefined && !STAYS_OPEN.test(route)
}

const STAYS_OPEN = /\/(wait|events|logs|stats|attach|session)$/
