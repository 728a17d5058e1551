import { getJson, ping } from './api'
import { fatesOf, type RunningContainer } from './containers'
import type { ManagedState, ServiceManager } from './manager'
import { listen, type Ears } from './said'
import type { RestartEvidence, StepLog } from './steps'

/** Milliseconds the API may take to answer after the manager has started dockerd. */
export const ANSWER_MS = 120_000
/** Milliseconds dockerd may take to bring its containers back once it answers. */
const CONTAINERS_MS = 20_000
/** Ends in a row after which a manager that starts it again and again is not waited for any longer. */
const ENOUGH_ENDS = 2

export interface RestartRequest {
  manager: ServiceManager
  socketPath: string
  /** Those that ran before; none when the engine was down. */
  containersBefore: readonly RunningContainer[]
  /** The running daemon promises that its containers outlive it. */
  liveRestore: boolean
  timeoutMs?: number
}

export interface RestartOutcome {
  /** The API answers, and with live-restore no container was lost. */
  ok: boolean
  evidence: RestartEvidence
  /** What dockerd wrote meanwhile, of level error and graver. */
  said: string[]
  /** Why it is not ok; in plain words. */
  why?: string
}

/**
 * Restarts dockerd, or starts one that is down, and proves it: the API answers on the same socket,
 * and the containers that live-restore promised still run. Never throws for a daemon that does not
 * come up; throws HelperError `engine/no-manager` when nothing can start it, and then nothing was
 * done.
 */
export async function restartAndProve(request: RestartRequest, log: StepLog): Promise<RestartOutcome> {
  return prove('restart', request, log)
}

/** Starts a dockerd that is down, with the same proof. */
export async function startAndProve(request: RestartRequest, log: StepLog): Promise<RestartOutcome> {
  return prove('start', request, log)
}

async function prove(
  act: 'start' | 'restart',
  request: RestartRequest,
  log: StepLog,
): Promise<RestartOutcome> {
  const { manager, socketPath, containersBefore, liveRestore } = request
  const before = await manager.state()
  const ears = listen(manager, before)
  const evidence: RestartEvidence = { kept: [], stopped: [], restarted: [] }
  if (before.pid !== undefined) evidence.pidBefore = before.pid
  const note = (line: string): void => log.note(line)
  try {
    log.step('activate', 'running')
    const began = Date.now()
    let refused: string | undefined
    try {
      await manager[act](note)
      log.step('activate', 'done')
    } catch (error) {
      if (isNoManager(error)) throw error
      // A service manager may start it once more by itself; whether that helps is seen below.
      refused = error instanceof Error ? error.message : String(error)
      note(refused)
      log.step('activate', 'failed', refused)
    }
    log.step('verify', 'running')
    const { pid, why } = await answers(request, before, refused !== undefined)
    if (pid !== undefined) evidence.pidAfter = pid
    if (why !== undefined) return await failed(refused ?? why, ears, evidence, log)
    evidence.answeredMs = Date.now() - began
    note(`the API answered after ${(evidence.answeredMs / 1_000).toFixed(1)} s`)
    const lost = await follow(socketPath, containersBefore, liveRestore, evidence)
    if (lost.length > 0)
      return await failed(`live-restore did not keep ${lost.join(', ')} running`, ears, evidence, log)
    log.step('verify', 'done')
    return { ok: true, evidence, said: await ears.errors() }
  } finally {
    ears.close()
  }
}

async function failed(
  why: string,
  ears: Ears,
  evidence: RestartEvidence,
  log: StepLog,
): Promise<RestartOutcome> {
  const said = await ears.errors()
  for (const line of said) log.note(`the engine said: ${line}`)
  log.note(why)
  log.step('verify', 'failed', said.at(-1) ?? why)
  return { ok: false, evidence, said, why }
}

/** Waits for the first answer, or says why there will be none; with the pid that was seen last. */
async function answers(
  { manager, socketPath, timeoutMs = ANSWER_MS }: RestartRequest,
  before: ManagedState,
  refused: boolean,
): Promise<{ pid: number | undefined; why?: string }> {
  const deadline = Date.now() + timeoutMs
  let missing = 0
  for (;;) {
    const { pid, activeState, result, restarts = 0 } = await manager.state()
    // Only the new process counts: the old one may still answer while it is stopping.
    const fresh = pid !== undefined && (pid !== before.pid || before.activeState !== 'active')
    if (fresh && (await ping(socketPath, 5_000))) return { pid }
    if (activeState === 'failed') return { pid, why: `dockerd does not start (${result ?? 'failed'})` }
    if (restarts >= ENOUGH_ENDS) return { pid, why: `dockerd ended ${restarts} times` }
    // One look may fall between the end of one process and the start of the next.
    missing = activeState === 'inactive' ? missing + 1 : 0
    if (missing >= 3 || (refused && missing > 0)) return { pid, why: 'dockerd ended again' }
    if (Date.now() >= deadline) return { pid, why: `the API did not answer within ${timeoutMs / 1_000} s` }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/**
 * What became of the containers; those with a restart policy are given time to come back. Returns
 * the names of those live-restore had promised and lost.
 */
async function follow(
  socketPath: string,
  before: readonly RunningContainer[],
  liveRestore: boolean,
  evidence: RestartEvidence,
): Promise<string[]> {
  const deadline = Date.now() + CONTAINERS_MS
  let fates = await fatesOf(socketPath, before)
  const isOpen = (was: RunningContainer): boolean => was.comesBack && fates.get(was.name) === 'stopped'
  while (before.some(isOpen) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 300))
    fates = await fatesOf(socketPath, before)
  }
  for (const [name, fate] of fates) evidence[fate === 'ended' ? 'stopped' : fate].push(name)
  return liveRestore ? [...fates].flatMap(([name, fate]) => (fate === 'stopped' ? [name] : [])) : []
}

/** Whether live-restore is on in a running engine. Rejects when it does not answer. */
export async function hasLiveRestore(socketPath: string): Promise<boolean> {
  const info = (await getJson(socketPath, '/info', 10_000)) as { LiveRestoreEnabled?: unknown }
  return info.LiveRestoreEnabled === true
}

function isNoManager(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'engine/no-manager'
}
