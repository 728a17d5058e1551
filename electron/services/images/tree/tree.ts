import { AppError } from '../../../contract/errors'
import type { EntryType } from '../tar'
import { Column } from './columns'
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

/**
 * All paths of an image, and for each path what each layer has there (its versions). In columns of
 * numbers: a million entries as objects would take a gigabyte. Layers may be read in any order.
 */
export class ImageTree {
  readonly #names = new Names()
  readonly #links = new Names()
  readonly #parent = new Column(Int32Array)
  readonly #name = new Column(Int32Array)
  readonly #child = new Column(Int32Array)
  readonly #sibling = new Column(Int32Array)
  readonly #newest = new Column(Int32Array)
  #table = new Int32Array(4096).fill(NONE)

  readonly #older = new Column(Int32Array)
  readonly #layer = new Column(Uint16Array)
  readonly #type = new Column(Uint8Array)
  readonly #flags = new Column(Uint8Array)
  readonly #mode = new Column(Uint16Array)
  readonly #uid = new Column(Uint32Array)
  readonly #gid = new Column(Uint32Array)
  readonly #size = new Column(Float64Array)
  readonly #mtime = new Column(Float64Array)
  readonly #link = new Column(Int32Array)

  /** The root folder. */
  readonly root = 0

  constructor(private readonly limit = MAX_ENTRIES) {
    this.#addNode(NONE, this.#names.number(''))
  }

  /** Entries of all layers together. */
  get entries(): number {
    return this.#older.length
  }

  /** Paths; each has a number below it, a folder a lower one than what lies in it. */
  get nodes(): number {
    return this.#parent.length
  }

  /** Names that are different. */
  get names(): number {
    return this.#names.count
  }

  /** The path of names, made where it is not there; folders above it are implied by `layer`. */
  reach(layer: number, names: readonly string[]): number {
    let node = this.root
    for (const [index, name] of names.entries()) {
      node = this.#childOf(node, this.#names.number(name))
      if (index < names.length - 1 && this.versionIn(node, layer) === NONE)
        this.#addVersion(node, layer, FOLDER, IMPLIED)
    }
    return node
  }

  /** An entry of a layer; the last of several at one path counts, as it does when a layer is unpacked. */
  put(node: number, layer: number, attributes: Attributes): void {
    const type = TYPES.indexOf(attributes.type)
    let version = this.versionIn(node, layer)
    if (version === NONE) version = this.#addVersion(node, layer, type, 0)
    else {
      this.#type.set(version, type)
      this.#flags.set(version, this.#flags.get(version) & ~IMPLIED)
    }
    this.#mode.set(version, attributes.mode)
    this.#uid.set(version, attributes.uid)
    this.#gid.set(version, attributes.gid)
    this.#size.set(version, attributes.size)
    this.#mtime.set(version, attributes.mtime)
    this.#link.set(version, attributes.link === undefined ? NONE : this.#links.number(attributes.link))
  }

  /** The layer hides what lower ones have at the path (`WHITEOUT`) or below it (`OPAQUE`). */
  mark(node: number, layer: number, flag: typeof WHITEOUT | typeof OPAQUE): void {
    let version = this.versionIn(node, layer)
    if (version === NONE)
      version =
        flag === OPAQUE ? this.#addVersion(node, layer, FOLDER, IMPLIED) : this.#addVersion(node, layer, 0, 0)
    this.#flags.set(version, this.#flags.get(version) | flag)
  }

  /**
   * Every layer was read: `order` has for each layer of the image, the lowest first, the number under
   * which it was read. One that stands in the image twice is read once.
   */
  arrange(order: readonly number[]): void {
    settleHardLinks(this)
    const places = new Map<number, number[]>()
    for (const [layer, read] of order.entries()) places.set(read, [...(places.get(read) ?? []), layer])
    for (let node = 0; node < this.#parent.length; node += 1) {
      const versions: { layer: number; version: number }[] = []
      for (const version of this.versions(node)) {
        const [first, ...more] = places.get(this.#layer.get(version)) ?? []
        if (first === undefined) continue
        versions.push({ layer: first, version })
        for (const layer of more) versions.push({ layer, version: this.#copy(version) })
      }
      versions.sort((a, b) => a.layer - b.layer)
      let older = NONE
      for (const { layer, version } of versions) {
        this.#layer.set(version, layer)
        this.#older.set(version, older)
        older = version
      }
      this.#newest.set(node, older)
    }
  }

  /** Versions of a path, the newest first. */
  *versions(node: number): Generator<number> {
    for (let at = this.#newest.get(node); at !== NONE; at = this.#older.get(at)) yield at
  }

  newest(node: number): number {
    return this.#newest.get(node)
  }

  older(version: number): number {
    return this.#older.get(version)
  }

  versionIn(node: number, layer: number): number {
    let at = this.#newest.get(node)
    while (at !== NONE && this.#layer.get(at) !== layer) at = this.#older.get(at)
    return at
  }

  /** The folder of a path; NONE of the root. */
  parent(node: number): number {
    return this.#parent.get(node)
  }

  firstChild(node: number): number {
    return this.#child.get(node)
  }

  sibling(node: number): number {
    return this.#sibling.get(node)
  }

  /** The path of this name in a folder; NONE where no layer has one. */
  child(folder: number, name: string): number {
    const number = this.#names.find(name)
    return number === undefined ? NONE : (this.#table[this.#slot(folder, number)] ?? NONE)
  }

  name(node: number): string {
    return this.#names.text(this.#name.get(node))
  }

  /** Number of a path's name, the same for all paths that have it. */
  nameNumber(node: number): number {
    return this.#name.get(node)
  }

  nameText(number: number): string {
    return this.#names.text(number)
  }

  path(node: number): string {
    const parts: string[] = []
    for (let at = node; at !== this.root; at = this.#parent.get(at)) parts.push(this.name(at))
    return `/${parts.reverse().join('/')}`
  }

  layer(version: number): number {
    return this.#layer.get(version)
  }

  type(version: number): number {
    return this.#type.get(version)
  }

  has(version: number, flag: number): boolean {
    return (this.#flags.get(version) & flag) !== 0
  }

  mode(version: number): number {
    return this.#mode.get(version)
  }

  uid(version: number): number {
    return this.#uid.get(version)
  }

  gid(version: number): number {
    return this.#gid.get(version)
  }

  size(version: number): number {
    return this.#size.get(version)
  }

  mtime(version: number): number {
    return this.#mtime.get(version)
  }

  link(version: number): string | undefined {
    const link = this.#link.get(version)
    return link === NONE ? undefined : this.#links.text(link)
  }

  #addNode(parent: number, name: number): number {
    const node = this.#parent.length
    this.#parent.push(parent)
    this.#name.push(name)
    this.#child.push(NONE)
    this.#sibling.push(parent === NONE ? NONE : this.#child.get(parent))
    this.#newest.push(NONE)
    if (parent !== NONE) this.#child.set(parent, node)
    return node
  }

  #childOf(parent: number, name: number): number {
    let slot = this.#slot(parent, name)
    const known = this.#table[slot] ?? NONE
    if (known !== NONE) return known
    if (this.#parent.length > this.limit) throw tooLarge(this.limit)
    if (this.#parent.length * 2 > this.#table.length) {
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
    let slot = (Math.imul(parent, 0x9e3779b1) ^ Math.imul(name + 1, 0x85ebca6b)) & mask
    for (;;) {
      const node = this.#table[slot] ?? NONE
      if (node === NONE || (this.#parent.get(node) === parent && this.#name.get(node) === name)) return slot
      slot = (slot + 1) & mask
    }
  }

  #grow(): void {
    this.#table = new Int32Array(this.#table.length * 2).fill(NONE)
    for (let node = 1; node < this.#parent.length; node += 1)
      this.#table[this.#slot(this.#parent.get(node), this.#name.get(node))] = node
  }

  #addVersion(node: number, layer: number, type: number, flags: number): number {
    if (this.#older.length >= this.limit) throw tooLarge(this.limit)
    const version = this.#older.length
    this.#older.push(this.#newest.get(node))
    this.#layer.push(layer)
    this.#type.push(type)
    this.#flags.push(flags)
    this.#mode.push((flags & IMPLIED) === 0 ? 0 : 0o755)
    this.#uid.push(0)
    this.#gid.push(0)
    this.#size.push(0)
    this.#mtime.push(0)
    this.#link.push(NONE)
    this.#newest.set(node, version)
    return version
  }

  #copy(from: number): number {
    const version = this.#older.length
    this.#older.push(NONE)
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
      column.push(column.get(from))
    return version
  }
}

function tooLarge(limit: number): AppError {
  return new AppError('image/too-large', `The image has more than ${limit} entries.`, {
    hint: 'Look at its layers’ folders with du, or export it and look with tar.',
  })
}
