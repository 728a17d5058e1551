import { closeSync, readlinkSync, type Stats } from 'node:fs'
import { HelperError } from '../verb'
import { rootOf, toldPath } from './located'
import { shown } from './names'
import { Owners, type Owner } from './owners'
import { follow, next } from './places'
import { recentReferences } from './recent'
import { closeRoots, openRoots, type Root, type Roots, type StoreInUse } from './roots'
import { inside, look, nameBytes, namesIn, type Name } from './tree'

export interface ListRequest {
  pid: number | undefined
  store: StoreInUse
  /** As asked with; empty for the data-root. */
  path: string
  /** Name of the last entry of the part before, as asked with. */
  after: string | undefined
}

export interface ListedEntry {
  name: string
  path: string
  type: 'folder' | 'file' | 'link' | 'device' | 'socket' | 'fifo'
  sizeBytes: number
  /** Blocks of a file; of a folder only those of itself, which is not what it holds. */
  diskBytes?: number
  modifiedAt: string
  mode: string
  uid: number
  gid: number
  linkTarget?: string
  owner: Owner
  meaning?: string
}

export interface Listed {
  path: string
  /** Where the data-root is. */
  dataRoot: string
  owner: Owner
  meaning?: string
  entries: ListedEntry[]
  next?: string
}

const MAX_ENTRIES = 2_000
/** Room for entries: an answer holds 1 MiB. */
const MAX_BYTES = 700_000
/** Names of images that an entry of a list tells. */
const MAX_IMAGES = 5

/**
 * Entries of a folder of a root, by name, with what each is. No link is followed on the way. Throws
 * `helper/path-refused` for a path outside and for what is no folder.
 */
export async function listFolder({ pid, store, path, after }: ListRequest): Promise<Listed> {
  const roots = openRoots(pid, store)
  try {
    const { root, names } = rootOf(roots, path)
    const owners = new Owners(await recentReferences(roots), store)
    const rule = follow(root.rule, names)
    const told = toldPath(roots, root, names)
    const fd = open(root, names, path)
    try {
      const all = sorted(namesIn(fd))
      const from = after === undefined ? 0 : firstAfter(all, after)
      const entries: ListedEntry[] =
        names.length === 0 && root === roots.all[0] && from === 0 ? others(roots, owners) : []
      let bytes = 0
      let at = from
      for (; at < all.length && entries.length < MAX_ENTRIES && bytes < MAX_BYTES; at += 1) {
        const name = all[at]
        const stat = name === undefined ? undefined : look(inside(fd, name))
        if (name === undefined || stat === undefined) continue
        const below = next(rule, name)
        const entryPath = toldPath(roots, root, [...names, name])
        const entry = describe(name, entryPath, stat, short(owners.of(below.place, entryPath)))
        const meaning = meaningOf(below.meaning, entry.owner)
        if (meaning !== undefined) entry.meaning = meaning
        if (entry.type === 'link') entry.linkTarget = target(inside(fd, name))
        bytes += Buffer.byteLength(JSON.stringify(entry))
        entries.push(entry)
      }
      const last = all[at - 1]
      return {
        path: told,
        dataRoot: roots.data.path,
        owner: owners.of(rule.place, told),
        ...(rule.meaning === undefined ? {} : { meaning: rule.meaning }),
        entries,
        ...(at < all.length && last !== undefined ? { next: asAfter(last) } : {}),
      }
    } finally {
      closeSync(fd)
    }
  } finally {
    closeRoots(roots)
  }
}

function open(root: Root, names: readonly Name[], path: string): number {
  try {
    return root.tree.openFolder(names)
  } catch {
    throw new HelperError('helper/path-refused', `${path} is no folder that can be opened.`, {
      hint: 'It may be gone, or a link or another file system stands in the way.',
      detail: { path },
    })
  }
}

/** A layer's and a container's folder have paths of one kind. */
function meaningOf(meaning: string | undefined, { kind }: Owner): string | undefined {
  return meaning === 'overlay2-layer' && kind === 'container' ? 'overlay2-container' : meaning
}

/** containerd's root, where it lies beside the data-root. */
function others(roots: Roots, owners: Owners): ListedEntry[] {
  return roots.all.slice(1).flatMap(({ tree, rule }) => {
    const stat = tree.stat()
    if (stat === undefined) return []
    const entry = describe(tree.path, tree.path, stat, owners.of(rule.place, tree.path))
    return [{ ...entry, ...(rule.meaning === undefined ? {} : { meaning: rule.meaning }) }]
  })
}

function describe(name: Name, path: string, stat: Stats, owner: Owner): ListedEntry {
  const type = typeOf(stat)
  return {
    name: shown(nameBytes(name)),
    path,
    type,
    sizeBytes: stat.size,
    ...(type === 'folder' ? {} : { diskBytes: stat.blocks * 512 }),
    modifiedAt: stat.mtime.toISOString(),
    mode: modeOf(stat),
    uid: stat.uid,
    gid: stat.gid,
    owner,
  }
}

function typeOf(stat: Stats): ListedEntry['type'] {
  if (stat.isDirectory()) return 'folder'
  if (stat.isFile()) return 'file'
  if (stat.isSymbolicLink()) return 'link'
  if (stat.isSocket()) return 'socket'
  return stat.isFIFO() ? 'fifo' : 'device'
}

/** As `ls -l` writes it. */
function modeOf(stat: Stats): string {
  const letters = { folder: 'd', file: '-', link: 'l', socket: 's', fifo: 'p', device: 'b' }
  const first = stat.isCharacterDevice() ? 'c' : letters[typeOf(stat)]
  const special = [stat.mode & 0o4000, stat.mode & 0o2000, stat.mode & 0o1000]
  const three = [6, 3, 0].map((shift, index) => {
    const bits = (stat.mode >> shift) & 7
    const execute = (bits & 1) !== 0
    const mark = index === 2 ? 't' : 's'
    const last = special[index] === 0 ? (execute ? 'x' : '-') : execute ? mark : mark.toUpperCase()
    return `${(bits & 4) !== 0 ? 'r' : '-'}${(bits & 2) !== 0 ? 'w' : '-'}${last}`
  })
  return first + three.join('')
}

function short(owner: Owner): Owner {
  if (owner.images === undefined || owner.images.length <= MAX_IMAGES) return owner
  return { ...owner, images: owner.images.slice(0, MAX_IMAGES) }
}

function target(path: Name): string {
  try {
    return shown(readlinkSync(path, { encoding: 'buffer' }))
  } catch {
    return ''
  }
}

function sorted(names: Name[]): Name[] {
  return names
    .map((name) => ({ name, key: nameBytes(name) }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ name }) => name)
}

/** A name as a position between calls: its bytes, whatever they are. */
function asAfter(name: Name): string {
  return nameBytes(name).toString('base64')
}

function firstAfter(names: readonly Name[], after: string): number {
  const last = Buffer.from(after, 'base64')
  const found = names.findIndex((name) => Buffer.compare(nameBytes(name), last) > 0)
  return found < 0 ? names.length : found
}
