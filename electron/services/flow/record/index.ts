import type { InputOf, ItemOf, OutputOf, ParsedInputOf } from '../../../contract/contract'
import type { ConfigService } from '../../config'
import type { DaemonLogService } from '../../daemon-log'
import type { EngineService } from '../../engine'
import type { EventsService } from '../../events'
import type { ServiceOptions } from '../../options'
import type { Privileged } from '../../privileged'
import type { TopologyService } from '../../topology'
import type { FlowService } from '..'
import { Recordings } from './service'

export type RecordingState = ItemOf<'flow.record'>

/** Recordings of what passes an engine: made, listed, opened, removed. */
export interface RecordingService {
  /** `flow.record`, and `flow.recordSeen` where debug is `left` as it is. Records while it is read. */
  record(
    input: ParsedInputOf<'flow.record'>,
    debug: 'switch' | 'leave',
    signal: AbortSignal,
  ): AsyncIterable<RecordingState>
  /** `flow.stopRecording`. */
  stop(): OutputOf<'flow.stopRecording'>
  /** `flow.recordings`. */
  list(): Promise<OutputOf<'flow.recordings'>>
  /** `flow.recording`. Throws `recording/not-found`, `recording/unreadable`. */
  open(input: ParsedInputOf<'flow.recording'>): Promise<OutputOf<'flow.recording'>>
  /** `flow.readRecording`. Throws `recording/unreadable`. */
  read(input: ParsedInputOf<'flow.readRecording'>): OutputOf<'flow.readRecording'>
  /** `flow.removeRecording`. */
  remove(input: InputOf<'flow.removeRecording'>): Promise<OutputOf<'flow.removeRecording'>>
  /** `flow.around`. */
  around(input: InputOf<'flow.around'>, signal: AbortSignal): Promise<OutputOf<'flow.around'>>
  /** Ends the recording that runs, and waits until debug is back. */
  dispose(): Promise<void>
}

export interface RecordingDependencies {
  engine: EngineService
  events: EventsService
  daemonLog: DaemonLogService
  flow: FlowService
  topology: Pick<TopologyService, 'topology'>
  privileged: Privileged
  config: () => Promise<Pick<ConfigService, 'read'>>
  options: Pick<ServiceOptions, 'env' | 'log'>
}

/** Makes the service; nothing is opened before it is asked for. */
export function createRecordingService(dependencies: RecordingDependencies): RecordingService {
  return new Recordings(dependencies)
}
