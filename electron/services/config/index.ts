import type { InputOf, ItemOf, OutputOf, ParsedInputOf } from '../../contract/contract'
import type { DaemonLogService } from '../daemon-log'
import type { EngineService } from '../engine'
import type { EventsService } from '../events'
import type { ServiceOptions } from '../options'
import type { Privileged } from '../privileged'
import { Config } from './service'

export { locateConfig } from './location'
export { pinTo } from './pin'
export { findStopped } from './stopped'

export type ConfigFile = OutputOf<'config.read'>
export type CheckResult = OutputOf<'config.check'>
export type ApplyResult = OutputOf<'config.apply'>
export type ApplyStep = ItemOf<'config.progress'>

export interface ConfigService {
  /** `config.options`. Needs no running engine. */
  describeOptions(input: ParsedInputOf<'config.options'>): Promise<OutputOf<'config.options'>>
  /** `config.read`. Never asks for a password. Throws `config/foreign`. */
  read(): Promise<ConfigFile>
  /** `config.watch`: the state at once, then whenever the file or what is in force changes. */
  watch(signal: AbortSignal): AsyncIterable<ItemOf<'config.watch'>>
  /** `config.edit`. Throws `config/invalid` with the place of the fault. */
  edit(input: InputOf<'config.edit'>): Promise<OutputOf<'config.edit'>>
  /** `config.check`. Changes nothing and needs no running engine. The signal ends a trial start. */
  check(input: ParsedInputOf<'config.check'>, signal?: AbortSignal): Promise<CheckResult>
  /**
   * `config.apply`. Throws `config/changed-underneath`, `config/symlink`, `config/busy`,
   * `config/not-writable`, `config/foreign`, `engine/no-process`, `engine/unreachable`,
   * `engine/no-manager`, `helper/unavailable`, `helper/path-refused`; then nothing was written.
   */
  apply(input: InputOf<'config.apply'>): Promise<ApplyResult>
  /** `config.restore`. Throws `config/no-backup` and what {@link apply} throws. */
  restore(input: InputOf<'config.restore'>): Promise<ApplyResult>
  /** `config.history`. Never asks for a password. */
  history(input: ParsedInputOf<'config.history'>): Promise<OutputOf<'config.history'>>
  /** `config.backup`. Throws `config/no-backup`. */
  backup(input: ParsedInputOf<'config.backup'>): Promise<OutputOf<'config.backup'>>
  /** Tells a step of something else that changes the engine to those who follow `progress`. */
  tell(step: ApplyStep): void
  /** `config.progress`: steps of the applies of this process from now on. */
  progress(signal: AbortSignal): AsyncIterable<ApplyStep>
}

export interface ConfigDependencies {
  engine: EngineService
  privileged: Privileged
  options: Pick<ServiceOptions, 'configFile' | 'dockerd' | 'env' | 'log'>
  /** With it, `watch` notices reloads that others cause. */
  events?: Pick<EventsService, 'onEvent'>
  /** With it, `read` knows what dockerd has printed of itself after its last reload. */
  daemonLog?: () => Promise<Pick<DaemonLogService, 'kept'>>
}

/** Reads, checks and applies daemon.json of the engine in use. */
export function createConfigService(dependencies: ConfigDependencies): ConfigService {
  return new Config(dependencies)
}
