import type { OutputOf } from '../../contract/contract'
import type { ConfigService } from '../config'
import type { DaemonLogService } from '../daemon-log'
import type { EngineService } from '../engine'
import type { LifecycleService } from '../lifecycle'
import { recover } from './service'

export { explainFatal, FATAL_CODES } from './fatal'

export type Recovery = OutputOf<'engine.recovery'>

export interface RecoveryDependencies {
  engine: Pick<EngineService, 'settled' | 'link'>
  config: Pick<ConfigService, 'read' | 'check' | 'history'>
  daemonLog: Pick<DaemonLogService, 'kept'>
  lifecycle: Pick<LifecycleService, 'state'>
}

export interface RecoveryService {
  /** `engine.recovery`. Needs no running engine, and never asks for a password. */
  look(signal: AbortSignal): Promise<Recovery>
}

/** Whether the engine in use needs help, why, and what can be done. */
export function createRecoveryService(dependencies: RecoveryDependencies): RecoveryService {
  return { look: (signal) => recover(dependencies, signal) }
}
