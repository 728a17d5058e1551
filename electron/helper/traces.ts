import { ping } from './api'
import { alone } from './alone'
import { bringUp } from './bring-up'
import { readDaemon } from './daemon'
import { ConfigFile } from './file'
import type { LifeRequest } from './lifecycle'
import { findManager, reloadUnits, type ServiceManager } from './manager'
import { waitFor } from './manager/wait'
import { trustedBinary } from './paths'
import { prepareRestart } from './restart-activation'
import type { Activated, Activation } from './activation'
import { StepLog, type ApplyProblem, type ApplyStep, type Evidence, type OnStep } from './steps'
import { DropIn } from './traces-drop-in'
import { tracesEndpointOf } from './traces-environment'
import { validateWithDockerd } from './validate'
import { HelperError } from './verb'

/** Milliseconds a unit that is being started may take until it is up or down. */
const SETTLED_MS = 120_000

export interface TracesRequest extends LifeRequest {
  /** Where dockerd is to send: `http://127.0.0.1:PORT`; null for nowhere. */
  endpoint: string | null
}

export interface TracesResult {
  outcome: 'done' | 'rolled-back'
  evidence: Evidence
  steps: ApplyStep[]
  problems: ApplyProblem[]
}

/**
 * Has systemd start dockerd with its traces sent to this machine, or no longer: drop-in, daemon-reload,
 * restart, proof; when the proof does not come, the unit as it was before and the engine with it. A
 * daemon that is so already is not restarted. Throws HelperError `flow/no-systemd`,
 * `flow/drop-in-foreign`, `flow/traces-elsewhere`, `engine/no-process`, `config/invalid` for a
 * daemon.json that no restart would survive, `config/busy`; then nothing was changed.
 */
export async function changeTraces(request: TracesRequest, onStep: OnStep = () => {}): Promise<TracesResult> {
  const manager = await findManager(request)
  const unit = await unitOf(manager)
  return alone((await manager.configFile()) ?? request.path, async () => {
    const dropIn = await DropIn.open(unit, { create: true })
    try {
      await settle(dropIn, manager, request.socketPath)
      return await change(dropIn, request, new StepLog(onStep))
    } finally {
      // Without one of ours the folder stays only for what else is in it.
      await dropIn.conclude().catch(() => undefined)
      await dropIn.close()
    }
  })
}

/**
 * Ends a change of the drop-in that was cut short: what the engine runs with stays, what it does not
 * come up with is taken back, and the engine may be started again. For whoever starts it, and holds
 * its lock. Never throws: what it cannot do, the start will tell.
 */
export async function settleTraces(manager: ServiceManager, socketPath: string): Promise<void> {
  if (manager.kind !== 'systemd' || manager.unit === undefined || !manager.controllable) return
  const dropIn = await DropIn.open(manager.unit).catch(() => undefined)
  if (dropIn === undefined) return
  try {
    await settle(dropIn, manager, socketPath)
  } catch {
    // Somebody else's file, or a full disk: nothing of it was changed.
  } finally {
    await dropIn.close()
  }
}

/**
 * The same for a change whose process was killed, with the engine started again when it is down.
 * Never throws.
 */
export async function bringBackTraces(manager: ServiceManager, request: LifeRequest): Promise<void> {
  const { path, socketPath } = request
  try {
    await alone((await manager.configFile()) ?? path, async () => {
      await settleTraces(manager, socketPath)
      if ((await manager.state()).pid === undefined)
        await bringUp({ manager, socketPath, containers: [], liveRestore: false }, new StepLog())
    })
  } catch {
    // Somebody else is at it already.
  }
}

async function settle(dropIn: DropIn, manager: ServiceManager, socketPath: string): Promise<void> {
  const intent = await dropIn.intent()
  if (intent === undefined) return
  const up = await waitFor(async () => {
    const { activeState, pid, restarts = 0 } = await manager.state()
    if (pid !== undefined && activeState === 'active' && (await ping(socketPath, 5_000))) return 'up'
    return activeState === 'failed' || activeState === 'inactive' || restarts > 1 ? 'down' : undefined
  }, SETTLED_MS)
  if (up !== 'up') {
    await dropIn.putBack(intent)
    await reloadUnits()
  }
  await dropIn.conclude()
}

async function change(dropIn: DropIn, request: TracesRequest, log: StepLog): Promise<TracesResult> {
  const { endpoint, pid } = request
  const before = await dropIn.endpoint()
  const sentTo = pid === undefined ? undefined : tracesEndpointOf(pid)
  if (endpoint !== null && pid === undefined)
    throw new HelperError(
      'engine/no-process',
      'dockerd does not run, so nobody knows whether it can send traces.',
      {
        hint: 'Start it first.',
      },
    )
  if (endpoint !== null && before === null && sentTo !== undefined && sentTo !== endpoint)
    throw new HelperError('flow/traces-elsewhere', `dockerd sends its traces to ${sentTo} already.`, {
      hint: 'Take that out of its environment first; one daemon sends to one place.',
      detail: { endpoint: sentTo },
    })
  const restarts = endpoint === null ? before !== null && sentTo === before : sentTo !== endpoint
  const activation = restarts ? await prepare(request) : undefined
  try {
    if (before === endpoint) log.step('write', 'skipped')
    else await write(dropIn, endpoint, log)
    if (activation === undefined) log.step('activate', 'skipped')
    const activated = await activation?.activate(log)
    const problem = activated?.problem ?? notInForce(request, activated, log)
    if (activation === undefined || problem === undefined) return resultOf('done', log, activated, [])
    return await undo(dropIn, activation, log, { before, activated, problem })
  } finally {
    activation?.close()
  }
}

/** What a restart needs to know, when daemon.json is one that dockerd would start with. */
async function prepare({ path, pid, socketPath }: TracesRequest): Promise<Activation> {
  const text = await textOf(path)
  const daemon = pid === undefined ? undefined : readDaemon(pid)
  if (daemon !== undefined) {
    const answer = await validateWithDockerd({ binary: trustedBinary(daemon), argv: daemon.argv, text, path })
    if (answer.verdict === 'refused')
      throw new HelperError('config/invalid', answer.message, {
        hint: 'Correct daemon.json first: no restart would bring dockerd back with it. Nothing was changed.',
      })
  }
  return prepareRestart({ path, text, pid, socketPath })
}

async function textOf(path: string): Promise<string> {
  const file = await ConfigFile.open(path)
  try {
    const state = await file?.read()
    return state?.exists === true ? state.bytes.toString('utf8') : '{}'
  } finally {
    await file?.close()
  }
}

/** Writes or removes it and has systemd read that. Throws with the unit as it was. */
async function write(dropIn: DropIn, endpoint: string | null, log: StepLog): Promise<void> {
  log.step('write', 'running', dropIn.path)
  await dropIn.change(endpoint)
  try {
    await reloadUnits()
  } catch (error) {
    const intent = await dropIn.intent()
    if (intent !== undefined) await dropIn.putBack(intent)
    log.step('write', 'failed')
    throw error
  }
  log.note(endpoint === null ? `removed ${dropIn.path}` : `wrote ${dropIn.path}`)
  log.note('systemctl daemon-reload')
  log.step('write', 'done', dropIn.path)
}

/** Another file of the unit may have the last word on its environment. */
function notInForce(
  { endpoint }: TracesRequest,
  activated: Activated | undefined,
  log: StepLog,
): ApplyProblem | undefined {
  const pid = activated?.evidence.restart?.pidAfter
  if (endpoint === null || pid === undefined || tracesEndpointOf(pid) === endpoint) return undefined
  log.note(`dockerd (pid ${pid}) was not given OTEL_EXPORTER_OTLP_ENDPOINT`)
  return {
    severity: 'error',
    code: 'apply/not-in-environment',
    message: 'dockerd was started without the address: another file of its unit decides on its environment.',
    hint: 'systemctl cat docker shows which; EnvironmentFile= counts more than Environment=.',
    source: 'apply',
  }
}

interface Failed {
  before: string | null
  activated: Activated | undefined
  problem: ApplyProblem
}

/** The unit as it was, and the engine with it. Never throws: it says what it could not do. */
async function undo(
  dropIn: DropIn,
  activation: Activation,
  log: StepLog,
  { before, activated, problem }: Failed,
): Promise<TracesResult> {
  log.step('rollback', 'running')
  const problems = [problem]
  try {
    await dropIn.putBack({ before })
    await reloadUnits()
    log.note(before === null ? `removed ${dropIn.path} again` : `put the previous ${dropIn.path} back`)
  } catch (error) {
    // dockerd is started all the same: it may only have been slow.
    problems.push(notRestored(dropIn.path, error instanceof Error ? error.message : String(error)))
  }
  const { problem: down, restart } = await activation.undo(log)
  if (down !== undefined) problems.push(down)
  log.step('rollback', problems.length === 1 ? 'done' : 'failed', problems.at(1)?.message)
  return resultOf(
    'rolled-back',
    log,
    { ...activated, ...(restart ? { evidence: { restart } } : {}) },
    problems,
  )
}

function notRestored(path: string, why: string): ApplyProblem {
  const message = `The previous ${path} could not be put back: ${why}`
  return { severity: 'error', code: 'apply/not-restored', message, detail: { path, why }, source: 'apply' }
}

function resultOf(
  outcome: TracesResult['outcome'],
  log: StepLog,
  activated: Partial<Activated> | undefined,
  problems: ApplyProblem[],
): TracesResult {
  return { outcome, evidence: { ...activated?.evidence, log: log.log }, steps: log.steps, problems }
}

/** The unit of a dockerd that systemd runs for the whole machine. */
async function unitOf(manager: ServiceManager): Promise<string> {
  const { kind, unit } = manager
  if (kind === 'systemd' && unit !== undefined) {
    // What cannot be done says why.
    if (!manager.controllable) await manager.restart(() => undefined)
    return unit
  }
  throw new HelperError(
    'flow/no-systemd',
    'This dockerd is no service of systemd that Porthole may change.',
    {
      hint: 'Start it with OTEL_EXPORTER_OTLP_ENDPOINT set to where Porthole listens (flow.startTraces).',
      detail: { manager: kind },
    },
  )
}
