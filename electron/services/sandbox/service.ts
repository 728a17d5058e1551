import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { InputOf, OutputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import { keptFlags } from '../../helper/trial/copy'
import type { DaemonProcessInfo } from '../engine'
import type { TraceInbox } from '../flow'
import { fromHelper } from '../privileged'
import type { SandboxPlaces, SandboxService, SandboxServiceDependencies, TriedSandbox } from './index'
import { openSandbox, type TriedFor } from './open'
import { explained } from './refusal'
import { trialText } from './trial-text'

/** One sandbox from the wish for it until nothing of it is left. */
interface Trial {
  state: TriedSandbox
  places?: SandboxPlaces
  traces?: TraceInbox
  stop: AbortController
  /** Resolves when nothing of it is left, with why it ended by itself or did not come to be. */
  ended: Promise<{ failure?: Error }>
  /** Called after each change of `state`. */
  changed: () => void
}

export class Trials implements SandboxService {
  #open: Trial | undefined

  constructor(private readonly deps: SandboxServiceDependencies) {}

  get places(): SandboxPlaces | undefined {
    return this.#open?.places
  }

  get traces(): TraceInbox | undefined {
    return this.#open?.traces
  }

  get(): OutputOf<'sandbox.get'> {
    return this.#open === undefined ? {} : { open: this.#open.state }
  }

  async close(): Promise<OutputOf<'sandbox.close'>> {
    const trial = this.#open
    if (trial === undefined) return { closed: false }
    trial.stop.abort()
    const { failure } = await trial.ended
    if (failure !== undefined) throw failure
    return { closed: true }
  }

  async dispose(): Promise<void> {
    await this.close()
  }

  async *try({ text }: InputOf<'sandbox.try'>, signal: AbortSignal): AsyncGenerator<TriedSandbox> {
    if (signal.aborted) return
    const trial = this.#begin(text)
    const stop = (): void => trial.stop.abort()
    signal.addEventListener('abort', stop, { once: true })
    let over: { failure?: Error } | undefined
    const ended = trial.ended.then((it) => {
      over = it
    })
    try {
      for (let told: TriedSandbox | undefined; over === undefined;) {
        if (told !== trial.state) yield (told = trial.state)
        else await Promise.race([ended, new Promise<void>((resolve) => (trial.changed = resolve))])
      }
    } finally {
      signal.removeEventListener('abort', stop)
      stop()
    }
    if (over.failure !== undefined && !signal.aborted) throw over.failure
  }

  #begin(text: string): Trial {
    if (this.#open !== undefined)
      throw new AppError('sandbox/unavailable', 'A configuration is being tried in a sandbox already.', {
        hint: 'Close that one first: the window has a button for it, and porthole call has sandbox.close.',
      })
    const { endpoint, context } = this.deps.engine.link
    const before = { url: endpoint, ...(context === undefined ? {} : { context }) }
    const trial: Trial = {
      state: { stage: 'start', leftOut: [], before },
      stop: new AbortController(),
      ended: Promise.resolve({}),
      changed: () => undefined,
    }
    this.#open = trial
    trial.ended = this.#run(trial, text)
      .then(
        () => ({}),
        (error: unknown) => this.#whyEnded(fromHelper(error), text),
      )
      .finally(() => {
        this.#open = undefined
      })
    return trial
  }

  async #whyEnded(error: Error, text: string): Promise<{ failure?: Error }> {
    if (error instanceof AppError && error.code === 'rpc/cancelled') return {}
    this.deps.options.log(`sandbox: ${error.message}`)
    return { failure: await explained(error, text) }
  }

  /** Opens it, keeps it, closes it; throws why it ended by itself. */
  async #run(trial: Trial, given: string): Promise<void> {
    const { engine, privileged, editor, options } = this.deps
    const { signal } = trial.stop
    const tell = (more: Partial<TriedSandbox>): void => {
      trial.state = { ...trial.state, ...more }
      trial.changed()
    }
    const stopped = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    )
    const { text, leftOut } = await trialText(given, await editor())
    await engine.settled()
    const meant = meantFor(text, await engine.process())
    if (signal.aborted) return
    const onAsk = (asking: boolean): void => tell({ leftOut, stage: asking ? 'authorize' : 'start' })
    onAsk(false)
    const traces = await this.deps.openInbox()
    if (traces !== undefined) trial.traces = traces
    const sandbox = openSandbox({
      options,
      privileged,
      tried: meant,
      onAsk,
      ...(traces === undefined ? {} : { traces: traces.endpoint }),
    })
    let giveBack: (() => Promise<void>) | undefined
    try {
      const opened = await Promise.race([sandbox.started, stopped])
      if (opened === undefined) return
      const { rootless, ...places } = opened
      // A rootless dockerd has a network of its own, and cannot reach this machine's addresses.
      if (rootless) delete trial.traces
      trial.places = places
      giveBack = engine.lend(places.socket)
      const { configFile, dataRoot, logFile: log } = places
      tell({ stage: 'fill', at: { url: `unix://${places.socket}`, configFile, dataRoot, log, rootless } })
      void sandbox.seeded.then(({ said }) =>
        tell(said === undefined ? { stage: 'full' } : { stage: 'bare', said }),
      )
      await Promise.race([sandbox.ended, stopped])
      if (!signal.aborted)
        throw new AppError('sandbox/failed', 'The daemon of the sandbox has ended by itself.', {
          hint: 'Its log is gone with it; try again, and look at the log while it runs.',
        })
    } finally {
      // First back, so that nobody looks at a daemon that is being stopped.
      await giveBack?.()
      await sandbox.stop()
      await traces?.close()
    }
  }
}

/** The text for a daemon like the one in use: the same binary and flags. */
function meantFor(text: string, engine: DaemonProcessInfo | undefined): TriedFor {
  if (engine === undefined) return { text, flags: [] }
  const folder = engine.exe === undefined ? undefined : dirname(engine.exe)
  return {
    text,
    flags: keptFlags(engine.argv),
    ...(folder !== undefined && existsSync(join(folder, 'dockerd')) ? { dockerdDir: folder } : {}),
    ...(engine.uid === 0 ? { pid: engine.pid } : {}),
  }
}
