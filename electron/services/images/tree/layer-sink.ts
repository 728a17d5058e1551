import { damaged } from '../damaged'
import type { TarEntry } from '../tar'
import { spelled } from './names'
import { OPAQUE, WHITEOUT, type ImageTree } from './tree'

const WHITEOUT_PREFIX = '.wh.'
/** Names of AUFS's own beside the opaque mark; dockerd leaves them out too. */
const RESERVED_PREFIX = '.wh..wh.'
const OPAQUE_MARK = '.wh..wh..opq'
/** Linux takes no longer path. */
const MAX_PATH = 4_096
const SLASH = 0x2f
/** Seconds; what is outside of what nanoseconds in 64 bits can tell, engines write as the year 1970. */
const MAX_TIME = 9_223_372_036

/**
 * Takes the entries of one layer into a tree, as an engine that unpacks it makes them: times in whole
 * seconds, links with all permissions. The root folder is no entry: most layers leave it out.
 */
export class LayerSink {
  constructor(
    private readonly tree: ImageTree,
    private readonly layer: number,
  ) {}

  /** Throws `image/unreadable` for a path that leads out of the image, `image/too-large`. */
  add(entry: TarEntry): void {
    const names = namesOf(entry.name)
    const last = names.at(-1) ?? ''
    if (last === OPAQUE_MARK) this.tree.mark(this.#reach(names.slice(0, -1)), this.layer, OPAQUE)
    else if (last.startsWith(RESERVED_PREFIX)) return
    else if (last.startsWith(WHITEOUT_PREFIX)) {
      const hidden = [...names.slice(0, -1), last.slice(WHITEOUT_PREFIX.length)]
      this.tree.mark(this.#reach(hidden), this.layer, WHITEOUT)
    } else if (names.length > 0) {
      const { type, mode, uid, gid, size, mtime, link } = entry
      this.tree.put(this.#reach(names), this.layer, {
        type,
        mode: type === 'symlink' ? 0o777 : mode,
        uid,
        gid,
        size,
        mtime: mtime < 0 || mtime > MAX_TIME ? 0 : Math.floor(mtime),
        link: link === undefined ? undefined : spelled(link),
      })
    }
  }

  #reach(names: readonly string[]): number {
    return this.tree.reach(this.layer, names)
  }
}

/** Names on the way from the root: an absolute path begins there too, `..` goes no further up. */
function namesOf(path: Buffer): string[] {
  if (path.length > MAX_PATH) throw damaged('a path is longer than Linux takes')
  const names: string[] = []
  for (let at = 0; at < path.length;) {
    const slash = path.indexOf(SLASH, at)
    const end = slash < 0 ? path.length : slash
    const name = spelled(path.subarray(at, end))
    if (name === '..') {
      if (names.pop() === undefined) throw damaged('a path leads out of the image')
    } else if (name !== '' && name !== '.') names.push(name)
    at = end + 1
  }
  return names
}
