import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { link, lstat, open, readdir, rename, stat, unlink, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { startOf } from '../../helper/daemon'
import { codeOf } from '../../helper/file-error'
import { AppError } from '../../contract/errors'
import { checkPath, noArchive, pathFault } from './host-path'

/** What stands between the name of the file to be and who writes it. */
const MARK = '.porthole-partial-'
/** A name has 255 bytes (NAME_MAX); this and the mark with three numbers fit. */
const MAX_NAME = 180
/** After so long without a byte nobody writes any more, whoever it was. Milliseconds. */
const ABANDONED_MS = 24 * 60 * 60_000
/** An image may hold secrets; docker save writes it so, too. */
const MODE = 0o600

let made = 0

/**
 * A file that is there whole or not at all. It is written beside its place as
 * `NAME.porthole-partial-<who>-<pid>-<start>-<n>`, and only what was written whole, to the disk, takes
 * the name, which must be free. Mode 0600, less what the umask takes away. What an ended Porthole left of
 * the same name is removed by the next: its process is gone (`who` names this boot and this table of
 * processes), or for a day nobody has written to it.
 */
export class PartialFile {
  private constructor(
    private readonly path: string,
    private readonly partial: string,
    private readonly file: FileHandle,
  ) {}

  /** Throws `image/no-archive` for a path that is taken or where nothing can be written. */
  static async create(path: string): Promise<PartialFile> {
    checkPath(path)
    if (path.endsWith('/')) throw noArchive(path, 'it names no file', 'Add the name of a file.')
    const folder = dirname(path)
    try {
      if (!(await stat(folder)).isDirectory()) throw noArchive(path, 'a part of the path is no folder')
      await requireFree(path)
      const stem = stemOf(path)
      await removeLeftovers(folder, stem)
      made += 1
      const partial = join(folder, `${stem}${MARK}${whoWrites()}-${process.pid}-${ownStart()}-${made}`)
      return new PartialFile(path, partial, await open(partial, 'wx', MODE))
    } catch (error) {
      throw error instanceof AppError ? error : pathFault(path, error)
    }
  }

  async write(bytes: Buffer): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += (await this.file.write(bytes, at)).bytesWritten
    } catch (error) {
      throw pathFault(this.path, error)
    }
  }

  /** Gives it its name. Throws `image/no-archive` where that was taken meanwhile; `discard` it then. */
  async finish(): Promise<void> {
    try {
      await this.file.sync()
      await this.file.close()
      await giveName(this.partial, this.path)
      await syncFolder(dirname(this.path))
    } catch (error) {
      throw error instanceof AppError ? error : pathFault(this.path, error)
    }
  }

  /** Removes it; nothing is left of it. Never rejects. */
  async discard(): Promise<void> {
    await this.file.close().catch(() => undefined)
    await unlink(this.partial).catch(() => undefined)
  }
}

async function requireFree(path: string): Promise<void> {
  // A link that leads nowhere takes the name, too.
  const there = await lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (there !== undefined)
    throw noArchive(
      path,
      there.isDirectory() ? 'it is a folder' : 'something of that name is there already',
      there.isDirectory() ? 'Add the name of a file.' : 'Choose another name, or move it away.',
    )
}

/** Gives a name that must be free: link(2) refuses one that is taken, rename(2) would not. */
async function giveName(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path)
  } catch (error) {
    // A disk without hard links, as sticks have: the moment between look and rename is the best there is.
    if (!NO_LINKS.has(codeOf(error) ?? '')) throw error
    await requireFree(path)
    await rename(partial, path)
    return
  }
  // The file has its name; a second one that cannot be taken away spoils nothing.
  await unlink(partial).catch(() => undefined)
}

const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** So that the new name survives a loss of power; what a folder of a network says to it does not count. */
async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r').catch(() => undefined)
  await opened?.sync().catch(() => undefined)
  await opened?.close()
}

async function removeLeftovers(folder: string, stem: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(stem + MARK)) continue
    const [, who, pid, start] = /^([0-9a-f]{8})-(\d+)-(\d+)-\d+$/.exec(name.slice((stem + MARK).length)) ?? []
    if (who === undefined) continue
    const path = join(folder, name)
    const there = await lstat(path).catch(() => undefined)
    if (there?.isFile() !== true) continue
    const gone = who === whoWrites() && startOf(Number(pid)) !== start
    if (gone || Date.now() - there.mtimeMs > ABANDONED_MS) await unlink(path).catch(() => undefined)
  }
}

/** The name of the file to be, as much of it as leaves room for the mark. */
function stemOf(path: string): string {
  let stem = basename(path)
  while (Buffer.byteLength(stem) > MAX_NAME) stem = [...stem].slice(0, -1).join('')
  return stem
}

/** Names the boot and the table of processes in which a pid means what it means here. */
function whoWrites(): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
  return createHash('sha256')
    .update(`${boot} ${readlinkSync('/proc/self/ns/pid')}`)
    .digest('hex')
    .slice(0, 8)
}

function ownStart(): string {
  return startOf(process.pid) ?? '0'
}
