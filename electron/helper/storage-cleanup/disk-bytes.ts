import { closeSync, type Stats } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { codeOf } from '../file-error'
import { inside, type Name, type Tree } from '../storage/tree'

/** Bytes of a block as stat(2) counts them. */
export const BLOCK = 512
/** Entries that are looked at together: the system answers them on several threads. */
const AT_ONCE = 32
const SLASH = Buffer.from('/')

/**
 * Measures what the removal of several trees frees, in bytes on the disk. A file with more names than
 * one counts with the tree that has its last; one with a name elsewhere stays, and frees nothing.
 */
export class DiskBytes {
  readonly #links = new Map<string, number>()

  constructor(private readonly signal: AbortSignal) {}

  /** Of an entry with all below it on its file system; 0 when there is none. */
  async of(root: Tree, ...names: readonly Name[]): Promise<number> {
    const stat = root.stat(...names)
    const last = names.at(-1)
    if (!stat || last === undefined) return 0
    let bytes = this.#count(stat)
    if (!stat.isDirectory()) return bytes
    const parent = root.openFolder(names.slice(0, -1))
    try {
      const folders: Buffer[] = [Buffer.from(inside(parent, last))]
      for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
        this.signal.throwIfAborted()
        for await (const [path, each] of entriesOf(at)) {
          if (each.dev !== stat.dev) continue
          bytes += this.#count(each)
          if (each.isDirectory()) folders.push(path)
        }
      }
      return bytes
    } finally {
      closeSync(parent)
    }
  }

  #count(stat: Stats): number {
    if (stat.isDirectory() || stat.nlink === 1) return stat.blocks * BLOCK
    const key = `${stat.dev}:${stat.ino}`
    const seen = (this.#links.get(key) ?? 0) + 1
    this.#links.set(key, seen)
    return seen === stat.nlink ? stat.blocks * BLOCK : 0
  }
}

/** What vanishes while it is looked at takes nothing any more. */
async function* entriesOf(folder: Buffer): AsyncGenerator<[Buffer, Stats]> {
  const names = await readdir(folder, { encoding: 'buffer' }).catch(gone<Buffer[]>([]))
  for (let first = 0; first < names.length; first += AT_ONCE) {
    const paths = names.slice(first, first + AT_ONCE).map((name) => Buffer.concat([folder, SLASH, name]))
    const looked = await Promise.all(
      paths.map(async (path): Promise<[Buffer, Stats | undefined]> => [
        path,
        await lstat(path).catch(gone(undefined)),
      ]),
    )
    for (const [path, stat] of looked) if (stat) yield [path, stat]
  }
}

function gone<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return instead
    throw error
  }
}
