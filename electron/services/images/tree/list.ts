import type { OutputOf } from '../../../contract/contract'
import { credentialByName } from '../contents'
import { fitting } from '../fitting'
import { namesIn, nodeAt, noPath } from './find'
import type { OpenedTree } from './opened'
import { show, type Look } from './shown'
import { FOLDER, NONE, OPAQUE, TYPES } from './tree'
import { bytesOf, type Change } from './visible'

type Listing = OutputOf<'image.files'>
type Entry = Listing['entries'][number]

/** Entries of one answer, and their bytes: a message holds 1 MiB. */
const MAX_LISTED = 2_000
const MAX_BYTES = 800_000

export interface ListRequest extends Look {
  path: string
  /** Only what the layer did one of these to, and folders with such an entry below. */
  changes?: readonly Change[] | undefined
  /** Entries after this name. */
  after?: string | undefined
}

/** Entries of a folder by name. Throws `image/no-path`. */
export async function listFolder(opened: OpenedTree, request: ListRequest): Promise<Listing> {
  const { tree } = opened
  const { path, changes, after } = request
  const [view, cuts] = await Promise.all([opened.view(request), opened.cuts()])
  const folder = nodeAt(tree, path)
  if (folder === NONE) throw noPath(path)
  const shown = (node: number): boolean =>
    view.change(node) !== undefined && (changes === undefined || view.touches(node, changes))
  const named = opened.childrenOf(folder)
  const from = after === undefined ? 0 : firstAfter(named, (node) => tree.name(node) > after)
  const listed: number[] = []
  let more = false
  for (let at = from; at < named.length && !more; at += 1) {
    const node = named[at] ?? NONE
    if (!shown(node)) continue
    if (listed.length < MAX_LISTED) listed.push(node)
    else more = true
  }
  const below = cuts.below(folder)
  if (listed.length === 0 && folder !== tree.root && !isFolder(folder)) throw noPath(path)
  const above = namesIn(path)
    .map((name) => `/${name}`)
    .join('')
  const entries = listed.flatMap((node): Entry[] => {
    const found = show(tree, node, request, below)
    if (found === undefined) return []
    const { version, change } = found
    const name = tree.name(node)
    const link = tree.link(version)
    const type = TYPES[tree.type(version)] ?? 'file'
    const isFile = type === 'file' || type === 'hardlink'
    const credential = isFile ? credentialByName(name, above === '' ? '/' : above) : undefined
    return [
      {
        name,
        path: `${above}/${name}`,
        type,
        change,
        mode: tree.mode(version),
        uid: tree.uid(version),
        gid: tree.gid(version),
        sizeBytes: type === 'folder' ? view.bytes(node) : bytesOf(tree, version),
        modifiedAt: timeOf(tree.mtime(version)),
        ...(link === undefined ? {} : { linkTarget: link }),
        layer: tree.layer(version),
        ...(tree.has(version, OPAQUE) ? { opaque: true as const } : {}),
        ...(credential === undefined ? {} : { credential }),
        ...(type === 'folder' ? { changesBelow: view.changesBelow(node) } : {}),
      },
    ]
  })
  const whole = fitting(entries, MAX_BYTES)
  const last = whole.at(-1)
  return {
    entries: whole,
    ...((more || whole.length < entries.length) && last !== undefined ? { next: last.name } : {}),
  }

  function isFolder(node: number): boolean {
    const found = show(tree, node, request, cuts.at(node))
    return found !== undefined && tree.type(found.version) === FOLDER
  }
}

/** Where the first of those ordered stands for which this holds; it holds for all after it. */
function firstAfter(ordered: readonly number[], holds: (node: number) => boolean): number {
  let low = 0
  let high = ordered.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(ordered[middle] ?? NONE)) high = middle
    else low = middle + 1
  }
  return low
}

/** A time that a header tells may lie outside of all calendars. */
function timeOf(seconds: number): string {
  const most = 8_640_000_000_000
  return new Date(Math.max(-most, Math.min(most, seconds)) * 1_000).toISOString()
}
