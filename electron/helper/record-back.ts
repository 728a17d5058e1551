import { getJson, reloadsSince } from './api'
import { readDaemon } from './daemon'
import type { ConfigFile } from './file'
import { lives } from './lock'
import { readMark, removeMark, writeMark, type Mark } from './record-mark'
import { forAMoment, putBack } from './record-moment'
import { debugIn, withDebug } from './record-text'
import { prepareReload } from './reload'
import { StepLog } from './steps'
import { HelperError } from './verb'

/**
 * What has become of the debug mode. `back`: off again, and proven; `wanted`: the file asks for it
 * by now, so it stays on; `off`: somebody else has switched it off, or dockerd is another process.
 */
export type Back = 'back' | 'wanted' | 'off'

/** Whether a recording that was killed has left something to be done. */
export async function isLeftOn(file: ConfigFile): Promise<boolean> {
  const mark = await readMark(file)
  return mark !== undefined && !lives(mark.holder)
}

/**
 * Does for a recording that was killed what it could not: the file in order, debug off. For whoever
 * holds the lock of the file; never throws, since something else is to be done that will say what is
 * wrong. What cannot be done yet is done the next time.
 */
export async function settleRecording(file: ConfigFile): Promise<void> {
  try {
    const mark = await readMark(file)
    if (mark !== undefined && !lives(mark.holder)) await switchBack(file, mark, new StepLog())
  } catch {
    // The mark stands, and with it the wish.
  }
}

/**
 * Switches debug off that a mark says was switched on, for whoever holds the lock of the file, and
 * takes the mark away. The file is as it was found afterwards. Throws `engine/*` and `config/*` when
 * it cannot be done now; then the mark stays.
 */
export async function switchBack(file: ConfigFile, mark: Mark, log: StepLog): Promise<Back> {
  await endMoment(file, mark)
  const back = await switchOff(file, mark, log)
  await removeMark(file)
  return back
}

/** A file that holds our text since somebody was killed in the middle. */
async function endMoment(file: ConfigFile, mark: Mark): Promise<void> {
  const { moment, ...rest } = mark
  if (moment === undefined) return
  await putBack(file, Buffer.from(moment.wrote, 'base64'), {
    exists: moment.back !== null,
    bytes: Buffer.from(moment.back ?? '', 'base64'),
  })
  await writeMark(file, rest, await file.read())
}

async function switchOff(file: ConfigFile, mark: Mark, log: StepLog): Promise<Back> {
  const { daemon, socketPath } = mark
  if (readDaemon(daemon.pid)?.startTicks !== daemon.startTicks) return 'off'
  // Cut short before the proof came: dockerd may still be about to read that debug is to be on.
  if (mark.since !== undefined && !(await isDebugOn(socketPath))) return 'off'
  const was = await file.readToChange()
  const now = was.bytes.toString('latin1')
  if (debugIn(now) === true) return 'wanted'
  const base = await inForce(mark, now)
  const text = withDebug(base, false) ?? withDebug('', false) ?? ''
  const reload = await prepareReload({ path: file.path, pid: daemon.pid, socketPath }, text, base)
  try {
    const { problem } = await forAMoment(file, withoutMoment(mark), { was, text }, () => reload.activate(log))
    if (problem !== undefined) throw new HelperError('engine/refused', problem.message)
  } finally {
    reload.close()
  }
  return 'back'
}

/**
 * The text dockerd runs with: that of before, unless somebody has had it read the file again since.
 * What was only saved meanwhile is not brought into force by the way.
 */
async function inForce({ socketPath, runs, since }: Mark, now: string): Promise<string> {
  const read = since === undefined ? [] : await reloadsSince(socketPath, since)
  const before = Buffer.from(runs ?? '', 'base64').toString('latin1')
  return read.length > 0 && debugIn(now) !== null ? now : before
}

function withoutMoment({ moment: _, ...mark }: Mark): Mark {
  return mark
}

/** Whether dockerd's debug mode is on. Rejects when it does not answer. */
export async function isDebugOn(socketPath: string): Promise<boolean> {
  const info = await getJson(socketPath, '/info', 10_000)
  return (info as { Debug?: unknown }).Debug === true
}
