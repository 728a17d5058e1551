import { execFile, execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  statSync,
  statfsSync,
} from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { HelperError } from '../verb'

const run = promisify(execFile)
const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants

/** File systems that a user's own program answers for: what it says of owners proves nothing. */
const FUSE_MAGIC = 0x65735546

export interface Owner {
  uid: number
  gid: number
}

/**
 * The folder in a user's home where a sandbox keeps its images and its log. It is held open, so
 * that nothing its user does to the names above it leads this process elsewhere, and it belongs to
 * whoever runs dockerd, so that nobody else can plant anything in it.
 */
export class StateFolder {
  private constructor(
    readonly path: string,
    private readonly fd: number,
  ) {}

  /**
   * Opens `base/below…`, and makes what is missing: the last part as this process, those above it
   * with the owner's own right. Throws `helper/path-refused` for a symbolic link below `base`, for
   * a last folder that others could change, and for one on FUSE; `sandbox/failed` without a base.
   */
  static open(base: string, below: readonly string[], owner: Owner): StateFolder {
    const path = join(realBase(base, owner), ...below)
    const above = join(path, '..')
    spawnSync('mkdir', ['-p', above], { ...owner, cwd: '/', stdio: 'ignore' })
    let at = openSync('/', O_RDONLY | O_DIRECTORY)
    try {
      for (const name of above.split('/').filter(Boolean)) at = step(at, name, above)
      const { uid } = fstatSync(at)
      if (uid !== owner.uid && uid !== 0) throw refused(above, 'belongs to another user')
      const name = below.at(-1) ?? ''
      makeIn(at, name, 0o711)
      at = step(at, name, path)
      requireOwn(at, path)
      return new StateFolder(path, at)
    } catch (error) {
      closeSync(at)
      throw error
    }
  }

  /**
   * Takes the folder for this process until it ends or closes it; false when another has it. The
   * lock lies on the open folder (flock), so a crash leaves nothing that would have to be judged.
   */
  lock(): boolean {
    const { status, error } = spawnSync('flock', ['--nonblock', '3'], {
      stdio: ['ignore', 'ignore', 'ignore', this.fd],
    })
    if (error) throw new HelperError('sandbox/unavailable', `flock cannot be run: ${error.message}.`)
    // One that was discarded meanwhile has no name any more.
    return status === 0 && fstatSync(this.fd).nlink > 0
  }

  /**
   * Shows this very folder at `target`, whatever its own path leads to by now. Private: mounts
   * below one must not appear below the other.
   */
  mountAt(target: string): void {
    mkdirSync(target, { mode: 0o711 })
    // Not the path: mount(8) would resolve it again, and so would follow an exchanged name.
    execFileSync('mount', ['--no-canonicalize', '--bind', `/proc/${process.pid}/fd/${this.fd}`, target])
    execFileSync('mount', ['--make-private', target])
    const [held, shown] = [fstatSync(this.fd), statSync(target)]
    if (held.ino !== shown.ino || held.dev !== shown.dev) throw refused(this.path, 'was exchanged meanwhile')
  }

  /**
   * Removes all that lies in it: with this process's right, or by a program that takes paths, where
   * there are files of ids that only that program reaches. Throws `sandbox/failed`.
   */
  async empty(remover?: readonly string[]): Promise<void> {
    const here = `/proc/self/fd/${this.fd}`
    try {
      const names = await readdir(here)
      const [program, ...args] = remover ?? []
      if (program === undefined)
        for (const name of names) await rm(join(here, name), { recursive: true, force: true })
      else if (names.length > 0) await run(program, [...args, ...names.map((name) => join(this.path, name))])
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new HelperError('sandbox/failed', `${this.path} could not be emptied: ${why}`, {
        detail: { path: this.path },
      })
    }
  }

  /** Removes all that lies in it; its own name with the owner's right, whose folder that name is in. */
  async discard(owner: Owner, remover?: readonly string[]): Promise<void> {
    await this.empty(remover)
    spawnSync('rmdir', [this.path], { ...owner, cwd: '/', stdio: 'ignore' })
  }

  /** Gives it free again. */
  close(): void {
    closeSync(this.fd)
  }
}

/** A home itself may be reached through links: those above it are root's. */
function realBase(base: string, owner: Owner): string {
  spawnSync('mkdir', ['-p', base], { ...owner, cwd: '/', stdio: 'ignore' })
  try {
    return realpathSync(base)
  } catch {
    throw new HelperError('sandbox/failed', `There is no folder ${base} for a sandbox.`, {
      detail: { path: base },
    })
  }
}

/** Opens a folder inside an open one, which is closed, and follows no link. */
function step(at: number, name: string, path: string): number {
  try {
    return openSync(`/proc/self/fd/${at}/${name}`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOTDIR' || code === 'ELOOP')
      throw refused(path, `leads through "${name}", which is a link or no folder`)
    throw new HelperError('sandbox/failed', `${path} cannot be opened (${String(code)}).`, {
      detail: { path },
    })
  }
}

function makeIn(at: number, name: string, mode: number): void {
  try {
    mkdirSync(`/proc/self/fd/${at}/${name}`, { mode })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function requireOwn(fd: number, path: string): void {
  const { uid, mode } = fstatSync(fd)
  if (uid !== process.geteuid?.() || (mode & 0o022) !== 0) throw refused(path, 'could be changed by others')
  if (process.geteuid() === 0 && statfsSync(`/proc/self/fd/${fd}`).type === FUSE_MAGIC)
    throw refused(path, 'lies on a file system that a user’s program answers for (FUSE)')
}

function refused(path: string, why: string): HelperError {
  return new HelperError('helper/path-refused', `${path} ${why}.`, {
    hint: 'Move it away; a sandbox makes its own folder.',
    detail: { path },
  })
}
