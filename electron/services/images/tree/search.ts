import type { OutputOf } from '../../../contract/contract'
import { fitting } from '../fitting'
import type { CutsOfTree } from './cuts-of-tree'
import { versionAt } from './find'
import { happenings } from './happenings'
import { inTurns } from './in-turns'
import type { OpenedTree } from './opened'
import { NONE, TYPES, type ImageTree } from './tree'
import { bytesOf } from './visible'

type Found = OutputOf<'image.search'>
type Hit = Found['hits'][number]

const MAX_HITS = 500
const MAX_BYTES = 800_000

/** Paths of all layers with this text in them, letters large or small, by path. */
export async function search(
  opened: OpenedTree,
  { text, credentials }: { text: string; credentials: boolean },
  signal: AbortSignal,
): Promise<Found> {
  const { tree } = opened
  const cuts = await opened.cuts()
  const matches = matcher(tree, text.toLowerCase())
  const hits = new Uint8Array(tree.nodes)
  const below = new Uint8Array(tree.nodes)
  let total = 0
  await inTurns(tree.nodes - 1, signal, (from, to) => {
    for (let node = from + 1; node <= to; node += 1) {
      if (!matches(node)) continue
      if (credentials && opened.suspects.of(node) === undefined) continue
      if (!happened(tree, node, cuts)) continue
      hits[node] = 1
      total += 1
    }
  })
  for (let node = tree.nodes - 1; node > 0; node -= 1)
    if (hits[node] === 1 || below[node] === 1) below[tree.parent(node)] = 1
  const found: Hit[] = []
  // Folder by folder, the last put on first taken: their order is that of the paths.
  const rest = [tree.root]
  for (let node = rest.pop(); node !== undefined && found.length < MAX_HITS; node = rest.pop()) {
    if (hits[node] === 1) found.push(hitOf(opened, cuts, node))
    if (below[node] === 0) continue
    const inside = opened.childrenOf(node).filter((child) => hits[child] === 1 || below[child] === 1)
    for (const child of inside.slice(0, MAX_HITS).reverse()) rest.push(child)
  }
  return { hits: fitting(found, MAX_BYTES), total }
}

/**
 * Whether the text stands in a node's path, asked in the order of the nodes. A text without a slash stands in
 * one name of the path; with slashes it ends, fills and begins names that follow each other.
 */
function matcher(tree: ImageTree, text: string): (node: number) => boolean {
  const parts = text.split('/')
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  const inside = parts.slice(1, -1)
  const whole = new Uint8Array(tree.nodes)
  const ofName = new Uint8Array(tree.names)
  for (let number = 0; number < tree.names; number += 1) {
    const name = tree.nameText(number).toLowerCase()
    if (parts.length === 1) ofName[number] = name.includes(text) ? LAST : 0
    else ofName[number] = (name.startsWith(last) ? LAST : 0) | (name.endsWith(first) ? FIRST : 0)
  }
  const endsAt = (node: number): boolean => {
    if (((ofName[tree.nameNumber(node)] ?? 0) & LAST) === 0) return false
    if (parts.length === 1) return true
    let at = tree.parent(node)
    for (let index = inside.length - 1; index >= 0; index -= 1) {
      if (at === NONE || at === tree.root || tree.name(at).toLowerCase() !== inside[index]) return false
      at = tree.parent(at)
    }
    return at !== NONE && ((ofName[tree.nameNumber(at)] ?? 0) & FIRST) !== 0
  }
  return (node) => {
    const matches = whole[tree.parent(node)] === 1 || endsAt(node)
    if (matches) whole[node] = 1
    return matches
  }
}

const FIRST = 1
const LAST = 2

function hitOf({ tree, layers, suspects }: OpenedTree, cuts: CutsOfTree, node: number): Hit {
  const versions: Hit['versions'] = []
  let newest = NONE
  happenings(tree, node, cuts.at(node), (layer, change, version) => {
    newest = version
    versions.push({ layer, change, sizeBytes: change === 'removed' ? 0 : bytesOf(tree, version) })
  })
  const seen = versionAt(tree, node, layers - 1, cuts)
  const credential = suspects.of(node)
  return {
    path: tree.path(node),
    type: TYPES[tree.type(seen === NONE ? newest : seen)] ?? 'file',
    ...(credential === undefined ? {} : { credential }),
    versions,
    ...(seen === NONE ? {} : { visible: tree.layer(seen) }),
  }
}

/** Whether any layer did anything to a path: one that is only gone through, or hidden without being there, is none. */
function happened(tree: ImageTree, node: number, cuts: CutsOfTree): boolean {
  let some = false
  happenings(tree, node, cuts.at(node), () => (some = true))
  return some
}
