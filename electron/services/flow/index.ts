import type { InputOf, ItemOf, OutputOf, ParsedInputOf } from '../../contract/contract'
import type { DaemonLogService } from '../daemon-log'
import type { EngineService } from '../engine'
import type { EventsService } from '../events'
import type { LifecycleService } from '../lifecycle'
import type { ServiceOptions } from '../options'
import { Flow } from './service'
import type { TraceInbox } from './traces/inbox'

export type { FlowRequest } from './requests'
export { openTraceInbox, type TraceInbox } from './traces/inbox'

export interface FlowOptions {
  engine: EngineService
  events: EventsService
  daemonLog: DaemonLogService
  /** Made when dockerd's unit is first looked at: it brings much along. */
  lifecycle: () => Promise<Pick<LifecycleService, 'state' | 'traces'>>
  /** Where the dockerd of a sandbox, known by its socket, sends its traces. */
  sandboxTraces: (socketPath: string) => TraceInbox | undefined
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
  startTraces(input: InputOf<'flow.startTraces'>): Promise<OutputOf<'flow.startTraces'>>
  /** `flow.stopTraces`. */
  stopTraces(): Promise<OutputOf<'flow.stopTraces'>>
  /** `flow.sendTraces`. Throws `flow/*`, `engine/*`, `config/*`, `helper/*`. */
  sendTraces(input: InputOf<'flow.sendTraces'>): Promise<OutputOf<'flow.sendTraces'>>
  /** `flow.endTraces`. Throws as `sendTraces` does. */
  endTraces(): Promise<OutputOf<'flow.endTraces'>>
  /** `flow.spans`. */
  spans(input: ParsedInputOf<'flow.spans'>): OutputOf<'flow.spans'>
  dispose(): Promise<void>
}

/** Makes the service; nothing is opened before it is asked for. */
export function createFlowService(options: FlowOptions): FlowService {
  return new Flow(options)
}
