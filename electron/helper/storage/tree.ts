import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs'
import { codeOf } from '../file-error'
import { HelperError } from '../verb'
import { asked, bytesOf } from './names'

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants

/** A name: text where it is UTF-8, else its bytes. */
export type Name = string | Buffer

/** Node has no openat(2); a name below the link of a descriptor in /proc does the same. */
export const HELD = `/proc/${process.pid}/fd/`

/** A name in the folder of an open descriptor, as a path that no renaming above it can turn elsewhere. */
export function inside(fd: number, name: Name): Name {
  return typeof name === 'string'
    ? `${HELD}${fd}/${name}`
    : Buffer.concat([Buffer.from(`${HELD}${fd}/`), name])
}

/** Names in an open folder. */
export function namesIn(fd: number): Name[] {
  const names = readdirSync(`${HELD}${fd}`)
  // Only where a name is not UTF-8 its bytes are worth the cost of a buffer each.
  if (!names.some((name) => name.includes('\ufffd'))) return names
  return readdirSync(`${HELD}${fd}`, { encoding: 'buffer' }).map((bytes) => {
    const text = bytes.toString('utf8')
    return text.includes('\ufffd') ? bytes : text
  })
}

/** What stands at a path, a link itself; undefined where nothing does any more or it may not be seen. */
export function look(path: Name): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** Opens a folder in an open one; never through a link. Throws what open(2) says. */
export function openFolderIn(fd: number, name: Name): number {
  return openSync(inside(fd, name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
}

/**
 * Opens a folder name by name below an open one, no link followed; the caller closes it. `prepare` is
 * told each name before it is opened. Throws what open(2) says.
 */
export function openBelow(
  root: number,
  names: readonly Name[],
  prepare: (at: number, name: Name) => void = () => undefined,
): number {
  let at = openSync(`${HELD}${root}`, O_RDONLY | O_DIRECTORY)
  for (const name of names) {
    const above = at
    try {
      prepare(above, name)
      at = openFolderIn(above, name)
    } finally {
      closeSync(above)
    }
  }
  return at
}

/** A folder that is held open, with everything below it reached name by name and no link followed. */
export class Tree {
  readonly fd: number
  /** Its file system: what lies on another is not part of it. */
  readonly device: number

  /** `path` is root's own word and may lead through links. Throws `storage/denied`. */
  constructor(
    readonly path: string,
    fd = openRoot(path),
  ) {
    this.fd = fd
    this.device = fstatSync(fd).dev
  }

  /** Does something in a folder below, which is opened once for all of it; undefined where there is none. */
  within<T>(names: readonly Name[], use: (folder: Tree) => T): T | undefined {
    return this.inFolder(names, (fd) => use(new Tree(`${this.path}/${pathOf(names)}`, fd)))
  }

  close(): void {
    closeSync(this.fd)
  }

  /** Opens the folder of these names; the caller closes it. Throws what open(2) says. */
  openFolder(names: readonly Name[]): number {
    return openBelow(this.fd, names)
  }

  /** Names in a folder; none where it is not there or is no folder. */
  list(...names: readonly Name[]): Name[] {
    return this.inFolder(names, namesIn) ?? []
  }

  stat(...names: readonly Name[]): Stats | undefined {
    const last = names.at(-1)
    if (last === undefined) return fstatSync(this.fd)
    return this.inFolder(names.slice(0, -1), (fd) => lstatSync(inside(fd, last), { throwIfNoEntry: false }))
  }

  /** Where a link leads, as its text; undefined for what is no link. */
  link(...names: readonly Name[]): Buffer | undefined {
    const last = names.at(-1)
    if (last === undefined) return undefined
    return this.inFolder(names.slice(0, -1), (fd) => readlinkSync(inside(fd, last), { encoding: 'buffer' }))
  }

  /** A small file of the engine's own; undefined where there is none, or more than `limit` bytes. */
  read(names: readonly Name[], limit = 1024 * 1024): Buffer | undefined {
    const opened = this.openFile(names)
    if (opened === undefined) return undefined
    try {
      if (opened.stat.size > limit) return undefined
      return head(opened.fd, Math.min(limit, opened.stat.size))
    } finally {
      closeSync(opened.fd)
    }
  }

  text(...names: readonly Name[]): string | undefined {
    return this.read(names)?.toString('utf8').trim()
  }

  /** Parsed JSON; undefined where there is no such file or it is no JSON. */
  json(...names: readonly Name[]): unknown {
    const bytes = this.read(names, 16 * 1024 * 1024)
    try {
      return bytes === undefined ? undefined : JSON.parse(bytes.toString('utf8'))
    } catch {
      return undefined
    }
  }

  /**
   * Opens a plain file; undefined for what is none. A fifo or a device that takes its place between
   * the two looks is opened without waiting and closed again.
   */
  openFile(names: readonly Name[]): { fd: number; stat: Stats } | undefined {
    const last = names.at(-1)
    if (last === undefined) return undefined
    return this.inFolder(names.slice(0, -1), (folder) => {
      if (lstatSync(inside(folder, last), { throwIfNoEntry: false })?.isFile() !== true) return undefined
      const fd = openSync(inside(folder, last), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      const stat = fstatSync(fd)
      if (stat.isFile()) return { fd, stat }
      closeSync(fd)
      return undefined
    })
  }

  private inFolder<T>(names: readonly Name[], use: (fd: number) => T): T | undefined {
    let fd: number | undefined
    try {
      if (names.length === 0) return use(this.fd)
      fd = this.openFolder(names)
      return use(fd)
    } catch (error) {
      if (GONE.has(codeOf(error) ?? '')) return undefined
      throw error
    } finally {
      if (fd !== undefined) closeSync(fd)
    }
  }
}

/** What it means that something is not there, not of the kind asked for, or a link. */
const GONE: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ELOOP',
  'EINVAL',
  'EACCES',
  'EPERM',
  'ESTALE',
  'ENXIO',
  'ENAMETOOLONG',
])

/** Bytes that are read at once. */
const PART = 256 * 1024

/** At most `limit` bytes from the beginning of an open file. */
export function head(fd: number, limit: number): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < limit;) {
    const part = Buffer.allocUnsafe(Math.min(PART, limit - at))
    const length = readSync(fd, part, 0, part.length, at)
    if (length === 0) break
    parts.push(part.subarray(0, length))
    at += length
  }
  return Buffer.concat(parts)
}

/** A path to ask with, relative to a tree, as names. Throws `helper/path-refused` for `..` and the like. */
export function namesOf(path: string): Name[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .map((part) => {
      const bytes = bytesOf(part)
      if (part === '..' || bytes.includes(0) || bytes.includes(0x2f) || bytes.toString('latin1') === '..')
        throw new HelperError('helper/path-refused', 'The path leads out of the data-root.')
      const text = bytes.toString('utf8')
      return Buffer.from(text, 'utf8').equals(bytes) ? text : bytes
    })
}

/** The same names as a path to ask with. */
export function pathOf(names: readonly Name[]): string {
  return names.map((name) => asked(nameBytes(name))).join('/')
}

export function nameBytes(name: Name): Buffer {
  return typeof name === 'string' ? Buffer.from(name) : name
}

function openRoot(path: string): number {
  try {
    return openSync(path, O_RDONLY | O_DIRECTORY)
  } catch (error) {
    throw unreadable(error, path)
  }
}

function unreadable(error: unknown, path: string): HelperError {
  const code = codeOf(error)
  return new HelperError('storage/denied', `${path} cannot be read: ${code ?? String(error)}.`, {
    hint:
      code === 'ENOENT'
        ? 'The engine has not made it yet, or it lies elsewhere.'
        : 'Only root may read the data-root: run Porthole as root, or let it ask for the password.',
    detail: { path },
  })
}
