import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  writeSync,
} from 'node:fs'
import { codeOf } from '../file-error'
import type { Tree } from '../storage/tree'
import { inside, namesOf, openBelow, openFolderIn, pathOf, type Name } from '../storage/tree'
import { HelperError } from '../verb'
import { DiskBytes } from './disk-bytes'
import { emptyFolder } from './remove-tree'

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants

/** Below the data-root, so that a move is one rename on one file system and below one mount. */
export const QUARANTINE = 'porthole-quarantine'
const MANIFEST = 'manifest.jsonl'
/** What waits, by id. */
const ITEMS = 'items'
/** What is being removed, by id. */
const TRASH = 'trash'
const ID = /^[0-9a-f]{16}$/

/** Something in quarantine. */
export interface Quarantined {
  id: string
  /** Where it lay, below the data-root; as paths to ask with are spelled. */
  from: string
  movedAt: string
  /** On the disk. */
  bytes: number
  /** Its removal began and did not end. */
  deleting: boolean
}

type Entry = Pick<Quarantined, 'id' | 'from' | 'movedAt'>

/**
 * Moves something into quarantine. Where it came from is written down, and on the disk, first: killed
 * in the middle, it lies at the one place or the other and can be put back. The caller has proven that
 * nothing refers to it. Throws `storage/changed-underneath` when it is gone.
 */
export function moveIn(root: Tree, path: string): Entry {
  const names = namesOf(path)
  const last = names.at(-1)
  if (last === undefined || names[0] === QUARANTINE)
    throw new HelperError('helper/path-refused', 'This is no part of the data-root that could be set aside.')
  const items = openItems(root)
  const parent = openParent(root, names)
  try {
    const entry = {
      id: randomBytes(8).toString('hex'),
      from: pathOf(names),
      movedAt: new Date().toISOString(),
    }
    if (!lstatSync(inside(parent, last), { throwIfNoEntry: false })) throw vanished(path)
    writeDown(root, entry)
    move(parent, last, items, entry.id, path)
    return entry
  } finally {
    closeSync(parent)
    closeSync(items)
  }
}

/** What lies there, oldest first. */
export async function listQuarantine(root: Tree, signal: AbortSignal): Promise<Quarantined[]> {
  const list: Quarantined[] = []
  for (const entry of manifest(root).values()) {
    const lies = placeOf(root, entry.id)
    // A line without a place is of a move that never happened, or of what was put back or removed.
    if (lies !== undefined)
      list.push({ ...entry, bytes: await sizeOf(root, entry.id, signal), deleting: lies === TRASH })
  }
  return list
}

/** What something in quarantine takes on the disk, in bytes. Throws `storage/changed-underneath`. */
export async function sizeOf(root: Tree, id: string, signal: AbortSignal): Promise<number> {
  known(root, id)
  return new DiskBytes(signal).of(root, QUARANTINE, placeOf(root, id) ?? ITEMS, id)
}

/**
 * Puts something back where it lay. Throws `storage/changed-underneath` when it is not there, or its
 * place is taken by now.
 */
export function restore(root: Tree, id: string): void {
  const { from } = known(root, id)
  const names = namesOf(from)
  const last = names.at(-1) ?? ''
  const items = root.openFolder([QUARANTINE, ITEMS])
  try {
    if (!lstatSync(inside(items, id), { throwIfNoEntry: false })) throw vanished(id)
    const parent = openParent(root, names)
    try {
      if (lstatSync(inside(parent, last), { throwIfNoEntry: false }))
        throw new HelperError('storage/changed-underneath', `Something else lies at ${from} by now.`, {
          hint: 'Move that away first.',
          detail: { path: from },
        })
      move(items, id, parent, last, from)
    } finally {
      closeSync(parent)
    }
  } finally {
    closeSync(items)
  }
}

/** Removes something for good; again where that ended in the middle. Throws as {@link restore}. */
export async function remove(root: Tree, id: string): Promise<void> {
  known(root, id)
  const trash = openMade(root, [QUARANTINE, TRASH])
  try {
    makeFolder(trash, id)
    const own = openFolderIn(trash, id)
    try {
      const items = openItems(root)
      try {
        if (lstatSync(inside(items, id), { throwIfNoEntry: false })) move(items, id, own, 'item', id)
      } finally {
        closeSync(items)
      }
      await emptyFolder(own)
    } finally {
      closeSync(own)
    }
    rmdirSync(inside(trash, id))
  } finally {
    closeSync(trash)
  }
}

/** Whether something lies in this quarantine by an id. */
export function holds(root: Tree, id: string): boolean {
  return ID.test(id) && manifest(root).has(id) && placeOf(root, id) !== undefined
}

/** The quarantine's entry of an id, which must be in it. */
function known(root: Tree, id: string): Entry {
  const entry = ID.test(id) ? manifest(root).get(id) : undefined
  if (!entry || placeOf(root, id) === undefined) throw vanished(id)
  return entry
}

/** Which of the two folders it lies in; in both, when a removal has only begun. */
function placeOf(root: Tree, id: string): typeof ITEMS | typeof TRASH | undefined {
  if (root.stat(QUARANTINE, ITEMS, id)) return ITEMS
  return root.stat(QUARANTINE, TRASH, id) ? TRASH : undefined
}

function manifest(root: Tree): Map<string, Entry> {
  const bytes = root.read([QUARANTINE, MANIFEST], 64 * 1024 * 1024)
  const entries = new Map<string, Entry>()
  for (const line of bytes?.toString('utf8').split('\n') ?? []) {
    try {
      const { id, from, movedAt } = JSON.parse(line) as Record<string, unknown>
      if (typeof id === 'string' && ID.test(id) && typeof from === 'string' && typeof movedAt === 'string')
        entries.set(id, { id, from, movedAt })
    } catch {
      // Torn by a crash: then the move it tells of did not happen.
    }
  }
  return entries
}

function writeDown(root: Tree, entry: Entry): void {
  const folder = root.openFolder([QUARANTINE])
  try {
    const fd = openSync(inside(folder, MANIFEST), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
    try {
      writeSync(fd, `\n${JSON.stringify(entry)}\n`)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function move(from: number, name: Name, to: number, as: Name, path: string): void {
  try {
    renameSync(inside(from, name), inside(to, as))
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') throw vanished(path)
    if (code === 'EBUSY' || code === 'EXDEV')
      throw new HelperError('storage/changed-underneath', `${path} is a mount point, or lies below another.`)
    throw error
  }
  fsyncSync(to)
  fsyncSync(from)
}

function openParent(root: Tree, names: readonly Name[]): number {
  try {
    return root.openFolder(names.slice(0, -1))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error) ?? '')) throw vanished(pathOf(names))
    throw error
  }
}

function openItems(root: Tree): number {
  // Both at once: on a full disk a removal must not want a folder first.
  closeSync(openMade(root, [QUARANTINE, TRASH]))
  return openMade(root, [QUARANTINE, ITEMS])
}

/** Opens a folder, made where it is not there: root's alone, whatever lies in it. */
function openMade(root: Tree, names: readonly string[]): number {
  return openBelow(root.fd, names, makeFolder)
}

function makeFolder(fd: number, name: Name): void {
  try {
    mkdirSync(inside(fd, name), { mode: 0o700 })
    fsyncSync(fd)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** That something is not there, to be thrown. */
export function vanished(what: string): HelperError {
  return new HelperError('storage/changed-underneath', `${what} is not there any more.`, {
    hint: 'Look again.',
    detail: { path: what },
  })
}
