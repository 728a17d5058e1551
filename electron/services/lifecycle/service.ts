import { readFile } from 'node:fs/promises'
import type { OutputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import { keepTraces } from '../../helper/keeper'
import { changeLife, type LifeAction, type LifeRequest, type LifeResult } from '../../helper/lifecycle'
import { findManager, type ManagedState } from '../../helper/manager'
import { reloadConfig, type ReloadResult } from '../../helper/reload'
import { shielded } from '../../helper/shield'
import { StepLog, type ApplyStep } from '../../helper/steps'
import type { TracesResult } from '../../helper/traces'
import { locateConfig } from '../config'
import type { DaemonProcessInfo } from '../engine'
import { fromHelper } from '../privileged'
import type { LifecycleDependencies, LifecycleOutcome, LifecycleService, ServiceState } from '.'

/** The engine in use, as far as its life is concerned. */
interface Place {
  process: DaemonProcessInfo | undefined
  /** Undefined for an engine that is not of this machine. */
  request: LifeRequest | undefined
}

export class Lifecycle implements LifecycleService {
  constructor(private readonly deps: LifecycleDependencies) {}

  async state(): Promise<ServiceState> {
    const { process: daemon, request } = await this.#place()
    if (request === undefined) return { manager: 'none', control: 'none' }
    const { privileged } = this.deps
    if (privileged.open && !privileged.isRoot && this.#isRoots(daemon)) {
      const seen = await privileged.run('service', request).catch(() => undefined)
      if (seen !== undefined) return { ...plain(seen as ManagedState), control: 'helper' }
    }
    const manager = await findManager(request)
    const state = await manager.state()
    if (manager.controllable) return { ...plain(state), control: 'process' }
    const could = privileged.available() && !privileged.isRoot && this.#isRoots(daemon)
    // Of another user's process only root sees how it could be started again.
    const hidden = state.manager === 'none' && daemon !== undefined && !daemon.argv.some(isHandedOver)
    if (could && hidden)
      return { ...plain(state), manager: 'process', activeState: 'active', control: 'helper' }
    const helped = could && ['systemd', 'sysv', 'snap'].includes(state.manager)
    return { ...plain(state), control: helped ? 'helper' : 'none' }
  }

  restart(): Promise<LifecycleOutcome> {
    return this.#change('restart')
  }

  start(): Promise<LifecycleOutcome> {
    return this.#change('start')
  }

  stop(): Promise<LifecycleOutcome> {
    return this.#change('stop')
  }

  async reload(): Promise<LifecycleOutcome> {
    const { process: daemon, request } = await this.#place()
    if (daemon === undefined || request === undefined)
      throw new AppError('engine/no-process', 'There is no running dockerd on this machine to reload.')
    const steps: ApplyStep[] = []
    const input = { pid: daemon.pid, socketPath: request.socketPath }
    const done = await this.#do<ReloadResult>(daemon, steps, 'reload', input, async (onStep) =>
      reloadConfig(
        { ...input, path: request.path, text: await readFile(request.path, 'utf8').catch(() => '') },
        onStep,
      ),
    )
    const { event, log, problems = [] } = done
    return {
      outcome: event === undefined ? 'failed' : 'done',
      evidence: { ...(event === undefined ? {} : { event }), log },
      steps,
      problems,
    }
  }

  async traces(endpoint: string | null): Promise<OutputOf<'flow.sendTraces'>> {
    const { process: daemon, request } = await this.#place()
    if (request === undefined)
      throw new AppError('flow/no-systemd', 'This engine is no service of this machine.', {
        hint: 'Run Porthole where it runs, for example with porthole serve.',
      })
    const steps: ApplyStep[] = []
    const verb = endpoint === null ? 'end-traces' : 'send-traces'
    const input = { ...request, ...(endpoint === null ? {} : { endpoint }) }
    const done = await this.#do<TracesResult>(daemon, steps, verb, input, (onStep) =>
      keepTraces({ ...request, endpoint }, onStep),
    )
    const { outcome, evidence, problems } = done
    return { outcome, evidence, problems, steps }
  }

  async #change(action: LifeAction): Promise<LifecycleOutcome> {
    const { process: daemon, request } = await this.#place()
    if (request === undefined)
      throw new AppError('engine/no-manager', 'This engine is not one of this machine.', {
        hint: 'Run Porthole where it runs, for example with porthole serve.',
      })
    const steps: ApplyStep[] = []
    const done = await this.#do<LifeResult>(daemon, steps, action, request, (onStep) =>
      changeLife(action, request, onStep),
    )
    const { outcome, evidence, problems } = done
    return { outcome, evidence, problems, steps }
  }

  /** In this process where it has the right, else through the helper. */
  async #do<T>(
    daemon: DaemonProcessInfo | undefined,
    steps: ApplyStep[],
    verb: string,
    input: object,
    here: (onStep: (step: ApplyStep) => void) => Promise<T>,
  ): Promise<T> {
    const { privileged } = this.deps
    const onStep = (step: ApplyStep): void => {
      steps.push(step)
      this.deps.onStep(step)
    }
    try {
      if (privileged.isRoot || !this.#isRoots(daemon)) return await shielded(() => here(onStep))
      const asking = new StepLog(onStep)
      asking.step('authorize', 'running')
      await privileged.run('hello', {}).catch((error: unknown) => {
        asking.step('authorize', 'failed', error instanceof AppError ? error.code : undefined)
        throw error
      })
      asking.step('authorize', 'done')
      return (await privileged.run(verb, input, {
        onProgress: (progress) => onStep(progress as ApplyStep),
      })) as T
    } catch (error) {
      throw fromHelper(error)
    }
  }

  /** A daemon that is down is taken for root's, unless it is a rootless one of this user. */
  #isRoots(daemon: DaemonProcessInfo | undefined): boolean {
    if (daemon !== undefined) return daemon.uid === 0
    return !/^(\/var)?\/run\/user\//.test(this.deps.engine.socketPath ?? '')
  }

  async #place(): Promise<Place> {
    const { engine, options } = this.deps
    await engine.settled()
    const process = await engine.process()
    const { socketPath } = engine
    if (socketPath === undefined) return { process, request: undefined }
    try {
      const configFile = engine.moved ? undefined : options.configFile
      const { env } = options
      const path = locateConfig({ configFile, endpoint: engine.link.endpoint, process, env })
      return {
        process,
        request: { path, socketPath, ...(process === undefined ? {} : { pid: process.pid }) },
      }
    } catch (error) {
      if (error instanceof AppError && error.code === 'config/foreign') return { process, request: undefined }
      throw error
    }
  }
}

function isHandedOver(argument: string): boolean {
  return argument.includes('fd://')
}

/** What the contract has of a manager's state; the helper's answer holds a word more. */
function plain(seen: ManagedState): Omit<ServiceState, 'control'> {
  const { manager, unit, activeState, subState, result, restarts, socketUnit, pid } = seen
  return {
    manager,
    ...(unit === undefined ? {} : { unit }),
    ...(activeState === undefined ? {} : { activeState }),
    ...(subState === undefined ? {} : { subState }),
    ...(result === undefined ? {} : { result }),
    ...(restarts === undefined ? {} : { restarts }),
    ...(socketUnit === undefined ? {} : { socketUnit }),
    ...(pid === undefined ? {} : { pid }),
  }
}
