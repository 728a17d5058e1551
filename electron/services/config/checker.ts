import type { ParsedInputOf } from '../../contract/contract'
import { changesBetween, needsOf } from './changes'
import { canValidate, checkPlugins, checkWithDockerd, notValidated } from './check'
import type { Context, Surroundings } from './context'
import type { FileState } from './file-state'
import { impactOfRestart } from './impact'
import type { CheckResult } from './index'
import { checkStatic } from './static'

/** What the engine in use would say to a text, and what it would change. */
export class Checker {
  constructor(private readonly around: Surroundings) {}

  async check({ text, depth }: ParsedInputOf<'config.check'>): Promise<CheckResult> {
    const context = await this.around.context()
    const path = this.around.pathOrDefault(context)
    const before = await this.around.state(path, context)
    return this.checkIn(context, { text, depth, path, before })
  }

  /** The same where the daemon and its file are known already. */
  async checkIn(
    context: Context,
    {
      text,
      depth,
      path,
      before,
    }: { text: string; depth: 'static' | 'validate'; path: string; before: FileState },
  ): Promise<CheckResult> {
    const { target } = context
    const { document, problems } = checkStatic(text, target)
    const socket = this.around.deps.engine.socketPath
    if (socket !== undefined && context.status.state === 'connected')
      problems.push(...(await checkPlugins(document, socket)))
    let validated = false
    if (depth === 'validate' && canValidate(target.version)) {
      const binary = await context.binary()
      if (binary === undefined) problems.push(notValidated('its binary was not found.'))
      else {
        const answer = await checkWithDockerd(document, problems, binary, context.process?.argv ?? [], path)
        validated = answer.validated
        problems.push(...answer.problems)
      }
    }
    const comparable = document.members !== undefined && before.readable
    const changes = comparable ? changesBetween(before.text, document, target.version) : []
    const needs = needsOf(changes)
    // While somebody types, containers are only asked for where it matters.
    const ask = context.status.state === 'connected' && (depth !== 'static' || needs === 'restart')
    const impact = ask
      ? await impactOfRestart(() => this.around.deps.engine.docker(), document, target.flags)
      : undefined
    return {
      ok: !problems.some((each) => each.severity === 'error'),
      problems,
      changes,
      validated,
      needs,
      ...(impact === undefined ? {} : { impact }),
    }
  }
}
