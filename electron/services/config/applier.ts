import { on, type EventEmitter } from 'node:events'
import { userInfo } from 'node:os'
import type { InputOf } from '../../contract/contract'
import { AppError } from '../../contract/errors'
import type { ApplyRequest, ApplyResult as PipelineResult } from '../../helper/apply'
import { configFileFlag } from '../../helper/daemon'
import { keep } from '../../helper/keeper'
import { fromHelper } from '../privileged'
import type { Checker } from './checker'
import type { Context, Surroundings } from './context'
import { problemsOf } from './dockerd-says'
import { parseDocument, type Problem } from './document'
import type { FileState } from './file-state'
import { unifiedDiff, type History } from './history'
import type { ApplyResult, ApplyStep } from './index'
import { limitsOfReload } from './reload-limits'

/** What is wanted of daemon.json. */
interface Wanted {
  /** Null for no file at all. */
  text: string | null
  baseHash: string
  activate: ApplyRequest['activate']
  trial: boolean
  kind: 'apply' | 'restore'
}

/** One apply on its way to the pipeline. */
interface Attempt extends Wanted {
  context: Context
  path: string
  before: FileState
  steps: ApplyStep[]
}

/** Errors of the pipeline that are an answer: nothing was written, and the reader knows why. */
const ANSWERS: readonly string[] = ['config/invalid', 'helper/dismissed', 'helper/denied']

/** Puts a text in force through the one pipeline, here or in the privileged helper. */
export class Applier {
  #busy = false

  constructor(
    private readonly around: Surroundings,
    private readonly checker: Checker,
    private readonly history: History,
    private readonly emitter: EventEmitter,
  ) {}

  apply({ trial = false, ...input }: InputOf<'config.apply'>): Promise<ApplyResult> {
    return this.#alone(() => this.#apply({ ...input, trial, kind: 'apply' }))
  }

  restore({
    id,
    which = 'before',
    trial = false,
    ...input
  }: InputOf<'config.restore'>): Promise<ApplyResult> {
    return this.#alone(async () => {
      const { text, utf8 } = await this.history.text(id, which)
      if (!utf8)
        throw new AppError('config/invalid', 'What is kept holds bytes that are not UTF-8.', {
          hint: 'Its dated backup beside daemon.json has every byte.',
          detail: { id },
        })
      return this.#apply({ ...input, text, trial, kind: 'restore' })
    })
  }

  async #alone(work: () => Promise<ApplyResult>): Promise<ApplyResult> {
    if (this.#busy)
      throw new AppError('config/busy', 'Another change of daemon.json is under way.', {
        hint: 'Wait until it is done.',
      })
    this.#busy = true
    try {
      return await work()
    } finally {
      this.#busy = false
      this.emitter.emit('changed')
    }
  }

  async #apply(wanted: Wanted): Promise<ApplyResult> {
    const context = await this.around.context()
    const path = this.around.locate(context)
    const before = await this.around.state(path, context)
    const attempt: Attempt = { ...wanted, context, path, before, steps: [] }
    if (before.linkTarget !== undefined)
      throw new AppError('config/symlink', `${path} is a symbolic link, and Porthole writes through none.`, {
        hint: `Name the file itself with --config ${before.linkTarget}.`,
        detail: { path, target: before.linkTarget },
      })
    if (before.readable && before.hash !== wanted.baseHash)
      throw await this.#withDiff(
        new AppError(
          'config/changed-underneath',
          `${path} is not the file you were shown: somebody changed it meanwhile.`,
          { hint: 'Read it again and repeat your change; nothing was written.', detail: { path } },
        ),
        attempt,
      )
    const { errors, hints } = await this.#check(attempt)
    if (errors.length > 0) return rejected(attempt, errors)
    try {
      return finished(attempt, await this.#pipeline(attempt), hints)
    } catch (error) {
      const known = fromHelper(error)
      if (!(known instanceof AppError)) throw known
      if (known.code === 'config/changed-underneath') throw await this.#withDiff(known, attempt)
      if (ANSWERS.includes(known.code)) return rejected(attempt, [asProblem(known)])
      throw known
    }
  }

  /** Everything that can be known before anything is touched. */
  async #check(attempt: Attempt): Promise<{ errors: Problem[]; hints: Problem[] }> {
    const { text, activate, trial, context, path, before } = attempt
    this.#step(attempt, 'check', 'running')
    if (text === null) {
      // dockerd does without a file that it looks for by itself, and not without one it was given.
      const errors = configFileFlag(context.argv) === undefined ? [] : [needsFile(path)]
      this.#step(attempt, 'check', errors.length > 0 ? 'failed' : 'done')
      return { errors, hints: [] }
    }
    const depth = trial ? 'trial' : 'validate'
    const checked = await this.checker.checkIn(context, { text, depth, path, before })
    const errors = checked.problems.filter((each) => each.severity === 'error')
    if (!before.utf8 && text.includes('\uFFFD')) errors.push(lostBytes)
    const refusedBy = (source: Problem['source']): boolean => errors.some((each) => each.source === source)
    const failed = errors.some((each) => each.source !== 'validate' && each.source !== 'trial')
    this.#step(attempt, 'check', failed ? 'failed' : 'done')
    const validated = refusedBy('validate') ? 'failed' : checked.validated ? 'done' : 'skipped'
    this.#step(attempt, 'validate', validated)
    if (trial) {
      const verdict = checked.trial?.verdict ?? 'skipped'
      const state = { started: 'done', refused: 'failed', skipped: 'skipped' } as const
      this.#step(attempt, 'trial', state[verdict])
    }
    const document = parseDocument(text, context.target.version)
    const hints = activate === 'reload' ? limitsOfReload(document, checked.changes, context.target) : []
    return { errors, hints }
  }

  async #pipeline(attempt: Attempt): Promise<PipelineResult> {
    const { text, baseHash, activate, kind, context, path, before } = attempt
    const { engine } = this.around.deps
    const request: ApplyRequest = {
      path,
      text,
      baseHash,
      activate,
      kind,
      ...(context.process === undefined ? {} : { pid: context.process.pid }),
      ...(engine.socketPath === undefined ? {} : { socketPath: engine.socketPath }),
    }
    const through = this.around.writeThrough(path, before, context.process)
    if (through === 'process')
      return keep({ ...request, user: this.#user() }, (each) => this.#progress(attempt, each))
    if (through === 'helper') return this.#throughHelper(request, attempt)
    throw new AppError('helper/unavailable', `This user may not write ${path}.`, {
      hint: 'Run Porthole as root, or install pkexec and the helper.',
      detail: { path },
    })
  }

  async #throughHelper({ text, ...request }: ApplyRequest, attempt: Attempt): Promise<PipelineResult> {
    const { privileged } = this.around.deps
    this.#step(attempt, 'authorize', 'running')
    try {
      await privileged.run('hello', {})
    } catch (error) {
      this.#step(attempt, 'authorize', 'failed', error instanceof AppError ? error.code : undefined)
      throw error
    }
    this.#step(attempt, 'authorize', 'done')
    const input = { ...request, ...(text === null ? { remove: true } : { text }) }
    const answer = await privileged.run('apply', input, {
      onProgress: (progress) => this.#progress(attempt, progress as ApplyStep),
    })
    return answer as PipelineResult
  }

  /** Who asks, by name: behind sudo the person, not root. */
  #user(): string {
    return this.around.deps.options.env['SUDO_USER'] ?? userInfo().username
  }

  /** The same error with what somebody else has changed, or would be lost, as a unified diff. */
  async #withDiff(error: AppError, { baseHash, text, context, path }: Attempt): Promise<AppError> {
    const now = await this.around.state(path, context)
    if (!now.readable) return error
    const shown =
      baseHash === 'absent'
        ? ''
        : (this.around.seen(baseHash) ?? (await this.history.byHash(baseHash).catch(() => undefined)))
    const diff = unifiedDiff(shown ?? text ?? '', now.text)
    return new AppError(error.code, error.message, {
      hint: error.hint,
      detail: { ...error.detail, diff, diffFrom: shown === undefined ? 'text' : 'base' },
      cause: error,
    })
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

  #step(attempt: Attempt, step: ApplyStep['step'], state: ApplyStep['state'], detail?: string): void {
    const at = new Date().toISOString()
    this.#progress(attempt, { step, state, at, ...(detail === undefined ? {} : { detail }) })
  }

  #progress({ steps }: Attempt, step: ApplyStep): void {
    steps.push(step)
    this.emitter.emit('step', step)
  }
}

function rejected({ steps, before }: Attempt, problems: Problem[]): ApplyResult {
  return { outcome: 'rejected', evidence: { log: [] }, problems, steps, hash: before.hash }
}

/** The pipeline's result with what dockerd said pinned to keys and lines. */
function finished({ text, context, steps }: Attempt, done: PipelineResult, hints: Problem[]): ApplyResult {
  const { daemonSaid, problems = [], ...result } = done
  const document = parseDocument(text ?? '', context.target.version)
  const said = daemonSaid.slice(-1).flatMap((line) => problemsOf(line, document, 'apply'))
  const failed = done.outcome !== 'applied'
  const all = failed ? [...problems, ...said] : [...problems, ...hints]
  return { ...result, steps, ...(all.length === 0 ? {} : { problems: all }) }
}

function asProblem({ code, message, hint }: AppError): Problem {
  return { severity: 'error', code, message, ...(hint === undefined ? {} : { hint }), source: 'apply' }
}

function needsFile(path: string): Problem {
  return {
    severity: 'error',
    code: 'apply/needs-file',
    message: `dockerd was started with --config-file ${path} and does not start without that file.`,
    hint: 'Write {} into it instead.',
    detail: { path },
    source: 'apply',
  }
}

const lostBytes: Problem = {
  severity: 'error',
  code: 'file/not-utf8',
  message: 'The file on disk holds bytes that are not UTF-8; this text has lost them.',
  hint: 'Correct the file with a text editor first.',
  source: 'apply',
}
