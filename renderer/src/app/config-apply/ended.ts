import type { OutputOf } from '../../../../electron/contract/contract'
import type { ApplyResult, ApplyStep, Problem } from './config'

type Lifecycle = OutputOf<'engine.restart'> | OutputOf<'flow.sendTraces'>
export type HistoryEntry = OutputOf<'config.history'>['entries'][number]
export type Evidence = ApplyResult['evidence']

/**
 * How it ended. `dismissed`: the password was not given and nothing was done; `done` and `failed`
 * are of dockerd's own life; `lost`: the core ended in between and nobody can tell more.
 */
export type EndOutcome = ApplyResult['outcome'] | 'dismissed' | 'done' | 'failed' | 'lost'

/** One end for whatever was asked for. */
export interface Ended {
  outcome: EndOutcome
  evidence: Evidence
  problems: Problem[]
  backupId?: string
}

const DISMISSED = 'helper/dismissed'

/** The end of `config.apply` and `config.restore`. */
export function endOfApply(result: ApplyResult): Ended {
  const problems = result.problems ?? []
  const dismissed = result.outcome === 'rejected' && problems.some(({ code }) => code === DISMISSED)
  return {
    outcome: dismissed ? 'dismissed' : result.outcome,
    evidence: result.evidence,
    problems: dismissed ? [] : problems,
    ...(result.backupId === undefined ? {} : { backupId: result.backupId }),
  }
}

/** The end of `engine.reload`, `restart`, `start` and `stop`, and of `flow.sendTraces` and `endTraces`. */
export function endOfLifecycle({ outcome, evidence, problems }: Lifecycle): Ended {
  if (problems.some(({ code }) => code === DISMISSED)) return { outcome: 'dismissed', evidence, problems: [] }
  return { outcome, evidence, problems }
}

/** The end of a change whose answer was lost, as the history tells it; undefined while it goes on. */
export function endOfEntry(entry: HistoryEntry): Ended | undefined {
  if (entry.outcome === 'unfinished') return undefined
  return {
    outcome: entry.outcome === 'applied' ? 'applied' : 'rolled-back',
    evidence: { log: [] },
    problems: entry.problems,
  }
}

/** Steps in their order, each with its latest state. */
export function mergeStep(steps: readonly ApplyStep[], next: ApplyStep): ApplyStep[] {
  const at = steps.findIndex((step) => step.step === next.step)
  return at < 0 ? [...steps, next] : steps.map((step, index) => (index === at ? next : step))
}

/** A whole list of steps, each once with its latest state. */
export function mergeSteps(steps: readonly ApplyStep[]): ApplyStep[] {
  return steps.reduce<ApplyStep[]>((merged, step) => mergeStep(merged, step), [])
}
