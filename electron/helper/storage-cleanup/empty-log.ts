import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  type Stats,
} from 'node:fs'
import { codeOf } from '../file-error'
import { fdsOf } from '../storage/held'
import { inside, namesIn, type Tree } from '../storage/tree'
import { HelperError } from '../verb'
import { BLOCK } from './disk-bytes'

const { O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants
/** The bits of open(2)'s flags that say whether it is for reading, writing or both. */
const ACCESS_MODE = 3
/** Files dockerd has set aside: `.1` is the newest, older ones may be compressed. */
const ROTATED = /^\.\d+(\.gz)?$/

/** What of a container's log can go. */
export interface LogFiles {
  /** On the disk. */
  bytes: number
  files: number
}

interface LogFile {
  name: string
  stat: Stats
}

/**
 * What `emptyLog` would free. Of json-file that is everything, as long as dockerd adds to the end of
 * the file wherever that is (O_APPEND): once it has rotated it writes at a place of its own, and the file
 * would come back as large as it was, its head a hole. Then, and with `local`, whose readers would miss
 * the beginning of a record, only the files that were set aside can go; those two have a limit anyway.
 */
export function freeableLog(root: Tree, id: string, daemonPid: number): LogFiles {
  return countOf(
    [
      ...inFolder(root, ['containers', id], (fd) => [
        ...present(fd, id, daemonPid),
        ...rotatedIn(fd, `${id}-json.log`),
      ]),
      ...inFolder(root, ['containers', id, 'local-logs'], (fd) => rotatedIn(fd, 'container.log')),
    ].map(({ stat }) => stat),
  )
}

/**
 * Empties the log of a container, which dockerd may be writing to. The path is made here: what a
 * container's own files say of it is not asked. Throws `helper/path-refused` for a link or a second name.
 */
export function emptyLog(root: Tree, id: string, daemonPid: number): LogFiles {
  // All is looked at first: a refusal comes before anything is gone.
  freeableLog(root, id, daemonPid)
  const gone = [
    ...inFolder(root, ['containers', id], (fd) => [
      ...present(fd, id, daemonPid).map((file) => truncate(fd, file.name, daemonPid)),
      ...rotatedIn(fd, `${id}-json.log`).map((file) => remove(fd, file)),
    ]),
    ...inFolder(root, ['containers', id, 'local-logs'], (fd) =>
      rotatedIn(fd, 'container.log').map((file) => remove(fd, file)),
    ),
  ]
  return countOf(gone)
}

function present(fd: number, id: string, daemonPid: number): LogFile[] {
  const name = `${id}-json.log`
  const stat = lstatSync(inside(fd, name), { throwIfNoEntry: false })
  if (!stat) return []
  requirePlain(stat, name)
  return isAppendedTo(stat, daemonPid) ? [{ name, stat }] : []
}

function rotatedIn(fd: number, name: string): LogFile[] {
  return namesIn(fd).flatMap((each) => {
    if (typeof each !== 'string' || !each.startsWith(`${name}.`) || !ROTATED.test(each.slice(name.length)))
      return []
    const stat = lstatSync(inside(fd, each), { throwIfNoEntry: false })
    if (!stat) return []
    requirePlain(stat, each)
    return [{ name: each, stat }]
  })
}

function remove(fd: number, { name, stat }: LogFile): Stats {
  unlinkSync(inside(fd, name))
  return stat
}

function truncate(folder: number, name: string, daemonPid: number): Stats {
  const fd = openSync(inside(folder, name), O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK)
  try {
    const stat = fstatSync(fd)
    requirePlain(stat, name)
    if (!isAppendedTo(stat, daemonPid))
      throw new HelperError('storage/changed-underneath', `${name} was rotated meanwhile.`)
    ftruncateSync(fd, 0)
    return stat
  } finally {
    closeSync(fd)
  }
}

/** Whether whatever dockerd writes to a file goes to its end; true of one it has not open. */
function isAppendedTo(stat: Stats, pid: number): boolean {
  return fdsOf(pid).every((fd) => {
    const held = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false })
    if (held?.ino !== stat.ino || held.dev !== stat.dev) return true
    const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')
    const flags = Number.parseInt(/^flags:\s+([0-7]+)/m.exec(info)?.[1] ?? '0', 8)
    return (flags & ACCESS_MODE) === 0 || (flags & O_APPEND) !== 0
  })
}

/** Nothing where there is no such folder; throws `helper/path-refused` for a link in its place. */
function inFolder<T>(root: Tree, names: readonly string[], use: (fd: number) => T[]): T[] {
  let fd: number
  try {
    fd = root.openFolder(names)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return []
    if (code === 'ELOOP' || code === 'ENOTDIR') throw refused(names.join('/'))
    throw error
  }
  try {
    return use(fd)
  } finally {
    closeSync(fd)
  }
}

function requirePlain(stat: Stats, name: string): void {
  if (!stat.isFile() || stat.nlink !== 1) throw refused(name)
}

function refused(path: string): HelperError {
  return new HelperError('helper/path-refused', `${path} is not what dockerd would have made there.`, {
    hint: 'A link, a second name or something else stands in its place.',
    detail: { path },
  })
}

function countOf(stats: readonly Stats[]): LogFiles {
  return { bytes: stats.reduce((total, { blocks }) => total + blocks * BLOCK, 0), files: stats.length }
}
