import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { compact, MAX_BYTES } from './compact'
import { asLine, parseLine, type HistoryEntry } from './entry'

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants
/** A file may grow to this before it is written anew, and no more of one is ever read. */
const MAX_FILE_BYTES = 2 * MAX_BYTES

/** Lines of JSON, only added to; written anew, compacted, when there are too many. */
export class HistoryFile {
  constructor(private readonly path: string) {}

  /** Compacted, oldest first. Lines that are torn or not ours are passed over; no file is no entries. */
  async read(): Promise<HistoryEntry[]> {
    const handle = await open(this.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (handle === undefined) return []
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) return []
      // The newest lines are at the end.
      const bytes = Buffer.alloc(Math.min(stat.size, MAX_FILE_BYTES))
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, stat.size - bytes.length)
      const lines = bytes.subarray(0, bytesRead).toString('utf8').split('\n')
      return compact(lines.flatMap((line) => parseLine(line) ?? []))
    } finally {
      await handle.close()
    }
  }

  /** Adds an entry, and writes the file anew when it has grown too large. */
  async add(entry: HistoryEntry): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
    const handle = await open(this.path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
    let size: number
    try {
      // One write, beginning on a line of its own: what a crash tore off does not take this along.
      await handle.writeFile(`\n${asLine(entry)}`)
      size = (await handle.stat()).size
    } finally {
      await handle.close()
    }
    if (size > MAX_FILE_BYTES) await this.#rewrite()
  }

  async #rewrite(): Promise<void> {
    const text = (await this.read()).map(asLine).join('')
    const temporary = `${this.path}.${randomBytes(6).toString('hex')}`
    try {
      await writeFile(temporary, text, { mode: 0o600, flag: 'wx' })
      await rename(temporary, this.path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
