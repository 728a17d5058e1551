import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, realpath, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HelperError } from './verb'

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

/** Most bytes of a daemon.json that are read. */
export const MAX_BYTES = 4 * 1024 * 1024

/** Dated backups that are kept beside the file. */
export const KEPT_BACKUPS = 20

/** What stands at a path: nothing, or a plain file with its bytes. */
export interface FileState {
  exists: boolean
  bytes: Buffer
  /** sha256 of the bytes in hex, or `absent`. */
  hash: string
  mode: number
  uid: number
  gid: number
  mtimeMs: number
}

/**
 * One file below a folder that is held open: whatever happens to the names above it meanwhile,
 * every step works on the same folder. Symbolic links are never followed.
 */
export class ConfigFile {
  private constructor(
    readonly path: string,
    readonly name: string,
    private readonly folder: FileHandle,
    private readonly base: string,
  ) {}

  /** Opens the folder; with `create` makes it (0755) when it is not there. */
  static async open(path: string, { create = false } = {}): Promise<ConfigFile | undefined> {
    const above = dirname(path)
    try {
      if (create) await mkdir(above, { recursive: true, mode: 0o755 })
      const real = await realpath(above)
      const folder = await open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      // Node has no openat(2); the link of the descriptor in /proc does the same.
      const base = process.platform === 'linux' ? `/proc/self/fd/${folder.fd}` : real
      return new ConfigFile(path, basename(path), folder, base)
    } catch (error) {
      if (!create && codeOf(error) === 'ENOENT') return undefined
      throw fileError(error, above)
    }
  }

  close(): Promise<void> {
    return this.folder.close()
  }

  private at(name: string): string {
    return join(this.base, name)
  }

  /** Reads the file. Throws `config/symlink` for a link, `config/unreadable` for what cannot be read. */
  async read(): Promise<FileState> {
    let handle: FileHandle
    try {
      const found = await lstat(this.at(this.name))
      if (found.isSymbolicLink()) throw symlink(this.path)
      if (!found.isFile())
        throw new HelperError('config/not-writable', `${this.path} is not a plain file.`, {
          hint: 'Move away what stands there.',
          detail: { path: this.path },
        })
      handle = await open(this.at(this.name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'ENOENT') return absent()
      if (code === 'ELOOP') throw symlink(this.path)
      if (code === 'EACCES' || code === 'EPERM')
        throw new HelperError('config/unreadable', `${this.path} may not be read by this user.`, {
          detail: { path: this.path },
        })
      throw fileError(error, this.path)
    }
    try {
      const stat = await handle.stat()
      if (!stat.isFile())
        throw new HelperError('config/not-writable', `${this.path} is not a plain file.`, {
          detail: { path: this.path },
        })
      if (stat.nlink > 1)
        throw new HelperError(
          'config/not-writable',
          `${this.path} has ${stat.nlink} names (hard links); the others would keep the old content.`,
          { hint: 'Make it a file of its own.', detail: { path: this.path } },
        )
      if (stat.size > MAX_BYTES)
        throw new HelperError('config/unreadable', `${this.path} is larger than 4 MiB.`, {
          detail: { path: this.path },
        })
      const bytes = await handle.readFile()
      return {
        exists: true,
        bytes,
        hash: hashOf(bytes),
        mode: stat.mode & 0o7777,
        uid: stat.uid,
        gid: stat.gid,
        mtimeMs: stat.mtimeMs,
      }
    } finally {
      await handle.close()
    }
  }

  /** Copies the state into a dated file beside it and returns its name. */
  async backup(state: FileState, now: Date): Promise<string> {
    const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '')
    for (let n = 0; ; n += 1) {
      const name = `${this.name}.porthole-${stamp}${n === 0 ? '' : `-${String(n).padStart(2, '0')}`}`
      try {
        await this.create(name, state.bytes, state)
        await this.prune()
        return name
      } catch (error) {
        if (codeOf(error) !== 'EEXIST' || n >= 99) throw fileError(error, join(dirname(this.path), name))
      }
    }
  }

  /**
   * Puts the bytes in place of the file: temporary file in the same folder, fsync, a last look
   * whether the file still is `expected`, rename, fsync of the folder. Throws
   * `config/changed-underneath`, `config/symlink`, `config/not-writable`; then nothing has changed.
   */
  async replace(
    bytes: Buffer,
    like: Pick<FileState, 'mode' | 'uid' | 'gid'>,
    expected: string,
  ): Promise<void> {
    const temporary = `.${this.name}.porthole-${randomBytes(6).toString('hex')}`
    try {
      await this.create(temporary, bytes, like)
      const now = await this.read()
      if (now.hash !== expected) throw changed(this.path)
      await rename(this.at(temporary), this.at(this.name))
    } catch (error) {
      await rm(this.at(temporary), { force: true }).catch(() => undefined)
      throw error instanceof HelperError ? error : fileError(error, this.path)
    }
    await this.folder.sync()
  }

  /** Removes the file when it still is `expected`. */
  async remove(expected: string): Promise<void> {
    const now = await this.read()
    if (now.hash !== expected) throw changed(this.path)
    await rm(this.at(this.name))
    await this.folder.sync()
  }

  private async create(
    name: string,
    bytes: Buffer,
    like: Pick<FileState, 'mode' | 'uid' | 'gid'>,
  ): Promise<void> {
    const handle = await open(this.at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    try {
      await handle.writeFile(bytes)
      const made = await handle.stat()
      if (made.uid !== like.uid || made.gid !== like.gid) await handle.chown(like.uid, like.gid)
      await handle.chmod(like.mode)
      await handle.sync()
    } catch (error) {
      await rm(this.at(name), { force: true }).catch(() => undefined)
      throw error
    } finally {
      await handle.close()
    }
  }

  /** Keeps the newest backups. The stamp sorts by time. */
  private async prune(): Promise<void> {
    const prefix = `${this.name}.porthole-`
    const names = (await readdir(this.base))
      .filter((name) => name.startsWith(prefix) && /^\d{8}T\d{6}Z(-\d\d)?$/.test(name.slice(prefix.length)))
      .sort()
    for (const name of names.slice(0, -KEPT_BACKUPS)) await rm(this.at(name), { force: true })
  }
}

/** No file: what is made in its place is the user's own, readable by all. */
function absent(): FileState {
  return {
    exists: false,
    bytes: Buffer.alloc(0),
    hash: 'absent',
    mode: 0o644,
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    mtimeMs: 0,
  }
}

export function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The system's code of an error, for example `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function symlink(path: string): HelperError {
  return new HelperError('config/symlink', `${path} is a symbolic link, and Porthole writes through none.`, {
    hint: 'Name the file it points to with --config, or replace the link by the file.',
    detail: { path },
  })
}

function changed(path: string): HelperError {
  return new HelperError('config/changed-underneath', `${path} was changed by somebody else meanwhile.`, {
    hint: 'Read it again and repeat your change; nothing was written.',
    detail: { path },
  })
}

const reasons: Record<string, [message: string, hint: string]> = {
  ENOSPC: ['there is no space left on the disk', 'Free some space and try again.'],
  EDQUOT: ['the disk quota is used up', 'Free some space and try again.'],
  EROFS: ['the file system is mounted read-only', 'Mount it writable first.'],
  EACCES: ['this user has no right to', 'Run Porthole with the privileged helper, or as the owner.'],
  EPERM: ['the system does not permit it', 'The file may be immutable (lsattr shows that).'],
  ENOTDIR: ['a part of the path is not a folder', 'Correct the path.'],
  ENOENT: ['the folder is not there', 'Make the folder first.'],
  EIO: ['the disk reports an error', 'Look into the kernel log.'],
}

/** A failed file operation as an error a person can read. */
export function fileError(error: unknown, path: string): HelperError {
  if (error instanceof HelperError) return error
  const code = codeOf(error) ?? 'unknown'
  const [reason, hint] = reasons[code] ?? [`the system says ${code}`, 'Nothing was changed.']
  return new HelperError('config/not-writable', `${path} cannot be written: ${reason}.`, {
    hint,
    detail: { path, code },
  })
}
