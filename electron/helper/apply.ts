import type { Activated, Activation } from './activation'
import { ConfigFile } from './file'
import { changed } from './file-error'
import { hashOf, type FileState } from './folder'
import { lockName, type Journal } from './journal'
import { Lock } from './lock'
import { prepareReload } from './reload'
import { prepareRestart } from './restart-activation'
import {
  StepLog,
  type ApplyProblem,
  type ApplyStep,
  type Evidence,
  type OnStep,
  type RestartEvidence,
} from './steps'
import { putInOrder } from './tidy'

export interface ApplyRequest {
  /** Absolute path of daemon.json. */
  path: string
  /** The new content; null for no file at all. */
  text: string | null
  /** sha256 of the file the text was made from, or `absent`. */
  baseHash: string
  /** `restart` also starts an engine that is down. */
  activate: 'reload' | 'restart' | 'none'
  kind?: 'apply' | 'restore' | undefined
  /** Name of the user who asks, for the history. */
  user?: string | undefined
  /** The dockerd it is for, while it runs, and its socket. */
  pid?: number | undefined
  socketPath?: string | undefined
}

export interface ApplyResult {
  outcome: 'applied' | 'rolled-back' | 'rejected'
  backupId?: string
  evidence: Evidence
  problems?: ApplyProblem[]
  /** What the daemon wrote about the refused file, one error a line. */
  daemonSaid: string[]
  steps: ApplyStep[]
  hash: string
}

/** One change of one file while it is under way. */
interface Change {
  request: ApplyRequest
  file: ConfigFile
  journal: Journal
  before: FileState
  after: { bytes: Buffer; hash: string }
  log: StepLog
}

/**
 * Puts a checked text in force: intent on the disk, backup, atomic write, reload or restart, proof,
 * and the previous file back when the proof does not come. Only one at a time for a file. Throws
 * HelperError, and then nothing was changed.
 */
export async function applyConfig(request: ApplyRequest, onStep: OnStep = () => {}): Promise<ApplyResult> {
  const file = await ConfigFile.open(request.path, { create: true })
  try {
    const lock = await Lock.take(file.folder, lockName(file))
    try {
      const journal = await putInOrder(file, request)
      const before = await file.readToChange()
      if (before.hash !== request.baseHash) throw changed(request.path)
      const activation = await prepare(request, before)
      try {
        const bytes = Buffer.from(request.text ?? '', 'utf8')
        const after = { bytes, hash: request.text === null ? 'absent' : hashOf(bytes) }
        const change = { request, file, journal, before, after, log: new StepLog(onStep) }
        return before.hash === after.hash
          ? await activateOnly(change, activation)
          : await apply(change, activation)
      } finally {
        activation?.close()
      }
    } finally {
      await lock.release()
    }
  } finally {
    await file.close()
  }
}

function prepare(request: ApplyRequest, { bytes }: FileState): Promise<Activation | undefined> {
  const { activate: how, text } = request
  if (how === 'none') return Promise.resolve(undefined)
  return how === 'reload'
    ? prepareReload(request, text ?? '', bytes.toString('utf8'))
    : prepareRestart(request)
}

/** The file is as it is wanted already: nothing is written, and there is nothing to put back. */
async function activateOnly(change: Change, activation: Activation | undefined): Promise<ApplyResult> {
  change.log.step('backup', 'skipped')
  change.log.step('write', 'skipped')
  const activated = await activate(change, activation)
  return resultOf(
    change,
    activated === undefined || activated.problem === undefined ? 'applied' : 'rejected',
    activated,
  )
}

async function apply(change: Change, activation: Activation | undefined): Promise<ApplyResult> {
  const { request, journal, before, after } = change
  const { activate: how, kind = 'apply', user, socketPath, pid } = request
  const id = await journal.intend(
    {
      kind,
      activate: how,
      ...(pid === undefined ? {} : { pid }),
      ...(user === undefined ? {} : { user }),
      ...(socketPath === undefined ? {} : { socketPath }),
    },
    before,
    after,
  )
  const backupId = await write(change, id)
  const conclude = (outcome: 'applied' | 'rolled-back', left: string, problems: ApplyProblem[] = []) =>
    journal.conclude({ id, outcome, left, problems, ...(backupId === undefined ? {} : { backupId }) }, before)

  const activated = await activate(change, activation)
  if (activation === undefined || activated?.problem === undefined) {
    const result = {
      ...resultOf(change, 'applied', activated),
      ...(backupId === undefined ? {} : { backupId }),
    }
    await conclude('applied', after.hash)
    return result
  }
  const back = await rollBack(change, activation, backupId)
  const result = resultOf(change, 'rolled-back', activated)
  const problems = [...(result.problems ?? []), ...back.problems]
  await conclude('rolled-back', back.hash, problems)
  return {
    ...result,
    evidence: { ...result.evidence, ...(back.restart === undefined ? {} : { restart: back.restart }) },
    problems,
    hash: back.hash,
    ...(backupId === undefined ? {} : { backupId }),
  }
}

/** Backup and new content. Throws with nothing changed, and the intent taken back. */
async function write(
  { file, journal, before, after, request, log }: Change,
  id: string,
): Promise<string | undefined> {
  let backupId: string | undefined
  try {
    if (!before.exists) log.step('backup', 'skipped')
    else {
      log.step('backup', 'running')
      backupId = await file.backup(before, new Date())
      log.step('backup', 'done', backupId)
      log.note(`kept the previous file as ${backupId}`)
    }
    log.step('write', 'running')
    if (request.text === null) await file.remove(before.hash)
    else await file.replace(after.bytes, before, before.hash)
  } catch (error) {
    if (backupId !== undefined) await file.folder.remove(backupId)
    await journal.conclude({ id, outcome: 'dropped', left: before.hash, problems: [] }, before)
    throw error
  }
  log.step('write', 'done')
  log.note(
    request.text === null ? `removed ${file.path}` : `wrote ${file.path} (${after.bytes.length} bytes)`,
  )
  return backupId
}

async function activate({ log }: Change, activation: Activation | undefined): Promise<Activated | undefined> {
  if (activation === undefined) log.step('activate', 'skipped')
  return activation?.activate(log)
}

/** The previous file back, and the engine with it. Never throws: it says what it could not do. */
async function rollBack(
  { file, before, after, log }: Change,
  activation: Activation,
  backupId: string | undefined,
): Promise<{ hash: string; problems: ApplyProblem[]; restart?: RestartEvidence }> {
  log.step('rollback', 'running')
  try {
    if (before.exists) await file.replace(before.bytes, before, after.hash)
    else await file.remove(after.hash)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    log.note(`could not put the previous file back: ${message}`)
    log.step('rollback', 'failed', message)
    return { hash: await hashNow(file, after.hash), problems: [notRestored(file.path, message, backupId)] }
  }
  log.note(before.exists ? `put the previous ${file.path} back` : `removed ${file.path} again`)
  const { problem, restart } = await activation.undo(log)
  log.step('rollback', problem === undefined ? 'done' : 'failed', problem?.message)
  return {
    hash: before.hash,
    problems: problem === undefined ? [] : [problem],
    ...(restart === undefined ? {} : { restart }),
  }
}

/** Somebody changed the file in the meantime, or the disk failed: whatever is there now. */
async function hashNow(file: ConfigFile, otherwise: string): Promise<string> {
  return (await file.read().catch(() => undefined))?.hash ?? otherwise
}

function notRestored(path: string, why: string, backupId: string | undefined): ApplyProblem {
  return {
    severity: 'error',
    code: 'apply/not-restored',
    message: `The previous ${path} could not be put back: ${why}`,
    ...(backupId === undefined ? {} : { hint: `It is kept beside it as ${backupId}.` }),
    source: 'apply',
  }
}

function resultOf(
  { log, after }: Change,
  outcome: ApplyResult['outcome'],
  activated?: Activated,
): ApplyResult {
  return {
    outcome,
    evidence: { ...activated?.evidence, log: log.log },
    ...(activated?.problem === undefined ? {} : { problems: [activated.problem] }),
    daemonSaid: activated?.said ?? [],
    steps: log.steps,
    hash: after.hash,
  }
}
