import { access, constants, readlink, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ItemOf } from '../../contract/contract'
import type { DaemonProcessInfo } from '../engine'
import { probeJournal } from './journal'

export type LogLink = ItemOf<'daemonLog.link'>
export type LogSource = NonNullable<LogLink['source']>
export type Looked = LogLink['looked'][number]

/** A source that can be followed. */
export type Found =
  | { source: LogSource; reader: 'file'; path: string }
  | { source: LogSource; reader: 'journal'; match: readonly string[] }

export interface Discovery {
  found?: Found
  looked: Looked[]
  /** The source a person named, or the sandbox's: followed even while it is not there. */
  named?: boolean
}

export interface Surroundings {
  /** `--daemon-log FILE` */
  daemonLog?: string | undefined
  sandboxLog?: string | undefined
  /** dockerd's process, when it is known. */
  process?: DaemonProcessInfo | undefined
  /** File a daemon that is down wrote to and would write to again, when that is known. */
  stoppedLog?: string | undefined
  /** The engine in use answers and is no process of this machine: another host, or a virtual machine. */
  elsewhere: boolean
  /** In place of the unit's match, for a journal that knows no units. */
  journalMatch?: readonly string[] | undefined
  uid: number
  env: NodeJS.ProcessEnv
  /** Folder that stands for `/`; tests put log files there. */
  root?: string
}

/** Log files of dockerd under sysvinit, OpenRC, and upstart. */
const FILES = ['/var/log/docker.log', '/var/log/upstart/docker.log']
/** Debian, Fedora and Docker's own packages; Ubuntu's snap. */
const UNITS = ['docker.service', 'snap.docker.dockerd.service']

/**
 * Looks for the daemon's log, surest source first: the file a person named, the sandbox's, the
 * journal of dockerd's unit, the log files of older service managers, and where dockerd's standard
 * error goes. Everything looked at is in `looked`, and the search ends with the first that is used.
 */
export async function discover(around: Surroundings): Promise<Discovery> {
  const looked: Looked[] = []
  const done = (found: Found, named = false): Discovery => ({ found, looked, ...(named ? { named } : {}) })

  const { daemonLog } = around
  if (daemonLog !== undefined) {
    const source: LogSource = { kind: 'file', name: daemonLog }
    looked.push({ source, found: await probeFile(daemonLog) })
    return done({ source, reader: 'file', path: daemonLog }, true)
  }
  const { sandboxLog } = around
  if (sandboxLog !== undefined) {
    const source: LogSource = { kind: 'sandbox', name: sandboxLog }
    if (belongsTo(around.process, sandboxLog) && !around.elsewhere) {
      looked.push({ source, found: await probeFile(sandboxLog) })
      return done({ source, reader: 'file', path: sandboxLog }, true)
    }
    looked.push({ source, found: 'other' })
  }

  const standardError =
    around.stoppedLog === undefined ? await readStandardError(around.process) : { file: around.stoppedLog }
  for (const candidate of journalCandidates(around, standardError)) {
    const { source } = candidate
    // The journal of this machine is another daemon's when this one is elsewhere or has no unit.
    if (candidate.other) looked.push({ source, found: 'other' })
    else {
      const found = await probeJournal(candidate, around.env)
      looked.push({ source, found })
      if (found === 'used') return done({ source, reader: 'journal', match: candidate.match })
    }
  }
  const files = FILES.map((path) => (around.root ?? '') + path)
  for (const path of files) {
    const source: LogSource = { kind: 'file', name: path }
    const other = around.elsewhere || (standardError?.file !== undefined && standardError.file !== path)
    const found = other ? 'other' : await probeFile(path)
    looked.push({ source, found })
    if (found === 'used') return done({ source, reader: 'file', path })
  }
  if (standardError?.denied !== undefined)
    looked.push({ source: { kind: 'file', name: standardError.denied }, found: 'denied' })
  else if (standardError?.file !== undefined && !files.includes(standardError.file)) {
    const source: LogSource = { kind: 'file', name: standardError.file }
    const found = await probeFile(standardError.file)
    looked.push({ source, found })
    if (found === 'used') return done({ source, reader: 'file', path: standardError.file })
  }
  return { looked }
}

interface JournalCandidate {
  source: LogSource
  match: readonly string[]
  other: boolean
}

function journalCandidates(
  around: Surroundings,
  standardError: StandardError | undefined,
): JournalCandidate[] {
  const { process } = around
  if (around.journalMatch)
    return [
      { source: { kind: 'journal', name: UNITS[0] as string }, match: around.journalMatch, other: false },
    ]
  const unit = process?.unit
  if (unit?.user === true) {
    const own = process?.uid === around.uid
    const match = own
      ? ['--user', `--user-unit=${unit.name}`]
      : [`_SYSTEMD_USER_UNIT=${unit.name}`, `_UID=${process?.uid ?? 0}`]
    return [{ source: { kind: 'user-journal', name: unit.name }, match, other: around.elsewhere }]
  }
  if (unit)
    return [
      {
        source: { kind: 'journal', name: unit.name },
        match: [`--unit=${unit.name}`],
        other: around.elsewhere,
      },
    ]
  const candidates: JournalCandidate[] = UNITS.map((name) => ({
    source: { kind: 'journal', name },
    match: [`--unit=${name}`],
    other: around.elsewhere || process !== undefined || around.stoppedLog !== undefined,
  }))
  if (process !== undefined && standardError?.socket === true)
    candidates.push({
      source: { kind: 'journal', name: `_PID=${process.pid}` },
      match: [`_PID=${process.pid}`],
      other: false,
    })
  return candidates
}

interface StandardError {
  file?: string
  socket?: boolean
  /** What may not be read, when it may not. */
  denied?: string
}

/** Where a process's standard error goes, as far as its owner or root may see. */
async function readStandardError(process: DaemonProcessInfo | undefined): Promise<StandardError | undefined> {
  if (!process) return undefined
  const link = `/proc/${process.pid}/fd/2`
  let target: string
  try {
    target = await readlink(link)
  } catch (error) {
    return isDenied(error) && process.unit === undefined ? { denied: link } : undefined
  }
  if (target.startsWith('socket:')) return { socket: true }
  if (!target.startsWith('/') || target.startsWith('/dev/') || target.endsWith(' (deleted)')) return undefined
  // Of a dockerd in a container the path means nothing out here.
  try {
    const [seen, meant] = await Promise.all([stat(link), stat(target)])
    if (!seen.isFile() || seen.ino !== meant.ino || seen.dev !== meant.dev) return undefined
  } catch {
    return undefined
  }
  return { file: target }
}

/** Whether a running daemon is the sandbox: it was started with files beside the sandbox's log. */
function belongsTo(process: DaemonProcessInfo | undefined, sandboxLog: string): boolean {
  return !process || process.argv.some((argument) => argument.includes(`${dirname(sandboxLog)}/`))
}

async function probeFile(path: string): Promise<Looked['found']> {
  try {
    if (!(await stat(path)).isFile()) return 'other'
    await access(path, constants.R_OK)
    return 'used'
  } catch (error) {
    return isDenied(error) ? 'denied' : 'absent'
  }
}

function isDenied(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'EACCES' || code === 'EPERM'
}
