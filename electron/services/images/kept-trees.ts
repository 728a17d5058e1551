import type { OpenedTree } from './tree'

/** Trees that are kept, for those who look on. */
const KEPT = 2
/** Entries of all trees together, those that are being read among them; a million takes about 100 MB. */
const MOST_ENTRIES = 1_200_000

/** The trees that were read last. Older ones go before a large one comes. */
export class KeptTrees<T extends { opened: OpenedTree }> {
  /** By a key, the one used last at the end. */
  readonly #kept = new Map<string, T>()

  get(key: string): T | undefined {
    const found = this.#kept.get(key)
    if (found !== undefined) this.keep(key, found)
    return found
  }

  keep(key: string, read: T): void {
    this.#kept.delete(key)
    this.#kept.set(key, read)
    this.#drop(KEPT, MOST_ENTRIES, 1)
  }

  /** One is being read and has so many entries so far: what would be too much with it goes. */
  makeRoom(entries: number): void {
    this.#drop(KEPT - 1, MOST_ENTRIES - entries, 0)
  }

  drop(key: string): void {
    this.#kept.delete(key)
  }

  #drop(most: number, entries: number, least: number): void {
    let sum = 0
    for (const { opened } of this.#kept.values()) sum += opened.tree.entries
    for (const [key, { opened }] of this.#kept) {
      if (this.#kept.size <= least || (this.#kept.size <= most && sum <= entries)) return
      sum -= opened.tree.entries
      this.#kept.delete(key)
    }
  }
}
