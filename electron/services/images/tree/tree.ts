import { AppError } from '../../../contract/errors'
import type { EntryType } from '../tar'
import { settleHardLinks } from './hard-links'
import { Names } from './names'

/** 0 stands for no entry: a whiteout alone. */
export const TYPES: readonly (EntryType | undefined)[] = [
  undefined,
  'file',
  'folder',
  'symlink',
  'hardlink',
  'char',
  'block',
  'fifo',
]
export const FOLDER = TYPES.indexOf('folder')
export const FILE = TYPES.indexOf('file')

/** What lower layers have at the path, or below it, is not seen from this layer on. */
export const WHITEOUT = 1
export const OPAQUE = 2
/** A folder that stands in no layer but has entries, as an archive may leave it out. */
export const IMPLIED = 4

/** What an entry is besides its path. */
export interface Attributes {
  type: EntryType
  mode: number
  uid: number
  gid: number
  size: number
  mtime: number
  link: string | undefined
}

/** Most entries of an image; each takes about 200 bytes with its name. */
export const MAX_ENTRIES = 4_000_000
export const NONE = -1
/** Room for so many at first. */
const FIRST = 1024
/** Others each time, and odd: whoever makes an image cannot make its paths meet in one slot of the table. */
const MULTIPLIERS = [oddNumber(), oddNumber()] as const

/**
 * All paths of an image, and for each path what each layer has there (its versions). In columns of
 * numbers: a million entries as objects would take a gigabyte. Layers may be read in any order.
 */
export class ImageTree {
  readonly #names = new Names()
  readonly #links = new Names()
  #table = new Int32Array(4096).fill(NONE)

  // Of each path. One class for columns of all kinds would cost as much time as all the rest.
  #nodes = 0
  #parent = new Int32Array(FIRST)
  #name = new Int32Array(FIRST)
  #child = new Int32Array(FIRST)
  #sibling = new Int32Array(FIRST)
  #newest = new Int32Array(FIRST)

  // Of each version.
  #versions = 0
  #older = new Int32Array(FIRST)
  #layer = new Uint16Array(FIRST)
  #type = new Uint8Array(FIRST)
  #flags = new Uint8Array(FIRST)
  #mode = new Uint16Array(FIRST)
  #uid = new Uint32Array(FIRST)
  #gid = new Uint32Array(FIRST)
  #size = new Float64Array(FIRST)
  #mtime = new Float64Array(FIRST)
  #link = new Int32Array(FIRST)

  /** The way to the entry before: most lie beside it. */
  #before: { layer: number; names: readonly string[]; nodes: number[] } = {
    layer: NONE,
    names: [],
    nodes: [],
  }

  /** The root folder. */
  readonly root = 0

  constructor(private readonly limit = MAX_ENTRIES) {
    this.#addNode(NONE, this.#names.number(''))
  }

  /** Entries of all layers together. */
  get entries(): number {
    return this.#versions
  }

  /** Paths; each has a number below it, a folder a lower one than what lies in it. */
  get nodes(): number {
    return this.#nodes
  }

  /** Names that are different. */
  get names(): number {
    return this.#names.count
  }

  /** The path of names, made where it is not there; folders above it are implied by `layer`. */
  reach(layer: number, names: readonly string[]): number {
    const before = this.#before
    const nodes: number[] = []
    let node = this.root
    let same = before.layer === layer
    for (let index = 0; index < names.length; index += 1) {
      const name = names[index] ?? ''
      same &&= before.names[index] === name
      node = same ? (before.nodes[index] ?? NONE) : this.#childOf(node, this.#names.number(name))
      nodes.push(node)
      if (index === names.length - 1) break
      // What was gone through before has a version already.
      if (same && index < before.names.length - 1) continue
      if (this.versionIn(node, layer) === NONE) this.#addVersion(node, layer, FOLDER, IMPLIED)
    }
    this.#before = { layer, names, nodes }
    return node
  }

  /** An entry of a layer; the last of several at one path counts, as it does when a layer is unpacked. */
  put(node: number, layer: number, attributes: Attributes): void {
    const type = TYPES.indexOf(attributes.type)
    let version = this.versionIn(node, layer)
    if (version === NONE) version = this.#addVersion(node, layer, type, 0)
    else {
      this.#type[version] = type
      this.#flags[version] = (this.#flags[version] ?? 0) & ~IMPLIED
    }
    this.#mode[version] = attributes.mode
    this.#uid[version] = attributes.uid
    this.#gid[version] = attributes.gid
    this.#size[version] = attributes.size
    this.#mtime[version] = attributes.mtime
    this.#link[version] = attributes.link === undefined ? NONE : this.#links.number(attributes.link)
  }

  /** The layer hides what lower ones have at the path (`WHITEOUT`) or below it (`OPAQUE`). */
  mark(node: number, layer: number, flag: typeof WHITEOUT | typeof OPAQUE): void {
    let version = this.versionIn(node, layer)
    if (version === NONE)
      version =
        flag === OPAQUE ? this.#addVersion(node, layer, FOLDER, IMPLIED) : this.#addVersion(node, layer, 0, 0)
    this.#flags[version] = (this.#flags[version] ?? 0) | flag
  }

  /**
   * Every layer was read: `order` has for each layer of the image, the lowest first, the number under
   * which it was read. One that stands in the image twice is read once.
   */
  arrange(order: readonly number[]): void {
    settleHardLinks(this)
    const places = new Map<number, number[]>()
    for (const [layer, read] of order.entries()) places.set(read, [...(places.get(read) ?? []), layer])
    for (let node = 0; node < this.#nodes; node += 1) {
      const newest = this.newest(node)
      if (newest === NONE) continue
      const stands = places.get(this.layer(newest))
      // By far the most: one version, of a layer that stands once.
      if (this.older(newest) === NONE && stands?.length === 1) this.#layer[newest] = stands[0] ?? 0
      else this.#arrangeNode(node, places)
    }
  }

  /** Versions of a path, the newest first. */
  *versions(node: number): Generator<number> {
    for (let at = this.#newest[node] ?? 0; at !== NONE; at = this.#older[at] ?? 0) yield at
  }

  newest(node: number): number {
    return this.#newest[node] ?? 0
  }

  older(version: number): number {
    return this.#older[version] ?? 0
  }

  versionIn(node: number, layer: number): number {
    let at = this.#newest[node] ?? 0
    while (at !== NONE && (this.#layer[at] ?? 0) !== layer) at = this.#older[at] ?? 0
    return at
  }

  /** The folder of a path; NONE of the root. */
  parent(node: number): number {
    return this.#parent[node] ?? 0
  }

  firstChild(node: number): number {
    return this.#child[node] ?? 0
  }

  sibling(node: number): number {
    return this.#sibling[node] ?? 0
  }

  /** The path of this name in a folder; NONE where no layer has one. */
  child(folder: number, name: string): number {
    const number = this.#names.find(name)
    return number === undefined ? NONE : (this.#table[this.#slot(folder, number)] ?? NONE)
  }

  name(node: number): string {
    return this.#names.text(this.#name[node] ?? 0)
  }

  /** Number of a path's name, the same for all paths that have it. */
  nameNumber(node: number): number {
    return this.#name[node] ?? 0
  }

  nameText(number: number): string {
    return this.#names.text(number)
  }

  path(node: number): string {
    const parts: string[] = []
    for (let at = node; at !== this.root; at = this.#parent[at] ?? 0) parts.push(this.name(at))
    return `/${parts.reverse().join('/')}`
  }

  layer(version: number): number {
    return this.#layer[version] ?? 0
  }

  type(version: number): number {
    return this.#type[version] ?? 0
  }

  has(version: number, flag: number): boolean {
    return ((this.#flags[version] ?? 0) & flag) !== 0
  }

  mode(version: number): number {
    return this.#mode[version] ?? 0
  }

  uid(version: number): number {
    return this.#uid[version] ?? 0
  }

  gid(version: number): number {
    return this.#gid[version] ?? 0
  }

  size(version: number): number {
    return this.#size[version] ?? 0
  }

  mtime(version: number): number {
    return this.#mtime[version] ?? 0
  }

  link(version: number): string | undefined {
    const link = this.#link[version] ?? 0
    return link === NONE ? undefined : this.#links.text(link)
  }

  #arrangeNode(node: number, places: ReadonlyMap<number, number[]>): void {
    const versions: { layer: number; version: number }[] = []
    for (const version of this.versions(node)) {
      const [first, ...more] = places.get(this.layer(version)) ?? []
      if (first === undefined) continue
      versions.push({ layer: first, version })
      for (const layer of more) versions.push({ layer, version: this.#copy(version) })
    }
    versions.sort((a, b) => a.layer - b.layer)
    let older = NONE
    for (const { layer, version } of versions) {
      this.#layer[version] = layer
      this.#older[version] = older
      older = version
    }
    this.#newest[node] = older
  }

  #addNode(parent: number, name: number): number {
    const node = this.#nodes
    if (node === this.#parent.length) this.#roomForNodes()
    this.#nodes += 1
    this.#parent[node] = parent
    this.#name[node] = name
    this.#child[node] = NONE
    this.#sibling[node] = parent === NONE ? NONE : (this.#child[parent] ?? NONE)
    this.#newest[node] = NONE
    if (parent !== NONE) this.#child[parent] = node
    return node
  }

  #childOf(parent: number, name: number): number {
    let slot = this.#slot(parent, name)
    const known = this.#table[slot] ?? NONE
    if (known !== NONE) return known
    if (this.#nodes > this.limit) throw tooLarge(this.limit)
    if (this.#nodes * 2 > this.#table.length) {
      this.#grow()
      slot = this.#slot(parent, name)
    }
    const node = this.#addNode(parent, name)
    this.#table[slot] = node
    return node
  }

  /** Where a path stands in the table, or would stand. */
  #slot(parent: number, name: number): number {
    const mask = this.#table.length - 1
    const mixed = Math.imul(parent, MULTIPLIERS[0]) ^ Math.imul(name + 1, MULTIPLIERS[1])
    let slot = (mixed ^ (mixed >>> 15)) & mask
    for (;;) {
      const node = this.#table[slot] ?? NONE
      if (node === NONE || ((this.#parent[node] ?? 0) === parent && (this.#name[node] ?? 0) === name))
        return slot
      slot = (slot + 1) & mask
    }
  }

  #grow(): void {
    this.#table = new Int32Array(this.#table.length * 2).fill(NONE)
    for (let node = 1; node < this.#nodes; node += 1)
      this.#table[this.#slot(this.#parent[node] ?? 0, this.#name[node] ?? 0)] = node
  }

  #addVersion(node: number, layer: number, type: number, flags: number): number {
    if (this.#versions >= this.limit) throw tooLarge(this.limit)
    const version = this.#newVersion()
    this.#older[version] = this.#newest[node] ?? NONE
    this.#layer[version] = layer
    this.#type[version] = type
    this.#flags[version] = flags
    this.#mode[version] = (flags & IMPLIED) === 0 ? 0 : 0o755
    this.#link[version] = NONE
    this.#newest[node] = version
    return version
  }

  #copy(from: number): number {
    const version = this.#newVersion()
    this.#older[version] = NONE
    for (const column of [
      this.#layer,
      this.#type,
      this.#flags,
      this.#mode,
      this.#uid,
      this.#gid,
      this.#size,
      this.#mtime,
      this.#link,
    ])
      column[version] = column[from] ?? 0
    return version
  }

  #newVersion(): number {
    const version = this.#versions
    if (version === this.#older.length) this.#roomForVersions()
    this.#versions += 1
    return version
  }

  #roomForNodes(): void {
    const room = roomAfter(this.#parent.length)
    this.#parent = larger(this.#parent, new Int32Array(room))
    this.#name = larger(this.#name, new Int32Array(room))
    this.#child = larger(this.#child, new Int32Array(room))
    this.#sibling = larger(this.#sibling, new Int32Array(room))
    this.#newest = larger(this.#newest, new Int32Array(room))
  }

  #roomForVersions(): void {
    const room = roomAfter(this.#older.length)
    this.#older = larger(this.#older, new Int32Array(room))
    this.#layer = larger(this.#layer, new Uint16Array(room))
    this.#type = larger(this.#type, new Uint8Array(room))
    this.#flags = larger(this.#flags, new Uint8Array(room))
    this.#mode = larger(this.#mode, new Uint16Array(room))
    this.#uid = larger(this.#uid, new Uint32Array(room))
    this.#gid = larger(this.#gid, new Uint32Array(room))
    this.#size = larger(this.#size, new Float64Array(room))
    this.#mtime = larger(this.#mtime, new Float64Array(room))
    this.#link = larger(this.#link, new Int32Array(room))
  }
}

/** Twice as many; from half a million on half as many more, since the old ones are still there meanwhile. */
function roomAfter(room: number): number {
  return room < 500_000 ? room * 2 : Math.ceil(room * 1.5)
}

function larger<T extends { set(from: T): void }>(column: T, empty: T): T {
  empty.set(column)
  return empty
}

function oddNumber(): number {
  return Math.floor(Math.random() * 2 ** 32) | 1
}

function tooLarge(limit: number): AppError {
  return new AppError('image/too-large', `The image has more than ${limit} entries.`, {
    hint: 'Look at its layers’ folders with du, or export it and look with tar.',
  })
}
