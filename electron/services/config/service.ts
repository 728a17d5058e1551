import { EventEmitter } from 'node:events'
import type { InputOf, ItemOf, OutputOf, ParsedInputOf } from '../../contract/contract'
import { Applier } from './applier'
import { Checker } from './checker'
import { Surroundings } from './context'
import { editDocument } from './edit'
import { History } from './history'
import type {
  ApplyResult,
  ApplyStep,
  CheckResult,
  ConfigDependencies,
  ConfigFile,
  ConfigService,
} from './index'
import { Reader } from './reader'

/** The parts of the subject behind its one face. */
export class Config implements ConfigService {
  readonly #around: Surroundings
  readonly #reader: Reader
  readonly #checker: Checker
  readonly #applier: Applier
  readonly #history: History
  readonly #emitter: EventEmitter

  constructor(dependencies: ConfigDependencies) {
    const emitter = (this.#emitter = new EventEmitter().setMaxListeners(0))
    const around = (this.#around = new Surroundings(dependencies))
    this.#reader = new Reader(around, emitter)
    this.#checker = new Checker(around)
    this.#history = new History(around)
    this.#applier = new Applier(around, this.#checker, this.#history, emitter)
  }

  async describeOptions({
    language,
    version,
  }: ParsedInputOf<'config.options'>): Promise<OutputOf<'config.options'>> {
    // Loaded here: its texts are the largest part of the subject, and only a form wants them.
    const { describeOptions } = await import('./describe')
    return describeOptions(version ?? (await this.#around.context()).target.version, language)
  }

  read(): Promise<ConfigFile> {
    return this.#reader.read()
  }

  watch(signal: AbortSignal): AsyncIterable<ItemOf<'config.watch'>> {
    return this.#reader.watch(signal)
  }

  edit({ text, set = {}, unset = [] }: InputOf<'config.edit'>): Promise<OutputOf<'config.edit'>> {
    return Promise.resolve().then(() => ({
      text: editDocument(text, new Map(Object.entries(set)), unset),
    }))
  }

  check(input: ParsedInputOf<'config.check'>, signal?: AbortSignal): Promise<CheckResult> {
    return this.#checker.check(input, signal)
  }

  apply(input: InputOf<'config.apply'>): Promise<ApplyResult> {
    return this.#applier.apply(input)
  }

  restore(input: InputOf<'config.restore'>): Promise<ApplyResult> {
    return this.#applier.restore(input)
  }

  history(input: ParsedInputOf<'config.history'>): Promise<OutputOf<'config.history'>> {
    return this.#history.list(input)
  }

  backup(input: ParsedInputOf<'config.backup'>): Promise<OutputOf<'config.backup'>> {
    return this.#history.backup(input)
  }

  tell(step: ApplyStep): void {
    this.#emitter.emit('step', step)
  }

  progress(signal: AbortSignal): AsyncIterable<ApplyStep> {
    return this.#applier.progress(signal)
  }
}
