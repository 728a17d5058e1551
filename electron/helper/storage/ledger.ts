import type { Unit } from './survey'
import type { Found, Linked } from './walk'

/**
 * The books of a scan: bytes and entries of each unit, hard links counted once. A file with several
 * names belongs to the unit where it was seen first; it is forgotten when all its names were seen,
 * so that memory grows only with links that lead out of the tree.
 */
export class Ledger {
  bytes = 0
  entries = 0
  missed = 0
  readonly #units: Unit[]
  readonly #open = new Map<number, { unit: number; left: number }>()
  /** Units that share a file with another one. */
  readonly #entangled = new Set<number>()
  readonly #changed = new Set<number>()

  constructor(units: Unit[]) {
    this.#units = units
    units.forEach(({ bytes, entries }, unit) => {
      this.bytes += bytes
      this.entries += entries
      this.#changed.add(unit)
    })
  }

  add({ sums, linked, missed }: Found): void {
    this.missed += missed
    for (let at = 0; at < sums.length; at += 3)
      this.count(sums[at] ?? 0, sums[at + 1] ?? 0, sums[at + 2] ?? 0)
    for (const file of linked) this.link(file)
  }

  count(index: number, bytes: number, entries: number): void {
    const unit = this.#units[index]
    if (unit === undefined) return
    unit.bytes += bytes
    unit.entries += entries
    this.bytes += bytes
    this.entries += entries
    this.#changed.add(index)
  }

  link({ unit, inode, bytes, links }: Linked): void {
    const known = this.#open.get(inode)
    if (known === undefined) {
      this.#open.set(inode, { unit, left: links - 1 })
      this.count(unit, bytes, 0)
      return
    }
    known.left -= 1
    if (known.unit !== unit) {
      this.#entangled.add(known.unit)
      this.#entangled.add(unit)
    }
    if (known.left === 0) this.#open.delete(inode)
  }

  /** Units whose figures changed since the last call. */
  takeChanged(): number[] {
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed
  }

  /** Units that share files with others, or with something outside the tree. */
  entangled(): ReadonlySet<number> {
    return new Set([...this.#entangled, ...[...this.#open.values()].map(({ unit }) => unit)])
  }
}
