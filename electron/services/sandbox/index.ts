import type { InputOf, ItemOf, OutputOf } from '../../contract/contract'
import type { SandboxPlaces } from '../../helper/sandbox'
import type { ConfigService } from '../config'
import type { EngineService } from '../engine'
import type { TraceInbox } from '../flow'
import type { ServiceOptions } from '../options'
import type { Privileged } from '../privileged'
import { Trials } from './service'

export { openSandbox, type Sandbox } from './open'
export type { SandboxPlaces }

export type TriedSandbox = ItemOf<'sandbox.try'>

export interface SandboxService {
  /** `sandbox.try`: open while somebody reads it. */
  try(input: InputOf<'sandbox.try'>, signal: AbortSignal): AsyncIterable<TriedSandbox>
  get(): OutputOf<'sandbox.get'>
  close(): Promise<OutputOf<'sandbox.close'>>
  /** Where the sandbox that is open has its things, once it answers. */
  readonly places: SandboxPlaces | undefined
  /** Where the dockerd of that sandbox sends its traces. */
  readonly traces: TraceInbox | undefined
  /** Ends what is open and waits until nothing of it is left. */
  dispose(): Promise<void>
}

export interface SandboxServiceDependencies {
  engine: Pick<EngineService, 'settled' | 'link' | 'process' | 'lend'>
  privileged: Privileged
  /** Takes keys out of a text; loaded only when something is tried. */
  editor: () => Promise<Pick<ConfigService, 'edit'>>
  /** Opens where a dockerd is to send its traces; undefined when that cannot be. */
  openInbox: () => Promise<TraceInbox | undefined>
  options: Pick<ServiceOptions, 'env' | 'log'> & { sandboxDockerd?: string }
}

/** Tries a daemon.json in a private daemon; one at a time. */
export function createSandboxService(dependencies: SandboxServiceDependencies): SandboxService {
  return new Trials(dependencies)
}
