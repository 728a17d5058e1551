import type { ItemOf, OutputOf } from '../../contract/contract'
import type { EngineService } from '../engine'
import type { ServiceOptions } from '../options'
import type { Privileged } from '../privileged'
import { Lifecycle } from './service'

export type ServiceState = OutputOf<'engine.service'>
export type LifecycleOutcome = OutputOf<'engine.restart'>

export interface LifecycleService {
  /** `engine.service`. Never asks for a password. */
  state(): Promise<ServiceState>
  /** `engine.reload`. Throws `engine/no-process`, `engine/unreachable`, `config/invalid`, `config/busy`, `helper/*`. */
  reload(): Promise<LifecycleOutcome>
  /** `engine.restart`. Throws `engine/no-manager`, `config/busy`, `helper/*`; then nothing was done. */
  restart(): Promise<LifecycleOutcome>
  /** `engine.start`. Throws `engine/no-manager`, `config/busy`, `helper/*`; then nothing was done. */
  start(): Promise<LifecycleOutcome>
  /** `engine.stop`. Throws `engine/no-manager`, `config/busy`, `helper/*`; then nothing was done. */
  stop(): Promise<LifecycleOutcome>
  /**
   * `flow.sendTraces` and, with null, `flow.endTraces`: what dockerd's unit says of its traces. Throws
   * `flow/no-systemd`, `flow/drop-in-foreign`, `flow/traces-elsewhere`, `engine/no-process`,
   * `config/invalid`, `config/busy`, `helper/*`; then nothing was done.
   */
  traces(endpoint: string | null): Promise<OutputOf<'flow.sendTraces'>>
}

export interface LifecycleDependencies {
  engine: Pick<EngineService, 'moved' | 'settled' | 'link' | 'process' | 'socketPath'>
  privileged: Privileged
  options: Pick<ServiceOptions, 'configFile' | 'env'>
  /** Where each step is told as it happens. */
  onStep: (step: ItemOf<'config.progress'>) => void
}

/** Starts, stops, restarts and reloads the engine in use, by whoever does that on this machine. */
export function createLifecycleService(dependencies: LifecycleDependencies): LifecycleService {
  return new Lifecycle(dependencies)
}
