import type { ItemOf } from '../../contract/contract'
import type { EngineLink } from '../engine'
import type { LogLink } from '../daemon-log'
import { TRACES_SINCE } from './traces/since'

export type Observers = ItemOf<'flow.observers'>
type Entry = Observers['observers'][number]

/** What the ways of seeing requests depend on. */
export interface Situation {
  link: Pick<EngineLink, 'state'>
  /** dockerd's version; absent while it is not known. */
  version: string | undefined
  debug: boolean
  /** dockerd has a network namespace of its own, from which 127.0.0.1 is not this machine. */
  rootless: boolean
  /** The engine is reached over a unix socket of this machine. */
  localSocket: boolean
  log: LogLink | undefined
  /** A tap of this engine stands. */
  tap: Observers['tap']
  /** Traces are listened for. */
  traces: Observers['traces']
  /** The unit of dockerd, where it can be told to send them. */
  sending: Observers['sending']
  /** The port that dockerd sends to is another program's. */
  portTaken: boolean
}

/** The ways of seeing requests, best first, and the best that works now. */
export function observersOf(situation: Situation): Observers {
  const observers = [trace(situation), tap(situation), log(situation), events(situation)]
  const standsOn = observers.find(({ state }) => state === 'on')?.kind
  return {
    ...(standsOn === undefined ? {} : { standsOn }),
    observers,
    ...(situation.tap === undefined ? {} : { tap: situation.tap }),
    ...(situation.traces === undefined ? {} : { traces: situation.traces }),
    ...(situation.sending === undefined ? {} : { sending: situation.sending }),
  }
}

function trace({ version, rootless, traces, sending, portTaken }: Situation): Entry {
  if (traces?.heardAt !== undefined) return { kind: 'trace', state: 'on' }
  if (version === undefined) return { kind: 'trace', state: 'impossible', obstacle: 'engine-down' }
  if (Number(/^\d+/.exec(version)?.[0]) < TRACES_SINCE)
    return { kind: 'trace', state: 'impossible', obstacle: 'engine-too-old' }
  if (rootless) return { kind: 'trace', state: 'impossible', obstacle: 'own-network' }
  if (traces === undefined && portTaken)
    return { kind: 'trace', state: 'possible', needs: 'start-traces', obstacle: 'port-taken' }
  const needs = needOf(traces, sending)
  return { kind: 'trace', state: 'possible', ...(needs === undefined ? {} : { needs }) }
}

/** Nothing where both sides are ready, and the first spans are still to come. */
function needOf(traces: Situation['traces'], sending: Situation['sending']): Entry['needs'] {
  const told = sending?.dropIn !== undefined || traces?.sandbox === true
  if (told) return traces === undefined ? 'start-traces' : undefined
  return traces === undefined && sending === undefined ? 'start-traces' : 'send-traces'
}

function tap({ tap: standing, localSocket }: Situation): Entry {
  if (standing) return { kind: 'tap', state: 'on' }
  return localSocket
    ? { kind: 'tap', state: 'possible', needs: 'start-tap' }
    : { kind: 'tap', state: 'impossible', obstacle: 'not-a-local-socket' }
}

function log({ link, debug, log: source }: Situation): Entry {
  if (source?.state === 'none') return { kind: 'log', state: 'impossible', obstacle: 'log-none' }
  if (source?.state === 'denied') return { kind: 'log', state: 'impossible', obstacle: 'log-denied' }
  if (link.state !== 'connected') return { kind: 'log', state: 'impossible', obstacle: 'engine-down' }
  return debug && source !== undefined
    ? { kind: 'log', state: 'on' }
    : { kind: 'log', state: 'possible', needs: 'debug' }
}

function events({ link }: Situation): Entry {
  return link.state === 'connected'
    ? { kind: 'events', state: 'on' }
    : { kind: 'events', state: 'impossible', obstacle: 'engine-down' }
}
