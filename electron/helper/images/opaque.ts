import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { isRootsOwn } from '../daemon'
import { HELD, nameBytes, type Name } from '../storage/tree'

/** Where distributions put GNU tar. */
export const TAR_PROGRAMS: readonly string[] = ['/usr/bin/tar', '/bin/tar']
const ARGUMENTS = [
  '--create',
  '--format=posix',
  '--pax-option=delete=atime,delete=ctime,delete=mtime',
  '--xattrs',
  '--xattrs-include=trusted.overlay.*',
  '--xattrs-include=user.overlay.*',
  '--no-recursion',
  '--null',
  '--verbatim-files-from',
  '--files-from=-',
]
const BLOCK = 512
/** A pax header of a folder holds a long name and some attributes at most. */
const MAX_PAX = 256 * 1024

/**
 * Which of the folders below an open one hide what lower layers have in them, by the attribute that
 * overlayfs sets. Node reads no attributes; GNU tar writes them into the headers of an archive, and of a
 * folder alone it writes nothing else. Undefined where it cannot be told: there is no GNU tar, a folder is
 * gone, or one has an attribute that says its content lies elsewhere (`redirect_dir`).
 */
export async function readOpaque(
  root: number,
  folders: readonly (readonly Name[])[],
  programs: readonly string[] = TAR_PROGRAMS,
): Promise<boolean[] | undefined> {
  if (folders.length === 0) return []
  const program = programs.find(isTrusted)
  if (program === undefined) return undefined
  const child = spawn(program, ['-C', `${HELD}${root}`, ...ARGUMENTS], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { LC_ALL: 'C' },
    cwd: '/',
  })
  const ended = new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null))
    child.on('close', resolve)
  })
  // One that ends before it has read all of its list says so by its exit code.
  child.stdin.on('error', () => undefined)
  child.stdin.end(Buffer.concat(folders.map(line)))
  const headers = new FolderHeaders()
  for await (const piece of child.stdout as AsyncIterable<Buffer>) headers.push(piece)
  const told = headers.end()
  return (await ended) === 0 && told?.length === folders.length ? told : undefined
}

function line(names: readonly Name[]): Buffer {
  return Buffer.concat([
    Buffer.from('.'),
    ...names.flatMap((name) => [Buffer.from('/'), nameBytes(name)]),
    Buffer.from([0]),
  ])
}

function isTrusted(program: string): boolean {
  try {
    return isRootsOwn(realpathSync(program))
  } catch {
    return false
  }
}

/** An archive of folders alone: for each its header, with a pax header in front where there is more to say. */
class FolderHeaders {
  #rest = Buffer.alloc(0)
  #opaque: boolean[] = []
  #next = false
  #sound = true
  #ended = false

  push(piece: Buffer): void {
    if (!this.#sound || this.#ended) return
    let bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    for (let taken = this.#take(bytes); taken > 0; taken = this.#take(bytes)) bytes = bytes.subarray(taken)
    this.#rest = Buffer.from(bytes)
  }

  /** Undefined where the archive held something else. */
  end(): boolean[] | undefined {
    return this.#sound && this.#ended ? this.#opaque : undefined
  }

  /** Bytes of the header that begins here; 0 where it is not whole yet, or the last. */
  #take(bytes: Buffer): number {
    if (bytes.length < BLOCK || this.#ended || !this.#sound) return 0
    const flag = String.fromCharCode(bytes[156] ?? 0)
    if (flag === '\0') {
      this.#ended = true
      return 0
    }
    if (flag === '5') {
      this.#opaque.push(this.#next)
      this.#next = false
      return BLOCK
    }
    const size = Number.parseInt(bytes.toString('latin1', 124, 135), 8)
    this.#sound = flag === 'x' && size >= 0 && size <= MAX_PAX
    const whole = BLOCK + Math.ceil(size / BLOCK) * BLOCK
    if (!this.#sound || bytes.length < whole) return 0
    this.#readPax(bytes.subarray(BLOCK, BLOCK + size))
    return whole
  }

  #readPax(body: Buffer): void {
    for (let at = 0; at < body.length;) {
      const blank = body.indexOf(0x20, at)
      const end = at + Number(body.toString('latin1', at, blank))
      const equals = body.indexOf(0x3d, blank)
      if (!(end > equals && equals > blank && blank > at && end <= body.length)) {
        this.#sound = false
        return
      }
      this.#record(body.toString('latin1', blank + 1, equals), body.toString('latin1', equals + 1, end - 1))
      at = end
    }
  }

  #record(key: string, value: string): void {
    const attribute = /^SCHILY\.xattr\.(?:trusted|user)\.overlay\.(.*)$/s.exec(key)?.[1]
    if (attribute === 'opaque' && value === 'y') this.#next = true
    // With an `x` files stand for removed ones, with `redirect` the folder's content has another name.
    else if (attribute === 'opaque' || attribute === 'redirect') this.#sound = false
  }
}
