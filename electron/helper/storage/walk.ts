import { closeSync, fstatSync, opendirSync, type Dir } from 'node:fs'
import { codeOf } from '../file-error'
import { HELD, inside, look, namesIn, openBelow, openFolderIn, type Name } from './tree'

const TYPE = 0o170000
const FOLDER = 0o040000
/** Folders that one task holds open below each other; what is deeper becomes a task of its own. */
const MAX_HELD = 200
/** Length of a folder from which its names are read bit by bit: they may be millions. */
const LARGE_FOLDER = 4 * 1024 * 1024

/** A folder whose content is to be counted; the folder itself has been. */
export interface WalkTask {
  /** Descriptor of the tree's root. */
  root: number
  names: readonly Name[]
  /** Number of the unit to which everything below belongs. */
  unit: number
}

/** A file that has more than one name. */
export interface Linked {
  unit: number
  inode: number
  bytes: number
  links: number
}

/** What was found since it was asked last. */
export interface Found {
  /** Unit, bytes and entries, three numbers each. */
  sums: number[]
  linked: Linked[]
  /** Entries that vanished or could not be read. */
  missed: number
}

interface Frame {
  fd: number
  name: Name
  /** Folders in it that have been counted and not yet entered. */
  folders: Name[]
}

/**
 * Counts what lies below folders, entry by entry, as `du -x` does: blocks on the disk, no link
 * followed, one file system. Each folder is opened by its name in the open one above, so nothing
 * that is renamed meanwhile leads out. It works in steps, for its caller to stop or to share work.
 */
export class Walker {
  readonly #tasks: WalkTask[] = []
  readonly #stack: Frame[] = []
  #task: WalkTask | undefined
  #device = 0
  #bytes = 0
  #entries = 0
  #found: Found = { sums: [], linked: [], missed: 0 }

  /** `moves`: it may change the current folder of its process, where names are looked up fastest. */
  constructor(private readonly how: { moves: boolean } = { moves: false }) {}

  add(tasks: readonly WalkTask[]): void {
    this.#tasks.push(...tasks)
  }

  get idle(): boolean {
    return this.#task === undefined && this.#tasks.length === 0
  }

  /** Counts until about so many entries are done, or everything is. */
  step(entries: number): void {
    for (let left = entries; left > 0 && !this.idle;) left -= this.#advance()
  }

  /** What was found since the last call. */
  take(): Found {
    this.#endUnit()
    const found = this.#found
    this.#found = { sums: [], linked: [], missed: 0 }
    return found
  }

  /** Gives away about half of what is left to do. */
  share(): WalkTask[] {
    if (this.#tasks.length > 1) return this.#tasks.splice(0, this.#tasks.length >> 1)
    const task = this.#task
    if (task === undefined) return []
    // The folders nearest to the task's own hold the most.
    const depth = this.#stack.findIndex(({ folders }) => folders.length > 0)
    const frame = this.#stack[depth]
    if (frame === undefined) return []
    const names = this.#stack.slice(1, depth + 1).map(({ name }) => name)
    return frame.folders
      .splice(0, (frame.folders.length + 1) >> 1)
      .map((name) => ({ ...task, names: [...task.names, ...names, name] }))
  }

  /** Closes what is open; for a walk that was stopped. */
  stop(): void {
    for (const { fd } of this.#stack.splice(0)) closeSync(fd)
    this.#tasks.length = 0
    this.#task = undefined
  }

  /** One folder more; returns how many entries were looked at. */
  #advance(): number {
    const task = this.#task ?? this.#begin()
    if (task === undefined) return 1
    const frame = this.#stack.at(-1)
    if (frame === undefined) {
      this.#endUnit()
      this.#task = undefined
      return 1
    }
    const name = frame.folders.pop()
    if (name === undefined) {
      closeSync(frame.fd)
      this.#stack.pop()
      return 1
    }
    if (this.#stack.length >= MAX_HELD) {
      const names = this.#stack.slice(1).map((each) => each.name)
      this.#tasks.push({ ...task, names: [...task.names, ...names, name] })
      return 1
    }
    return this.#enter(() => openFolderIn(frame.fd, name), name, task)
  }

  #begin(): WalkTask | undefined {
    const task = this.#tasks.pop()
    if (task === undefined) return undefined
    this.#task = task
    this.#device = fstatSync(task.root).dev
    this.#enter(() => openBelow(task.root, task.names), '', task)
    return task
  }

  #enter(open: () => number, name: Name, task: WalkTask): number {
    let fd: number
    try {
      fd = open()
    } catch {
      this.#found.missed += 1
      return 1
    }
    const frame: Frame = { fd, name, folders: [] }
    this.#stack.push(frame)
    try {
      return this.#look(frame, task)
    } catch (error) {
      // A folder that was removed while it was open has no names any more.
      if (codeOf(error) === undefined) throw error
      this.#found.missed += 1
      return 1
    }
  }

  #look({ fd, folders }: Frame, { unit }: WalkTask): number {
    let looked = 1
    const { moves } = this.how
    if (moves) process.chdir(`${HELD}${fd}`)
    for (const name of entriesOf(fd)) {
      looked += 1
      const stat = look(moves ? name : inside(fd, name))
      if (stat === undefined) {
        this.#found.missed += 1
        continue
      }
      // Another file system is mounted there.
      if (stat.dev !== this.#device) continue
      this.#entries += 1
      const isFolder = (stat.mode & TYPE) === FOLDER
      if (isFolder) folders.push(name)
      if (isFolder || stat.nlink === 1) this.#bytes += stat.blocks * 512
      else this.#found.linked.push({ unit, inode: stat.ino, bytes: stat.blocks * 512, links: stat.nlink })
    }
    return looked
  }

  #endUnit(): void {
    if (this.#entries === 0 || this.#task === undefined) return
    this.#found.sums.push(this.#task.unit, this.#bytes, this.#entries)
    this.#bytes = 0
    this.#entries = 0
  }
}

/** Names in an open folder, all at once where that costs little. */
export function entriesOf(fd: number): Iterable<Name> {
  return fstatSync(fd).size < LARGE_FOLDER ? namesIn(fd) : manyNames(fd)
}

function* manyNames(fd: number): Generator<Name> {
  // Node's types know no encoding of bytes here; opendir(3) itself does.
  const options = { encoding: 'buffer' as BufferEncoding, bufferSize: 1_024 }
  const folder: Dir = opendirSync(`${HELD}${fd}`, options)
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) yield entry.name
  } finally {
    folder.closeSync()
  }
}
