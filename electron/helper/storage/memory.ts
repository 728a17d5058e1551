import { Folder } from '../folder'
import type { References } from './references'
import type { Roots } from './roots'
import type { Unit } from './survey'

/** Where a scan by root keeps what it may know again next time; only root may read it. */
const FOLDER = '/var/cache/porthole'
/** Fewer entries are counted sooner than remembered. */
const WORTH_ENTRIES = 5_000

type Known = Record<string, readonly [bytes: number, entries: number]>

/**
 * What an earlier scan counted of layers. A layer that its store refers to is never written to
 * again, so it is known by its chain id and its folder: the same inode, with the times of its
 * last change untouched. Containers, volumes and all else are counted anew each time.
 */
export class Memory {
  #known: Known = {}

  private constructor(private readonly file: string | undefined) {}

  /** What is kept of the trees; nothing for an ordinary user, whose cache others could have written. */
  static async open(roots: Roots, fresh: boolean): Promise<Memory> {
    const stat = roots.data.stat()
    const isRoot = process.geteuid?.() === 0
    const memory = new Memory(
      isRoot && stat !== undefined
        ? `scan-${stat.dev.toString(16)}-${stat.ino.toString(16)}.json`
        : undefined,
    )
    if (!fresh) await memory.#load()
    return memory
  }

  /** What is known of the content of a unit's folder; `key` is that of {@link keyOf}. */
  get(key: string): readonly [bytes: number, entries: number] | undefined {
    return this.#known[key]
  }

  /** Keeps what was counted now, and forgets what is not there any more. */
  async save(known: Known): Promise<void> {
    if (this.file === undefined) return
    const entries = Object.values(known).reduce((sum, [, count]) => sum + count, 0)
    const text = JSON.stringify(known)
    if (entries < WORTH_ENTRIES || text === JSON.stringify(this.#known)) return
    const folder = await Folder.open(FOLDER, { create: true })
    try {
      const temporary = `${this.file}.new`
      await folder?.remove(temporary)
      await folder?.create(temporary, Buffer.from(text), { mode: 0o600, uid: 0, gid: 0 })
      await folder?.rename(temporary, this.file)
    } finally {
      await folder?.close()
    }
  }

  async #load(): Promise<void> {
    if (this.file === undefined) return
    const folder = await Folder.open(FOLDER)
    try {
      const state = await folder?.read(this.file)
      // What root alone may write, root wrote.
      if (state?.exists === true && state.uid === 0 && (state.mode & 0o022) === 0)
        this.#known = JSON.parse(state.bytes.toString('utf8')) as Known
    } catch {
      // A torn or foreign file: everything is counted.
    } finally {
      await folder?.close()
    }
  }
}

/** What proves that a layer's folder is the one that was counted; undefined for what may change. */
export function keyOf(unit: Unit, references: References): string | undefined {
  const { what, id = '', driver = '' } = unit.place
  if (what === 'layer-folder') {
    const layer = references.layers.layers.get(id)
    return layer === undefined ? undefined : key(unit, layer.chainId, 'diff')
  }
  if (what !== 'snapshot') return undefined
  const snapshot = references.containerd?.snapshots.get(`${driver}/${id}`)
  const isCommitted = snapshot?.key.startsWith('sha256:') === true && !snapshot.key.endsWith('-view')
  return isCommitted ? key(unit, snapshot.key, 'fs') : undefined
}

function key({ root, names }: Unit, chainId: string, files: string): string | undefined {
  const [own, below] = [root.tree.stat(...names), root.tree.stat(...names, files)]
  if (own === undefined || below === undefined) return undefined
  const proof = [own, below].map((stat) => `${stat.ino}:${stat.ctimeMs}:${stat.mtimeMs}`)
  return [chainId, ...proof].join(' ')
}
