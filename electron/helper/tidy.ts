import { readdirSync } from 'node:fs'
import { ping } from './api'
import { bringUp } from './bring-up'
import { configFileOf, readDaemon, type DaemonProcess } from './daemon'
import { ConfigFile } from './file'
import type { FileState } from './folder'
import { handEdit, isUnderWay, Journal, lockName, type JournalEntry } from './journal'
import { Lock } from './lock'
import { findManager } from './manager'
import { isLeftOn, settleRecording } from './record-back'
import { StepLog } from './steps'

/** Milliseconds a daemon that is not there is waited for: something may be about to start it. */
const GONE_MS = 5_000
/** Milliseconds a daemon that is there may take to answer. */
const ANSWER_MS = 120_000

/**
 * Puts in order what an end in the middle of a change left, and writes down what others did to the
 * file since. Does nothing while a change is under way, and never throws: it is done before
 * something else that will say what is wrong.
 */
export async function tidy(path: string, socketPath?: string): Promise<void> {
  try {
    const file = await ConfigFile.open(path)
    if (file === undefined) return
    try {
      if (!(await needsOrder(file)) || (await isUnderWay(file))) return
      const lock = await Lock.take(file.folder, lockName(file))
      try {
        await putInOrder(file, { socketPath })
      } finally {
        await lock.release()
      }
    } finally {
      await file.close()
    }
  } catch {
    // A folder this user may not write, or a full disk: the file itself is whole.
  }
}

async function needsOrder(file: ConfigFile): Promise<boolean> {
  if ((await file.leftovers()).length > 0 || (await isLeftOn(file))) return true
  const journal = await Journal.open(file)
  return journal.unfinished !== undefined || handEdit(journal.last, await file.read()) !== undefined
}

/** The same for whoever holds the lock. Returns the journal; throws what reading and writing it throws. */
export async function putInOrder(
  file: ConfigFile,
  { socketPath }: { socketPath?: string | undefined },
): Promise<Journal> {
  for (const name of await file.leftovers()) await file.folder.remove(name)
  await settleRecording(file)
  const journal = await Journal.open(file)
  const { unfinished } = journal
  if (unfinished !== undefined) await settle(file, journal, unfinished, unfinished.socketPath ?? socketPath)
  await journal.noticeHandEdit(await file.read())
  return journal
}

/**
 * Ends an intent that was cut short. A file that the engine runs with is kept; one that nobody has
 * proven goes when the engine is down, or is still the process that was to be restarted.
 */
async function settle(
  file: ConfigFile,
  journal: Journal,
  entry: JournalEntry,
  socketPath: string | undefined,
): Promise<void> {
  const log = new StepLog()
  const activates = entry.activate === 'reload' || entry.activate === 'restart'
  let state = await file.read()
  if (activates && socketPath !== undefined) {
    if (entry.activate === 'restart' && daemonOf(file.path)?.pid === entry.pid)
      state = await putBack(file, journal, entry, state)
    if (!(await comesUp(file.path, socketPath))) {
      state = await putBack(file, journal, entry, state)
      if (entry.pid !== undefined) {
        const manager = await findManager({ path: file.path, socketPath })
        const back = await bringUp({ manager, socketPath, containers: [], liveRestore: false }, log)
        await journal.conclude(
          {
            id: entry.id,
            outcome: 'recovered',
            left: state.hash,
            problems: back.problem ? [back.problem] : [],
          },
          state,
        )
        return
      }
    }
  }
  await journal.conclude({ id: entry.id, outcome: 'recovered', left: state.hash, problems: [] }, state)
}

/** The previous content, when the file is the new one and the previous is kept. */
async function putBack(
  file: ConfigFile,
  journal: Journal,
  { before, after }: JournalEntry,
  state: FileState,
): Promise<FileState> {
  if (state.hash !== after) return state
  const bytes = journal.texts.get(before)
  if (before === 'absent') await file.remove(after)
  else if (bytes !== undefined) await file.replace(bytes, state, after)
  return file.read()
}

/** Waits for the daemon of this file to answer; false when there is none. */
async function comesUp(path: string, socketPath: string): Promise<boolean> {
  const deadline = Date.now() + ANSWER_MS
  let seen = Date.now()
  for (;;) {
    if (daemonOf(path) !== undefined) {
      if (await ping(socketPath, 5_000)) return true
      seen = Date.now()
    }
    if (Date.now() - seen > GONE_MS || Date.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** The running dockerd that reads this file. */
function daemonOf(path: string): DaemonProcess | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readDaemon(Number(name)))
    .find((daemon) => {
      if (daemon === undefined || daemon.sameMounts === false) return false
      const told = configFileOf(daemon)
      if (told !== undefined) return told === path
      return daemon.uid === 0 ? path === '/etc/docker/daemon.json' : daemon.uid === process.geteuid?.()
    })
}
