import { on, type EventEmitter } from 'node:events'
import type { InputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import { applyConfig, type ApplyRequest, type ApplyResult as PipelineResult } from '../../helper/apply'
import { shielded } from '../../helper/shield'
import { fromHelper } from '../privileged'
import type { Checker } from './checker'
import type { Surroundings } from './context'
import { problemsOf } from './dockerd-says'
import { parseDocument, type Problem } from './document'
import type { ApplyResult, ApplyStep } from './index'

/** Puts a text in force through the one pipeline, here or in the privileged helper. */
export class Applier {
  #busy = false

  constructor(
    private readonly around: Surroundings,
    private readonly checker: Checker,
    private readonly emitter: EventEmitter,
  ) {}

  async apply(input: InputOf<'config.apply'>): Promise<ApplyResult> {
    if (this.#busy)
      throw new AppError('config/busy', 'Another change of daemon.json is under way.', {
        hint: 'Wait until it is done.',
      })
    this.#busy = true
    try {
      return await this.#apply(input)
    } finally {
      this.#busy = false
      this.emitter.emit('changed')
    }
  }

  async #apply({ text, baseHash, activate }: InputOf<'config.apply'>): Promise<ApplyResult> {
    const steps: ApplyStep[] = []
    const step = (name: ApplyStep['step'], state: ApplyStep['state'], detail?: string): void => {
      this.#progress(steps, {
        step: name,
        state,
        at: new Date().toISOString(),
        ...(detail === undefined ? {} : { detail }),
      })
    }
    const context = await this.around.context()
    const path = this.around.locate(context)
    const before = await this.around.state(path, context)
    if (before.linkTarget !== undefined)
      throw new AppError('config/symlink', `${path} is a symbolic link, and Porthole writes through none.`, {
        hint: `Name the file itself with --config ${before.linkTarget}.`,
        detail: { path, target: before.linkTarget },
      })
    if (before.readable && before.hash !== baseHash)
      throw new AppError(
        'config/changed-underneath',
        `${path} is not the file you were shown: somebody changed it meanwhile.`,
        { hint: 'Read it again and repeat your change; nothing was written.', detail: { path } },
      )
    const rejected = (problems: Problem[]): ApplyResult => ({
      outcome: 'rejected',
      evidence: { log: [] },
      problems,
      steps,
      hash: before.hash,
    })

    step('check', 'running')
    const checked = await this.checker.checkIn(context, { text, depth: 'validate', path, before })
    const errors = checked.problems.filter((each) => each.severity === 'error')
    if (!before.utf8 && text.includes('\uFFFD')) errors.push(lostBytes)
    step('check', errors.length > 0 ? 'failed' : 'done')
    step('validate', checked.validated ? (checked.ok ? 'done' : 'failed') : 'skipped')
    if (errors.length > 0) return rejected(errors)

    const socketPath = this.around.deps.engine.socketPath
    const request: ApplyRequest = {
      path,
      text,
      baseHash,
      activate,
      ...(context.process === undefined ? {} : { pid: context.process.pid }),
      ...(socketPath === undefined ? {} : { socketPath }),
    }
    const through = this.around.writeThrough(path, before, context.process)
    let done: PipelineResult
    try {
      if (through === 'none')
        throw new AppError('helper/unavailable', `This user may not write ${path}.`, {
          hint: 'Run Porthole as root, or install pkexec and the helper.',
          detail: { path },
        })
      done =
        through === 'process'
          ? await shielded(() => applyConfig(request, (each) => this.#progress(steps, each)))
          : await this.#applyThroughHelper(request, steps, step)
    } catch (error) {
      const known = fromHelper(error)
      if (!(known instanceof AppError)) throw known
      if (!['config/invalid', 'helper/dismissed', 'helper/denied'].includes(known.code)) throw known
      return rejected([
        {
          severity: 'error',
          code: known.code,
          message: known.message,
          ...(known.hint === undefined ? {} : { hint: known.hint }),
          source: 'apply',
        },
      ])
    }
    const { daemonSaid, ...result } = done
    const document = parseDocument(text, context.target.version)
    const said = daemonSaid.slice(-1).flatMap((line) => problemsOf(line, document, 'apply'))
    return {
      ...result,
      steps,
      ...(result.problems === undefined ? {} : { problems: [...result.problems, ...said] }),
    }
  }

  async #applyThroughHelper(
    request: ApplyRequest,
    steps: ApplyStep[],
    step: (name: ApplyStep['step'], state: ApplyStep['state'], detail?: string) => void,
  ): Promise<PipelineResult> {
    const { privileged } = this.around.deps
    step('authorize', 'running')
    try {
      await privileged.run('hello', {})
    } catch (error) {
      step('authorize', 'failed', error instanceof AppError ? error.code : undefined)
      throw error
    }
    step('authorize', 'done')
    const answer = await privileged.run('apply', request, {
      onProgress: (progress) => this.#progress(steps, progress as ApplyStep),
    })
    return answer as PipelineResult
  }

  progress(signal: AbortSignal): AsyncIterable<ApplyStep> {
    // Subscribed here and not at the first `next`: no step may be missed in between.
    const source = on(this.emitter, 'step', { signal })
    return (async function* () {
      try {
        for await (const [each] of source) yield each as ApplyStep
      } catch (error) {
        if (!signal.aborted) throw error
      }
    })()
  }

  #progress(steps: ApplyStep[], step: ApplyStep): void {
    steps.push(step)
    this.emitter.emit('step', step)
  }
}

const lostBytes: Problem = {
  severity: 'error',
  code: 'file/not-utf8',
  message: 'The file on disk holds bytes that are not UTF-8; this text has lost them.',
  hint: 'Correct the file with a text editor first.',
  source: 'apply',
}
