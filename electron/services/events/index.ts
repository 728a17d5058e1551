import type { InputOf, ItemOf, OutputOf } from '../../contract/contract'
import type { EngineService } from '../engine'
import type { ServiceOptions } from '../options'
import { Events } from './service'

export type EngineEvent = ItemOf<'events.watch'>

export interface EventsService {
  /** Opens the one event stream to the engine; the others below do it by themselves. */
  start(): void
  /** `events.watch`: in order, until `signal`. Throws `rpc/bad-input` for a bad filter or time. */
  watch(input: InputOf<'events.watch'>, signal: AbortSignal): AsyncIterable<EngineEvent>
  /** `events.history`: what is kept here, newest first. Throws `rpc/bad-input` for a bad filter. */
  history(input: InputOf<'events.history'>): Promise<OutputOf<'events.history'>>
  /** Each event that happens from now on, none of a replay of older ones; returns the unsubscribe. */
  onEvent(listener: (event: EngineEvent) => void): () => void
  dispose(): Promise<void>
}

/** Events of the engine. Nothing is opened before it is asked for. */
export function createEventsService(
  engine: EngineService,
  options: Pick<ServiceOptions, 'log'>,
): EventsService {
  return new Events(engine, options.log)
}
