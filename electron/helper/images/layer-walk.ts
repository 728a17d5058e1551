import { closeSync, readlinkSync, type Stats } from 'node:fs'
import { basename } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { codeOf } from '../file-error'
import { asked } from '../storage/names'
import {
  inside,
  look,
  nameBytes,
  namesOf,
  openBelow,
  openFolderIn,
  pathOf,
  type Name,
  type Tree,
} from '../storage/tree'
import { entriesOf } from '../storage/walk'
import { HelperError } from '../verb'
import { openLayerFolder, type Place } from './layer-folder'
import { readOpaque, TAR_PROGRAMS } from './opaque'
import { openServedRoot } from './served-root'

export interface LayerWalkRequest extends Place {
  /** `sha256:` and 64 hexadecimal digits. */
  chainId: string
  /** Folders to read, as asked with; the layer's own is an empty text. */
  folders: readonly string[]
  /** Entries of the first of them to leave out. */
  from: number
}

/** f file, d folder, l symbolic link, c and b device, p pipe, w what stands for a removed entry. */
export type WalkedType = 'f' | 'd' | 'l' | 'c' | 'b' | 'p' | 'w'

/**
 * Name as asked with, type, mode, uid, gid, size, seconds since 1970, and one thing more: of a folder 1
 * where it hides what lower layers have in it, of a symbolic link its target as asked with, of what has
 * several names its inode number, else 0.
 */
export type WalkedEntry = [string, WalkedType, number, number, number, number, number, string | number]

export interface WalkedFolder {
  /** As asked with. */
  path: string
  entries: WalkedEntry[]
  /** For `from`, where there are more. */
  next?: number
  /** Of the layer's own folder, where it hides all lower layers. */
  opaque?: true
}

export interface LayerWalk {
  /** Folders asked for and those below them, as far as one answer holds; the others are to be asked for. */
  folders: WalkedFolder[]
}

/** Bytes of an answer, of the 2 MiB that it may hold; the last entry may go beyond. */
const MAX_BYTES = 1_500_000
/** Bytes of an entry beside its name and target, at most. */
const ENTRY = 72
/** Characters that JSON writes as one byte. */
const PLAIN = /^[ !#-[\]-~]*$/
/** Entries between two moments in which others have their turn. */
const AT_ONCE = 2_000
/** Folders held open below each other; what lies deeper is to be asked for. */
const MAX_DEPTH = 64

/**
 * Reads a piece of what a layer's folder holds. Nothing is remembered between two pieces: which folders
 * are left, the caller knows from the entries. No link is followed, and what is mounted below is left out.
 * Throws `storage/denied` where the folder cannot be told as a layer: there is none, the daemon maps users
 * to others, or attributes of overlayfs cannot be read.
 */
export async function walkLayer(request: LayerWalkRequest, signal: AbortSignal): Promise<LayerWalk> {
  const { pid, store, chainId, folders, from } = request
  if (mapsUsers(pid))
    throw unfit('The daemon maps users to others: owners in the folders of its layers are not the image’s.')
  const layer = await openLayerFolder({ pid, store, chainId })
  try {
    return await walkFolders(layer, folders, from, signal)
  } finally {
    layer.close()
  }
}

/** As {@link walkLayer}, of a layer's open folder. */
export async function walkFolders(
  layer: Tree,
  folders: readonly string[],
  from: number,
  signal: AbortSignal,
  programs = TAR_PROGRAMS,
): Promise<LayerWalk> {
  const walk = new Walk(layer, signal)
  for (const [index, path] of folders.entries()) {
    if (walk.isFull) break
    await walk.read(namesOf(path), index === 0 ? from : 0)
  }
  return { folders: await walk.finish(programs) }
}

class Walk {
  readonly #told: WalkedFolder[] = []
  /** Folders of which it is to be found out whether they are opaque. */
  readonly #asked: { names: readonly Name[]; tell: () => void }[] = []
  #bytes = 0
  #entries = 0

  constructor(
    private readonly layer: Tree,
    private readonly signal: AbortSignal,
  ) {}

  get isFull(): boolean {
    return this.#bytes >= MAX_BYTES
  }

  /** Throws `storage/denied` for a folder that is not there. */
  async read(names: readonly Name[], from: number): Promise<void> {
    let fd: number
    try {
      fd = openBelow(this.layer.fd, names)
    } catch (error) {
      throw unfit(`A folder of the layer cannot be read: ${codeOf(error) ?? String(error)}.`)
    }
    await this.#list(fd, names, from, 0)
  }

  /** Throws `storage/denied` where attributes cannot be read. */
  async finish(programs: readonly string[]): Promise<WalkedFolder[]> {
    const folders = this.#asked.map(({ names }) => names)
    const opaque = await readOpaque(this.layer.fd, folders, programs)
    if (opaque === undefined) throw unfit('Attributes of its folders cannot be read with GNU tar.')
    for (const [index, { tell }] of this.#asked.entries()) if (opaque[index] === true) tell()
    return this.#told
  }

  /** Takes the descriptor over. */
  async #list(fd: number, names: readonly Name[], from: number, depth: number): Promise<void> {
    try {
      const below: Name[] = []
      const folder: WalkedFolder = { path: pathOf(names), entries: [] }
      this.#told.push(folder)
      this.#bytes += ENTRY + folder.path.length
      if (names.length === 0 && from === 0) this.#asked.push({ names, tell: () => (folder.opaque = true) })
      await this.#fill(fd, names, from, folder, below)
      if (depth >= MAX_DEPTH) return
      for (const name of below) {
        if (this.isFull) return
        let inner: number
        try {
          inner = openFolderIn(fd, name)
        } catch (error) {
          throw unfit(`A folder of the layer cannot be read: ${codeOf(error) ?? String(error)}.`)
        }
        await this.#list(inner, [...names, name], 0, depth + 1)
      }
    } finally {
      closeSync(fd)
    }
  }

  async #fill(
    fd: number,
    names: readonly Name[],
    from: number,
    folder: WalkedFolder,
    below: Name[],
  ): Promise<void> {
    let seen = 0
    for (const name of entriesOf(fd)) {
      seen += 1
      if (seen <= from) continue
      if (this.isFull) {
        folder.next = seen - 1
        return
      }
      const entry = this.#entry(fd, name)
      if (entry !== undefined) {
        folder.entries.push(entry)
        this.#bytes += ENTRY + lengthOf(entry[0]) + (typeof entry[7] === 'string' ? lengthOf(entry[7]) : 0)
        if (entry[1] === 'd') {
          below.push(name)
          this.#asked.push({ names: [...names, name], tell: () => (entry[7] = 1) })
        }
      }
      this.#entries += 1
      if (this.#entries % AT_ONCE === 0) {
        await setImmediate()
        this.signal.throwIfAborted()
      }
    }
  }

  /** Undefined for what no layer holds: a socket, or something of another file system. */
  #entry(fd: number, name: Name): WalkedEntry | undefined {
    const stat = look(inside(fd, name))
    if (stat === undefined || stat.dev !== this.layer.device) return undefined
    const type = typeOf(stat)
    if (type === undefined) return undefined
    const { mode, uid, gid, size, mtimeMs, nlink, ino } = stat
    const more =
      type === 'l'
        ? asked(readlinkSync(inside(fd, name), { encoding: 'buffer' }))
        : type !== 'd' && type !== 'w' && nlink > 1
          ? ino
          : 0
    const text = typeof name === 'string' && !name.includes('\\') ? name : asked(nameBytes(name))
    const bytes = type === 'f' ? size : 0
    return [text, type, mode & 0o7777, uid, gid, bytes, Math.floor(mtimeMs / 1_000), more]
  }
}

function typeOf(stat: Stats): WalkedType | undefined {
  if (stat.isFile()) return 'f'
  if (stat.isDirectory()) return 'd'
  if (stat.isSymbolicLink()) return 'l'
  if (stat.isCharacterDevice()) return stat.rdev === 0 ? 'w' : 'c'
  if (stat.isBlockDevice()) return 'b'
  return stat.isFIFO() ? 'p' : undefined
}

/** Bytes of a text in JSON, at most: a control character takes six of ASCII, any other three of UTF-8. */
function lengthOf(text: string): number {
  return PLAIN.test(text) ? text.length : text.length * 6
}

/** Whether root of its containers is another user here, by `userns-remap` or as rootless. */
function mapsUsers(pid: number): boolean {
  const root = openServedRoot(pid)
  root.close()
  if (/^\d+\.\d+$/.test(basename(root.path))) return true
  return readlinkSync(`/proc/${pid}/ns/user`) !== readlinkSync('/proc/self/ns/user')
}

function unfit(message: string): HelperError {
  return new HelperError('storage/denied', message, {
    hint: 'The image can be read through the engine instead.',
  })
}
