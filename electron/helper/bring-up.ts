import type { Undone } from './activation'
import { fatesOf, type RunningContainer } from './containers'
import type { ServiceManager } from './manager'
import { restartAndProve } from './restart'
import { startContainer } from './start-container'
import { StepLog, type ApplyProblem, type RestartEvidence } from './steps'

/** How often a start is tried: after a crash the old containerd may be in the way for a moment. */
const ATTEMPTS = 3

/** The daemon as it was before we touched it. */
export interface DaemonBefore {
  manager: ServiceManager
  socketPath: string
  containers: readonly RunningContainer[]
  liveRestore: boolean
}

/**
 * Brings an engine back with the file it ran with before, and with it the containers that ran
 * then: those without a restart policy too, for nobody but us has stopped them. Never throws.
 */
export async function bringUp(
  { manager, socketPath, containers, liveRestore }: DaemonBefore,
  log: StepLog,
): Promise<Undone> {
  // Its steps are those of the rollback; what it says is worth keeping.
  const quiet = new StepLog()
  const request = { manager, socketPath, containersBefore: containers, liveRestore }
  try {
    let outcome = await restartAndProve(request, quiet)
    for (let n = 1; n < ATTEMPTS && outcome.evidence.answeredMs === undefined; n += 1)
      outcome = await restartAndProve(request, quiet)
    const { evidence } = outcome
    if (evidence.answeredMs === undefined)
      return { problem: down(outcome.why ?? 'it does not answer'), restart: evidence }
    quiet.note('the engine runs with the previous file again')
    return { restart: await startStopped(socketPath, containers, evidence, quiet) }
  } catch (error) {
    return { problem: down(error instanceof Error ? error.message : String(error)) }
  } finally {
    for (const line of quiet.log) log.note(line)
  }
}

async function startStopped(
  socketPath: string,
  containers: readonly RunningContainer[],
  evidence: RestartEvidence,
  log: StepLog,
): Promise<RestartEvidence> {
  const fates = await fatesOf(socketPath, containers)
  const lost = containers.filter(({ name }) => !['kept', 'restarted'].includes(fates.get(name) ?? ''))
  const again: string[] = []
  for (const { id, name } of lost) {
    const why = await startContainer(socketPath, id)
    if (why === undefined) again.push(name)
    log.note(why === undefined ? `started ${name} again` : `could not start ${name} again: ${why}`)
  }
  return {
    ...evidence,
    stopped: evidence.stopped.filter((name) => !again.includes(name)),
    restarted: [...evidence.restarted, ...again],
  }
}

function down(why: string): ApplyProblem {
  return {
    severity: 'error',
    code: 'apply/still-down',
    message: `The previous file is back, and the engine does not run yet: ${why}.`,
    hint: 'Look into its log and start it again.',
    detail: { why },
    source: 'apply',
  }
}
