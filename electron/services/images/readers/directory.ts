import type { LayerWalk, WalkedEntry, WalkedFolder, WalkedType } from '../../../helper/images/layer-walk'
import { bytesOf } from '../../../helper/storage/names'
import { damaged } from '../damaged'
import type { EntryType } from '../tar'
import { LayerSink } from '../tree'
import type { LayerReader } from './reader'

/** Gives a piece of a layer's folder: entries of these folders and of those below, as far as it goes. */
export type AskWalk = (
  chainId: string,
  folders: readonly string[],
  from: number,
  signal: AbortSignal,
) => Promise<LayerWalk>

/** Folders of one question, and bytes of their paths. */
const MAX_FOLDERS = 500
const MAX_BYTES = 256 * 1024

const TYPES: Readonly<Record<Exclude<WalkedType, 'w'>, EntryType>> = {
  f: 'file',
  d: 'folder',
  l: 'symlink',
  c: 'char',
  b: 'block',
  p: 'fifo',
}

/** Reads the folders in which overlay2 (`directory`) or containerd's overlayfs (`snapshots`) keeps layers. */
export function directoryReader(name: 'directory' | 'snapshots', ask: AskWalk): LayerReader {
  return {
    name,
    async read({ chainIds }, tree, onProgress, signal) {
      let bytes = 0
      for (const [layer, chainId] of chainIds.entries()) {
        const sink = new WalkedLayer(new LayerSink(tree, layer))
        for (let next = sink.next(); next !== undefined; next = sink.next()) {
          const walk = await ask(chainId, next.folders, next.from, signal)
          signal.throwIfAborted()
          if (walk.folders.length === 0) throw damaged('a folder of a layer was not told')
          for (const folder of walk.folders) bytes += sink.take(folder)
          onProgress({ done: layer, bytes })
        }
        onProgress({ done: layer + 1, bytes })
      }
      tree.arrange(chainIds.map((_, layer) => layer))
    },
  }
}

/** What is known of one layer's folder while it is read. */
class WalkedLayer {
  /** Folders that were told as entries and not yet read; the layer's own is an empty text. */
  readonly #left = new Set<string>([''])
  /** Of a folder that was read in part, entries known. */
  #from = 0
  /** Paths by inode number, of files that have more names. */
  readonly #linked = new Map<string | number, string>()

  constructor(private readonly sink: LayerSink) {}

  /** What to ask next; undefined when everything was read. */
  next(): { folders: string[]; from: number } | undefined {
    if (this.#left.size === 0) return undefined
    const folders: string[] = []
    let bytes = 0
    for (const path of this.#left) {
      bytes += path.length
      if (folders.length > 0 && (folders.length === MAX_FOLDERS || bytes > MAX_BYTES)) break
      folders.push(path)
    }
    return { folders, from: this.#from }
  }

  /** Takes a folder's entries; returns about how many bytes they were told in. */
  take({ path, entries, next, opaque }: WalkedFolder): number {
    if (!this.#left.delete(path)) throw damaged('a folder of a layer was told twice')
    this.#from = 0
    if (next !== undefined) this.#goOn(path, next)
    if (opaque === true) this.#mark('.wh..wh..opq')
    let bytes = path.length
    for (const entry of entries) {
      bytes += entry[0].length + 40
      this.#add(path === '' ? entry[0] : `${path}/${entry[0]}`, entry, path)
    }
    return bytes
  }

  /** The folder comes first in the next question. */
  #goOn(path: string, from: number): void {
    const others = [...this.#left]
    this.#left.clear()
    for (const each of [path, ...others]) this.#left.add(each)
    this.#from = from
  }

  #add(path: string, [name, kind, mode, uid, gid, size, mtime, more]: WalkedEntry, folder: string): void {
    if (kind === 'w') return this.#mark(folder === '' ? `.wh.${name}` : `${folder}/.wh.${name}`)
    let type = TYPES[kind]
    let link = type === 'symlink' ? bytes(String(more)) : undefined
    if (type === 'folder') {
      this.#left.add(path)
      if (more === 1) this.#mark(`${path}/.wh..wh..opq`)
    } else if (type !== 'symlink' && more !== 0) {
      const first = this.#linked.get(more)
      if (first === undefined) this.#linked.set(more, path)
      else [type, link] = ['hardlink', bytes(first)]
    }
    this.sink.add({ name: bytes(path), type, mode, uid, gid, size: type === 'file' ? size : 0, mtime, link })
  }

  #mark(path: string): void {
    this.sink.add({ ...MARK, name: bytes(path) })
  }
}

const MARK = { type: 'file', mode: 0, uid: 0, gid: 0, size: 0, mtime: 0, link: undefined } as const

function bytes(path: string): Buffer {
  return path.includes('\\') ? bytesOf(path) : Buffer.from(path)
}
