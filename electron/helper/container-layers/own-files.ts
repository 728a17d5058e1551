import { closeSync, lstatSync, type Stats } from 'node:fs'
import { codeOf } from '../file-error'
import { openContainerFolder, type Place } from '../images/layer-folder'
import { asked, bytesOf } from '../storage/names'
import { inside, look, nameBytes, namesIn, openFolderIn, type Name, type Tree } from '../storage/tree'

export interface OwnFilesRequest extends Place {
  /** Full id. */
  container: string
  /** Absolute in the container, as the engine tells them. */
  paths: string[]
  /** Adds all files up too. */
  sum: boolean
}

export interface OwnFile {
  /** Spelled byte for byte; where a name is not UTF-8 the engine's spelling does not tell it. */
  path: string
  type: 'file' | 'folder' | 'symlink' | 'char' | 'block' | 'fifo'
  sizeBytes: number
}

export interface OwnFiles {
  /** One for each path; null for what was removed, and what is not there any more. */
  files: (OwnFile | null)[]
  /** Of all files of the container's own, one with several names counted once. */
  bytes?: number
}

/** Entries between two moments in which others have their turn. */
const AT_ONCE = 500

/**
 * What stands at paths that a container changed, in the folder of its own layer alone. No link is
 * followed and nothing is opened but folders. Throws `storage/denied` where there is no such folder,
 * `helper/path-refused`.
 */
export async function readOwnFiles(request: OwnFilesRequest, signal: AbortSignal): Promise<OwnFiles> {
  const tree = await openContainerFolder(request)
  try {
    const finder = new Finder(tree)
    const files: OwnFiles['files'] = []
    try {
      for (const [index, path] of request.paths.entries()) {
        files.push(finder.find(path))
        if (index % AT_ONCE === AT_ONCE - 1) await pause(signal)
      }
    } finally {
      finder.close()
    }
    return { files, ...(request.sum ? { bytes: await sumOf(tree, signal) } : {}) }
  } finally {
    tree.close()
  }
}

/** Looks paths up; those of one folder, which come together, open it once. */
class Finder {
  private folder: { path: string; fd: number; names: Name[] } | undefined

  constructor(private readonly tree: Tree) {}

  find(path: string): OwnFile | null {
    const parts = path.split('/').filter((part) => part !== '')
    const last = parts.pop()
    if (last === undefined || parts.includes('..') || last === '..') return null
    const folder = this.open(parts)
    const name = folder === undefined ? undefined : match(folder.fd, last)
    const stat = folder === undefined || name === undefined ? undefined : look(inside(folder.fd, name))
    if (folder === undefined || name === undefined || stat === undefined || isWhiteout(stat)) return null
    const type = typeOf(stat)
    if (type === undefined) return null
    return {
      path: [...folder.names, name].map((each) => `/${asked(nameBytes(each))}`).join(''),
      type,
      sizeBytes: type === 'file' ? stat.size : 0,
    }
  }

  close(): void {
    if (this.folder !== undefined) closeSync(this.folder.fd)
    this.folder = undefined
  }

  private open(parts: readonly string[]): { fd: number; names: Name[] } | undefined {
    const path = parts.join('/')
    if (this.folder?.path === path) return this.folder
    this.close()
    let fd = this.tree.openFolder([])
    const names: Name[] = []
    for (const part of parts) {
      const above = fd
      try {
        const name = match(above, part)
        if (name === undefined) return undefined
        fd = openFolderIn(above, name)
        names.push(name)
      } catch (error) {
        if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES'].includes(codeOf(error) ?? ''))
          return undefined
        throw error
      } finally {
        closeSync(above)
      }
    }
    this.folder = { path, fd, names }
    return this.folder
  }
}

/**
 * The name in a folder that the engine means. In its JSON each byte that is not UTF-8 is U+FFFD: a name
 * with that is looked for among all, and taken when one alone reads so.
 */
function match(fd: number, told: string): Name | undefined {
  if (!told.includes('\ufffd')) return told
  const found = namesIn(fd).filter((name) => readsAs(name) === told)
  return found.length === 1 ? found[0] : undefined
}

function readsAs(name: Name): string {
  if (typeof name === 'string') return name
  // Spelled first, so that each byte and not each torn character becomes one.
  return asked(name).replace(/\\x([0-9a-f]{2})/g, (spelled) =>
    bytesOf(spelled)[0] === 0x5c ? '\\' : '\ufffd',
  )
}

async function sumOf(tree: Tree, signal: AbortSignal): Promise<number> {
  let bytes = 0
  let looked = 0
  const linked = new Set<number>()
  const folders: Name[][] = [[]]
  for (let names = folders.pop(); names !== undefined; names = folders.pop()) {
    let fd: number
    try {
      fd = tree.openFolder(names)
    } catch {
      // Gone meanwhile.
      continue
    }
    try {
      for (const name of namesIn(fd)) {
        if ((looked += 1) % AT_ONCE === 0) await pause(signal)
        const stat = lstatSync(inside(fd, name), { throwIfNoEntry: false })
        if (stat === undefined || stat.dev !== tree.device) continue
        if (stat.isDirectory()) folders.push([...names, name])
        if (!stat.isFile() || linked.has(stat.ino)) continue
        if (stat.nlink > 1) linked.add(stat.ino)
        bytes += stat.size
      }
    } finally {
      closeSync(fd)
    }
  }
  return bytes
}

/** What stands for a removed entry: a character device 0:0. */
function isWhiteout(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0
}

function typeOf(stat: Stats): OwnFile['type'] | undefined {
  if (stat.isFile()) return 'file'
  if (stat.isDirectory()) return 'folder'
  if (stat.isSymbolicLink()) return 'symlink'
  if (stat.isCharacterDevice()) return 'char'
  if (stat.isBlockDevice()) return 'block'
  return stat.isFIFO() ? 'fifo' : undefined
}

async function pause(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve))
  signal.throwIfAborted()
}
