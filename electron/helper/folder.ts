import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, mkdir, open, readdir, realpath, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, fileError, symlink } from './file-error'
import { HelperError } from './verb'

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } =
  constants

/** Most bytes of a daemon.json that are read. */
export const MAX_BYTES = 4 * 1024 * 1024

/** Whose a new file is, and who may read it. */
export interface Owner {
  mode: number
  uid: number
  gid: number
}

/** What stands at a name: nothing, or a plain file with its bytes. */
export interface FileState extends Owner {
  exists: boolean
  bytes: Buffer
  /** sha256 of the bytes in hex, or `absent`. */
  hash: string
  mtimeMs: number
  /** Names the file has (hard links). */
  links: number
}

/**
 * A folder that is held open: whatever happens to the names above it meanwhile, every step works
 * on the same one. Names are of files in it; symbolic links are never followed.
 */
export class Folder {
  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly base: string,
  ) {}

  /** Opens the folder; with `create` makes it (0755) when it is not there, else answers undefined. */
  static async open(path: string, { create = false } = {}): Promise<Folder | undefined> {
    try {
      if (create) await mkdir(path, { recursive: true, mode: 0o755 })
      const real = await realpath(path)
      const handle = await open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      // Node has no openat(2); the link of the descriptor in /proc does the same.
      const base = process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : real
      return new Folder(path, handle, base)
    } catch (error) {
      if (!create && codeOf(error) === 'ENOENT') return undefined
      throw fileError(error, path)
    }
  }

  close(): Promise<void> {
    return this.handle.close()
  }

  /** Makes what was renamed and removed last. */
  sync(): Promise<void> {
    return this.handle.sync()
  }

  names(): Promise<string[]> {
    return readdir(this.base)
  }

  rename(from: string, to: string): Promise<void> {
    return rename(this.at(from), this.at(to))
  }

  /** A second name for a file. Throws what link(2) says. */
  link(from: string, to: string): Promise<void> {
    return link(this.at(from), this.at(to))
  }

  remove(name: string): Promise<void> {
    return rm(this.at(name), { force: true })
  }

  /**
   * Reads a file; `as` is the path that errors name. Throws `config/symlink` for a link,
   * `config/unreadable` for what cannot be read, `config/not-writable` for what is no plain file.
   */
  async read(name: string, as = join(this.path, name)): Promise<FileState> {
    const handle = await this.openPlain(name, as)
    if (handle === undefined) return absent()
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) throw notPlain(as)
      if (stat.size > MAX_BYTES)
        throw new HelperError('config/unreadable', `${as} is larger than 4 MiB.`, { detail: { path: as } })
      const bytes = await handle.readFile()
      return {
        exists: true,
        bytes,
        hash: hashOf(bytes),
        mode: stat.mode & 0o7777,
        uid: stat.uid,
        gid: stat.gid,
        mtimeMs: stat.mtimeMs,
        links: stat.nlink,
      }
    } finally {
      await handle.close()
    }
  }

  /** The last `limit` bytes of a file, its size and mode; throws as {@link read}. Undefined when there is none. */
  async readTail(
    name: string,
    limit: number,
  ): Promise<{ bytes: Buffer; size: number; mode: number } | undefined> {
    const as = join(this.path, name)
    const handle = await this.openPlain(name, as)
    if (handle === undefined) return undefined
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) throw notPlain(as)
      const bytes = Buffer.alloc(Math.min(limit, stat.size))
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, stat.size - bytes.length)
      return { bytes: bytes.subarray(0, bytesRead), size: stat.size, mode: stat.mode & 0o7777 }
    } finally {
      await handle.close()
    }
  }

  private async openPlain(name: string, as: string): Promise<FileHandle | undefined> {
    try {
      const found = await lstat(this.at(name))
      if (found.isSymbolicLink()) throw symlink(as)
      if (!found.isFile()) throw notPlain(as)
      return await open(this.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'ENOENT') return undefined
      if (code === 'ELOOP') throw symlink(as)
      if (code === 'EACCES' || code === 'EPERM')
        throw new HelperError('config/unreadable', `${as} may not be read by this user.`, {
          detail: { path: as },
        })
      throw fileError(error, as)
    }
  }

  /** Makes a file that is not there yet, on the disk when this returns. Throws what the system says. */
  async create(name: string, bytes: Buffer, owner: Owner): Promise<void> {
    const handle = await open(this.at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    try {
      await handle.writeFile(bytes)
      const made = await handle.stat()
      if (made.uid !== owner.uid || made.gid !== owner.gid) await handle.chown(owner.uid, owner.gid)
      await handle.chmod(owner.mode)
      await handle.sync()
    } catch (error) {
      await this.remove(name).catch(() => undefined)
      throw error
    } finally {
      await handle.close()
    }
  }

  /**
   * Adds whole lines to a file and returns when they are on the disk. What a crash tore off is
   * ended first. Nobody may read it who might not read a file of `owner`, ever since it began.
   */
  async append(name: string, lines: string, owner: Owner): Promise<void> {
    const as = join(this.path, name)
    let handle: FileHandle
    try {
      handle = await open(this.at(name), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
    } catch (error) {
      if (codeOf(error) === 'ELOOP') throw symlink(as)
      throw fileError(error, as)
    }
    try {
      const stat = await handle.stat()
      if (!stat.isFile() || stat.nlink !== 1) throw notPlain(as)
      const fresh = stat.size === 0
      const readers = 0o600 | (owner.mode & 0o044)
      if (fresh) {
        if (stat.uid !== owner.uid || stat.gid !== owner.gid) await handle.chown(owner.uid, owner.gid)
        await handle.chmod(readers)
      } else {
        const shared = stat.gid === owner.gid ? readers : readers & ~0o040
        const mode = stat.mode & 0o7777 & shared
        if (mode !== (stat.mode & 0o7777)) await handle.chmod(mode)
      }
      const last = Buffer.alloc(1)
      if (!fresh) await handle.read(last, 0, 1, stat.size - 1)
      await handle.writeFile(fresh || last[0] === 10 ? lines : `\n${lines}`)
      await handle.sync()
      if (fresh) await this.sync()
    } catch (error) {
      throw fileError(error, as)
    } finally {
      await handle.close()
    }
  }

  private at(name: string): string {
    return join(this.base, name)
  }
}

/** No file: what is made in its place is the user's own, readable by all. */
export function absent(): FileState {
  return {
    exists: false,
    bytes: Buffer.alloc(0),
    hash: 'absent',
    mode: 0o644,
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    mtimeMs: 0,
    links: 0,
  }
}

export function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function notPlain(path: string): HelperError {
  return new HelperError('config/not-writable', `${path} is not a plain file.`, {
    hint: 'Move away what stands there.',
    detail: { path },
  })
}
