import { ConfigFile } from './file'
import { lockName } from './journal'
import { Lock, thisProcess } from './lock'
import { isDebugOn, switchBack, type Back } from './record-back'
import { kept, readMark, removeMark, writeMark, type Mark } from './record-mark'
import { forAMoment } from './record-moment'
import { withDebug } from './record-text'
import { prepareReload } from './reload'
import { StepLog } from './steps'
import { putInOrder } from './tidy'
import { HelperError } from './verb'

/** The daemon whose debug mode is wanted for a while. */
export interface DebugRequest {
  /** Absolute path of its daemon.json. */
  path: string
  pid: number
  socketPath: string
}

/** Milliseconds a change of daemon.json by somebody else is waited for, before debug goes back. */
const BUSY_MS = 120_000
const BUSY_POLL_MS = 200

/**
 * Switches dockerd's debug mode on by a reload, with the mark beside daemon.json that says so, and
 * leaves the file as it was. False when it is on already: then nothing was done. Throws
 * `config/invalid`, `config/busy`, `engine/*`, `config/*`; then debug is as it was.
 */
export async function switchOn({ path, pid, socketPath }: DebugRequest): Promise<boolean> {
  return locked(path, 0, async (file) => {
    await putInOrder(file, { socketPath })
    if (await isDebugOn(socketPath)) return false
    const was = await file.readToChange()
    const before = was.bytes.toString('latin1')
    const text = withDebug(before, true)
    if (text === undefined)
      throw new HelperError('config/invalid', `${path} is no JSON object, so dockerd would not reload it.`, {
        hint: 'Put the file in order first; nothing was changed.',
        detail: { path },
      })
    const reload = await prepareReload({ path, pid, socketPath }, text, before)
    const log = new StepLog()
    try {
      const { startTicks } = reload.daemon
      const mark: Mark = { holder: thisProcess(), daemon: { pid, startTicks }, socketPath, runs: kept(was) }
      const { problem, evidence } = await forAMoment(file, mark, { was, text }, () => reload.activate(log))
      if (problem !== undefined) {
        await reload.undo(log)
        await removeMark(file)
        throw new HelperError('engine/refused', problem.message, { hint: 'Nothing was changed.' })
      }
      const since = String(evidence.event?.['timeNano'] ?? '')
      await writeMark(file, /^\d{10,20}$/.test(since) ? { ...mark, since } : mark, was)
      return true
    } finally {
      reload.close()
    }
  })
}

/** Switches off again what {@link switchOn} of this process has switched on. Throws as `switchBack` does. */
export async function switchOff({ path }: Pick<DebugRequest, 'path'>): Promise<Back> {
  return locked(path, BUSY_MS, async (file) => {
    const mark = await readMark(file)
    const { pid, startTicks } = thisProcess()
    const isOurs = mark?.holder.pid === pid && mark.holder.startTicks === startTicks
    return isOurs ? switchBack(file, mark, new StepLog()) : 'off'
  })
}

async function locked<T>(
  path: string,
  patienceMs: number,
  work: (file: ConfigFile) => Promise<T>,
): Promise<T> {
  const file = await ConfigFile.open(path, { create: true })
  try {
    const lock = await take(file, Date.now() + patienceMs)
    try {
      return await work(file)
    } finally {
      await lock.release()
    }
  } finally {
    await file.close()
  }
}

async function take(file: ConfigFile, deadline: number): Promise<Lock> {
  for (;;) {
    try {
      return await Lock.take(file.folder, lockName(file))
    } catch (error) {
      const busy = error instanceof HelperError && error.code === 'config/busy'
      if (!busy || Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, BUSY_POLL_MS))
    }
  }
}
