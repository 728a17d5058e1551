import type { InputOf, ItemOf, OutputOf, ParsedInputOf } from '../../contract/contract'
import type { DaemonLogService } from '../daemon-log'
import type { EngineService } from '../engine'
import type { EventsService } from '../events'
import type { ServiceOptions } from '../options'
import { Flow } from './service'

export type { FlowRequest } from './requests'

export interface FlowOptions {
  engine: EngineService
  events: EventsService
  daemonLog: DaemonLogService
  options: Pick<ServiceOptions, 'env' | 'log'>
}

/** Requests to the Engine API: seen by several observers, told once. */
export interface FlowService {
  /** `flow.observers`. Looks for dockerd's log while it is read. */
  observers(signal: AbortSignal): AsyncIterable<ItemOf<'flow.observers'>>
  /** `flow.requests`. Follows dockerd's log while it is read, unless `by` leaves it out. */
  requests(input: ParsedInputOf<'flow.requests'>, signal: AbortSignal): AsyncIterable<ItemOf<'flow.requests'>>
  /** `flow.startTap`. Throws `flow/*`. */
  startTap(input: InputOf<'flow.startTap'>): Promise<OutputOf<'flow.startTap'>>
  /** `flow.stopTap`. */
  stopTap(): Promise<OutputOf<'flow.stopTap'>>
  /** `flow.startTraces`. Throws `flow/*`. */
  startTraces(input: ParsedInputOf<'flow.startTraces'>): Promise<OutputOf<'flow.startTraces'>>
  /** `flow.stopTraces`. */
  stopTraces(): Promise<OutputOf<'flow.stopTraces'>>
  /** `flow.spans`. */
  spans(input: ParsedInputOf<'flow.spans'>): OutputOf<'flow.spans'>
  dispose(): Promise<void>
}

/** Makes the service; nothing is opened before it is asked for. */
export function createFlowService(options: FlowOptions): FlowService {
  return new Flow(options)
}
