import type { OutputOf } from '../../../contract/contract'
import { fitting } from '../fitting'
import type { CutsOfTree } from './cuts-of-tree'
import { namesIn, nodeAt, noPath, versionAt } from './find'
import { inTurns } from './in-turns'
import type { OpenedTree } from './opened'
import { FILE, FOLDER, NONE, TYPES, type ImageTree } from './tree'
import { bytesOf, type Change } from './visible'
import type { View } from './view'

type Comparison = OutputOf<'image.compare'>
type Counts = Comparison['counts']
type Entry = Comparison['entries'][number]

/** Entries of one answer, and their bytes: a message holds 1 MiB, and more than these stand in it. */
const MAX_LISTED = 2_000
const MAX_BYTES = 500_000

/** One of the two images: what a container of it sees. */
class Side {
  readonly tree: ImageTree
  readonly #top: number

  private constructor(
    readonly opened: OpenedTree,
    readonly view: View,
    private readonly cuts: CutsOfTree,
  ) {
    this.tree = opened.tree
    this.#top = opened.layers - 1
  }

  static async of(opened: OpenedTree): Promise<Side> {
    const view = await opened.view({ layer: Math.max(0, opened.layers - 1), mode: 'merged' })
    return new Side(opened, view, await opened.cuts())
  }

  /** NONE where a container sees nothing. */
  version(node: number): number {
    return versionAt(this.tree, node, this.#top, this.cuts)
  }

  /** Of a hard link the version of the file that it is. */
  content(version: number): number {
    const { tree } = this
    const link = TYPES[tree.type(version)] === 'hardlink' ? tree.link(version) : undefined
    if (link === undefined) return version
    const target = versionAt(tree, nodeAt(tree, link), tree.layer(version), this.cuts)
    return target !== NONE && tree.type(target) === FILE ? target : version
  }

  bytes(node: number, version: number): number {
    return this.tree.type(version) === FOLDER ? this.view.bytes(node) : bytesOf(this.tree, version)
  }
}

/**
 * The merged trees of two images, joined path by path. Contents are not read: files are the same when their
 * size, time, mode and owner are. Each path has a number of its own on either side; one that both know
 * is counted under its left number.
 */
export class Pair {
  readonly counts: Counts = {
    added: 0,
    removed: 0,
    modified: 0,
    metadata: 0,
    unchanged: 0,
    addedBytes: 0,
    removedBytes: 0,
    grownBytes: 0,
  }
  /** By left number the right one, and the other way round. */
  readonly #rightOf: Int32Array
  readonly #leftOf: Int32Array
  /** Entries that differ below a folder; on the right for what the left does not know. */
  readonly #below: Uint32Array
  readonly #belowRight: Uint32Array

  private constructor(
    private readonly left: Side,
    private readonly right: Side,
  ) {
    this.#rightOf = new Int32Array(left.tree.nodes).fill(NONE)
    this.#leftOf = new Int32Array(right.tree.nodes).fill(NONE)
    this.#below = new Uint32Array(left.tree.nodes)
    this.#belowRight = new Uint32Array(right.tree.nodes)
  }

  static async of(left: OpenedTree, right: OpenedTree, signal: AbortSignal): Promise<Pair> {
    const pair = new Pair(await Side.of(left), await Side.of(right))
    await pair.#join(signal)
    return pair
  }

  /** Entries of a folder that differ, or all of them, by name. Throws `image/no-path`. */
  list(path: string, after: string | undefined, unchanged: boolean): Pick<Comparison, 'entries' | 'next'> {
    const { left, right } = this
    const folders = [nodeAt(left.tree, path), nodeAt(right.tree, path)] as const
    if (!this.#isFolder(left, folders[0]) && !this.#isFolder(right, folders[1])) throw noPath(path)
    const above = namesIn(path)
      .map((name) => `/${name}`)
      .join('')
    const entries: Entry[] = []
    for (const { name, l, r } of this.#children(...folders)) {
      if (after !== undefined && !(name > after)) continue
      const entry = this.#entry(`${above}/${name}`, name, l, r)
      if (entry === undefined) continue
      if (!unchanged && entry.change === 'unchanged' && (entry.changesBelow ?? 0) === 0) continue
      entries.push(entry)
      if (entries.length > MAX_LISTED) break
    }
    const whole = fitting(entries.slice(0, MAX_LISTED), MAX_BYTES)
    const last = whole.at(-1)
    return {
      entries: whole,
      ...(whole.length < entries.length && last !== undefined ? { next: last.name } : {}),
    }
  }

  async #join(signal: AbortSignal): Promise<void> {
    const { left, right } = this
    this.#meet(left.tree.root, right.tree.root)
    // A folder has a lower number than what lies in it: the other side's folder is known.
    await inTurns(left.tree.nodes - 1, signal, (from, to) => {
      for (let node = from + 1; node <= to; node += 1) {
        const folder = this.#rightOf[left.tree.parent(node)] ?? NONE
        const other = folder === NONE ? NONE : right.tree.child(folder, left.tree.name(node))
        if (other !== NONE) this.#meet(node, other)
        this.#count(node, other)
      }
    })
    await inTurns(right.tree.nodes - 1, signal, (from, to) => {
      for (let node = from + 1; node <= to; node += 1)
        if (this.#leftOf[node] === NONE) this.#count(NONE, node)
    })
    this.#sum()
  }

  #meet(left: number, right: number): void {
    this.#rightOf[left] = right
    this.#leftOf[right] = left
  }

  /** Counts a path, and marks it for the sums of the folders above. */
  #count(l: number, r: number): void {
    const { left, right, counts } = this
    const [before, after] = [left.version(l), right.version(r)]
    const change = this.#change(before, after)
    if (change === undefined) return
    counts[change] += 1
    const was = before === NONE ? 0 : bytesOf(left.tree, before)
    const is = after === NONE ? 0 : bytesOf(right.tree, after)
    if (change === 'added') counts.addedBytes += is
    else if (change === 'removed') counts.removedBytes += was
    else counts.grownBytes += is - was
    if (change === 'unchanged') return
    if (l === NONE) this.#belowRight[r] = 1
    else this.#below[l] = 1
  }

  /** Turns the marks of single paths into the number of marks below each. */
  #sum(): void {
    const { left, right } = this
    const own = this.#below.slice()
    const ownRight = this.#belowRight.slice()
    this.#below.fill(0)
    this.#belowRight.fill(0)
    for (let node = right.tree.nodes - 1; node > 0; node -= 1) {
      if (this.#leftOf[node] !== NONE) continue
      const below = (this.#belowRight[node] ?? 0) + (ownRight[node] ?? 0)
      const folder = right.tree.parent(node)
      const known = this.#leftOf[folder] ?? NONE
      const sums = known === NONE ? this.#belowRight : this.#below
      const at = known === NONE ? folder : known
      sums[at] = (sums[at] ?? 0) + below
    }
    for (let node = left.tree.nodes - 1; node > 0; node -= 1) {
      const folder = left.tree.parent(node)
      this.#below[folder] = (this.#below[folder] ?? 0) + (this.#below[node] ?? 0) + (own[node] ?? 0)
    }
  }

  /** Undefined where neither side has anything. */
  #change(before: number, after: number): Change | undefined {
    if (before === NONE) return after === NONE ? undefined : 'added'
    if (after === NONE) return 'removed'
    const { left, right } = this
    const [l, r] = [left.content(before), right.content(after)]
    const [one, other] = [left.tree, right.tree]
    const type = one.type(l)
    if (type !== other.type(r) || one.link(l) !== other.link(r)) return 'modified'
    if (type === FILE && (one.size(l) !== other.size(r) || one.mtime(l) !== other.mtime(r))) return 'modified'
    return one.mode(l) === other.mode(r) && one.uid(l) === other.uid(r) && one.gid(l) === other.gid(r)
      ? 'unchanged'
      : 'metadata'
  }

  #children(l: number, r: number): { name: string; l: number; r: number }[] {
    const { left, right } = this
    const found = (l === NONE ? [] : left.opened.childrenOf(l)).map((node) => ({
      name: left.tree.name(node),
      l: node,
      r: this.#rightOf[node] ?? NONE,
    }))
    const alone = (r === NONE ? [] : right.opened.childrenOf(r)).filter((node) => this.#leftOf[node] === NONE)
    if (alone.length === 0) return found
    return [...found, ...alone.map((node) => ({ name: right.tree.name(node), l: NONE, r: node }))].sort(
      (a, b) => (a.name < b.name ? -1 : 1),
    )
  }

  #entry(path: string, name: string, l: number, r: number): Entry | undefined {
    const { left, right } = this
    const [before, after] = [left.version(l), right.version(r)]
    const change = this.#change(before, after)
    if (change === undefined) return undefined
    const type = TYPES[after === NONE ? left.tree.type(before) : right.tree.type(after)] ?? 'file'
    const below = l === NONE ? this.#belowRight[r] : this.#below[l]
    return {
      name,
      path,
      change,
      type,
      ...(before === NONE ? {} : { leftBytes: left.bytes(l, before) }),
      ...(after === NONE ? {} : { rightBytes: right.bytes(r, after) }),
      ...(type === 'folder' ? { changesBelow: below ?? 0 } : {}),
    }
  }

  #isFolder(side: Side, node: number): boolean {
    if (node === side.tree.root) return true
    const version = side.version(node)
    return version !== NONE && side.tree.type(version) === FOLDER
  }
}
