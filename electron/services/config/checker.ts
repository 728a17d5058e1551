import type { ParsedInputOf } from '../../contract/contract'
import { changesBetween, needsOf } from './changes'
import { canValidate, checkPlugins, checkWithDockerd, withoutBinary } from './check'
import type { Context, Surroundings } from './context'
import type { Document, Problem } from './document'
import type { FileState } from './file-state'
import { impactOfRestart } from './impact'
import type { CheckResult } from './index'
import { checkStatic } from './static'
import { notTried, tryDocument, type Tried } from './trial'

/** What the engine in use would say to a text, and what it would change. */
export class Checker {
  constructor(private readonly around: Surroundings) {}

  async check({ text, depth }: ParsedInputOf<'config.check'>, signal?: AbortSignal): Promise<CheckResult> {
    const context = await this.around.context()
    const path = this.around.pathOrDefault(context)
    const before = await this.around.state(path, context)
    return this.checkIn(context, { text, depth, path, before, ...(signal === undefined ? {} : { signal }) })
  }

  /** The same where the daemon and its file are known already. */
  async checkIn(context: Context, asked: Asked): Promise<CheckResult> {
    const { text, depth, before } = asked
    const { target } = context
    const { document, problems } = checkStatic(text, target)
    const socket = this.around.deps.engine.socketPath
    if (socket !== undefined && context.status.state === 'connected')
      problems.push(...(await checkPlugins(document, socket)))
    let validated = false
    if (depth !== 'static' && canValidate(target.version)) {
      const answer = await this.#validate(context, document, problems, asked)
      validated = answer.validated
      problems.push(...answer.problems)
    }
    const tried = depth === 'trial' ? await this.#try(context, document, problems, asked) : undefined
    problems.push(...(tried?.problems ?? []))
    const comparable = document.members !== undefined && before.readable
    const changes = comparable ? changesBetween(before.text, document, target.version) : []
    const needs = needsOf(changes)
    // While somebody types, containers are only asked for where it matters.
    const ask = context.status.state === 'connected' && (depth !== 'static' || needs === 'restart')
    const impact = ask
      ? await impactOfRestart(() => this.around.deps.engine.docker(), document, target.flags)
      : undefined
    return {
      ok: !problems.some(isError),
      problems,
      changes,
      validated,
      needs,
      ...(impact === undefined ? {} : { impact }),
      ...(tried === undefined ? {} : { trial: tried.trial }),
    }
  }

  async #validate(
    context: Context,
    document: Document,
    known: readonly Problem[],
    { path }: Asked,
  ): Promise<{ validated: boolean; problems: Problem[] }> {
    const binary = await context.binary()
    if (binary === undefined) return { validated: false, problems: [withoutBinary()] }
    return checkWithDockerd(document, known, binary, context.argv, path)
  }

  async #try(
    context: Context,
    document: Document,
    known: readonly Problem[],
    { path, signal }: Asked,
  ): Promise<Tried> {
    if (known.some(isError)) return notTried('trial/skipped', {})
    const binary = await context.binary()
    if (binary === undefined) return notTried('trial/no-binary', {})
    const request = { binary, argv: context.argv, path }
    return tryDocument(
      document,
      signal === undefined ? request : { ...request, signal },
      context.process?.pid,
      this.around.deps.privileged,
    )
  }
}

/** A text to check, and the file as it is. */
interface Asked {
  text: string
  depth: 'static' | 'validate' | 'trial'
  path: string
  before: FileState
  signal?: AbortSignal
}

function isError({ severity }: Problem): boolean {
  return severity === 'error'
}
