import { connect } from 'node:net'
import { alone } from './alone'
import { runningContainers, type RunningContainer } from './containers'
import { readDaemon, isAlive } from './daemon'
import { findManager, type ServiceManager } from './manager'
import { hasLiveRestore, restartAndProve, startAndProve } from './restart'
import { StepLog, type ApplyProblem, type ApplyStep, type Evidence, type OnStep } from './steps'
import { settleTraces } from './traces'
import { HelperError } from './verb'

export type LifeAction = 'start' | 'stop' | 'restart'

export interface LifeRequest {
  /** daemon.json of the engine; one that is down is found by it and by its socket. */
  path: string
  pid?: number | undefined
  socketPath: string
}

export interface LifeResult {
  outcome: 'done' | 'failed'
  evidence: Evidence
  steps: ApplyStep[]
  problems: ApplyProblem[]
  /** What dockerd wrote meanwhile, of level error and graver. */
  daemonSaid: string[]
}

/**
 * Starts, stops or restarts dockerd by whoever does that on this machine, and proves it. Throws
 * HelperError `engine/no-manager`, or `config/busy` while daemon.json is changed or somebody else
 * does the same; then nothing was done.
 */
export async function changeLife(
  action: LifeAction,
  request: LifeRequest,
  onStep: OnStep = () => {},
): Promise<LifeResult> {
  const { path, pid, socketPath } = request
  const log = new StepLog(onStep)
  const manager = await findManager({ path, pid, socketPath })
  // What cannot be done says why.
  if (!manager.controllable) await manager[action]((line) => log.note(line))
  return alone((await manager.configFile()) ?? path, async () => {
    if (action === 'stop') return stopAndProve(manager, socketPath, log)
    await settleTraces(manager, socketPath)
    return bringAndProve(action, manager, request, log)
  })
}

async function bringAndProve(
  action: 'start' | 'restart',
  manager: ServiceManager,
  { pid, socketPath }: LifeRequest,
  log: StepLog,
): Promise<LifeResult> {
  const { containers, liveRestore } =
    pid === undefined ? { containers: [], liveRestore: false } : await lookAround(socketPath, log)
  const prove = action === 'start' ? startAndProve : restartAndProve
  const { ok, evidence, said, why } = await prove(
    { manager, socketPath, containersBefore: containers, liveRestore },
    log,
  )
  return {
    outcome: ok ? 'done' : 'failed',
    evidence: { restart: evidence, log: log.log },
    steps: log.steps,
    problems: ok ? [] : [problem('apply/not-started', said.at(-1) ?? why ?? 'dockerd does not start')],
    daemonSaid: said,
  }
}

/** A daemon that hangs may still be restarted; what ran on it is then not known. */
async function lookAround(
  socketPath: string,
  log: StepLog,
): Promise<{ containers: RunningContainer[]; liveRestore: boolean }> {
  try {
    const [containers, liveRestore] = await Promise.all([
      runningContainers(socketPath),
      hasLiveRestore(socketPath),
    ])
    return { containers, liveRestore }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    log.note(`the engine did not say which containers run: ${message}`)
    return { containers: [], liveRestore: false }
  }
}

async function stopAndProve(manager: ServiceManager, socketPath: string, log: StepLog): Promise<LifeResult> {
  const { pid } = await manager.state()
  const daemon = pid === undefined ? undefined : readDaemon(pid)
  log.step('activate', 'running')
  let failure: string | undefined
  try {
    await manager.stop((line) => log.note(line))
    log.step('activate', 'done')
    log.step('verify', 'running')
    if (daemon !== undefined && isAlive(daemon)) failure = `dockerd (pid ${daemon.pid}) still runs`
    else if (await isListening(socketPath)) failure = `something still listens on ${socketPath}`
    else log.note(`nobody listens on ${socketPath} any more`)
    log.step('verify', failure === undefined ? 'done' : 'failed', failure)
  } catch (error) {
    if (error instanceof HelperError && error.code === 'engine/no-manager') throw error
    failure = error instanceof Error ? error.message : String(error)
    log.step('activate', 'failed', failure)
  }
  return {
    outcome: failure === undefined ? 'done' : 'failed',
    evidence: { log: log.log },
    steps: log.steps,
    problems: failure === undefined ? [] : [problem('apply/not-stopped', failure)],
    daemonSaid: [],
  }
}

function isListening(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

function problem(code: string, why: string): ApplyProblem {
  return { severity: 'error', code, message: sentence(why), detail: { why }, source: 'apply' }
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}
