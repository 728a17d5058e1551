import { IMPLIED, NONE, TYPES, type ImageTree } from './tree'

/** One of the names of a file. */
interface Link {
  node: number
  layer: number
}

/**
 * Names of one file in a layer, whichever of them the layer's tar gives the content with: the first by
 * name, folder by folder, becomes the file, the others link to it. Layers are still numbered as they
 * were read. A link to what the layer does not have is left as it is.
 */
export function settleHardLinks(tree: ImageTree): void {
  const groups = new Map<number, Link[]>()
  const known = new Map<number, number>()
  for (let node = 0; node < tree.nodes; node += 1)
    for (let at = tree.newest(node); at !== NONE; at = tree.older(at)) {
      if (!isHardLink(tree, at)) continue
      const layer = tree.layer(at)
      const file = fileOf(tree, at, layer, known)
      if (file === NONE) continue
      const version = tree.versionIn(file, layer)
      const group = groups.get(version) ?? [{ node: file, layer }]
      group.push({ node, layer })
      groups.set(version, group)
    }
  for (const [version, group] of groups) settle(tree, version, group)
}

function settle(tree: ImageTree, version: number, group: Link[]): void {
  const sorted = group
    .map((each) => ({ ...each, path: tree.path(each.node) }))
    .sort((a, b) => compare(a.path, b.path))
  const [first, ...others] = sorted
  if (first === undefined) return
  const attributes = {
    type: TYPES[tree.type(version)] ?? 'file',
    mode: tree.mode(version),
    uid: tree.uid(version),
    gid: tree.gid(version),
    size: tree.size(version),
    mtime: tree.mtime(version),
    link: tree.link(version),
  }
  tree.put(first.node, first.layer, attributes)
  for (const { node, layer } of others)
    tree.put(node, layer, { ...attributes, type: 'hardlink', size: 0, link: first.path })
}

/**
 * The path that a link leads to, over other links; NONE where the layer has none there. `known` keeps
 * that of each link passed: a chain of many would be walked again for each of them.
 */
function fileOf(tree: ImageTree, link: number, layer: number, known: Map<number, number>): number {
  const passed = new Set<number>()
  let file: number | undefined
  for (let at = link; file === undefined;) {
    passed.add(at)
    const node = find(tree, tree.link(at) ?? '')
    const version = node === NONE ? NONE : tree.versionIn(node, layer)
    if (version === NONE || tree.type(version) === 0 || tree.has(version, IMPLIED)) file = NONE
    else if (!isHardLink(tree, version)) file = node
    else if (passed.has(version)) file = NONE
    else file = known.get(version)
    at = version
  }
  for (const each of passed) known.set(each, file)
  return file
}

function isHardLink(tree: ImageTree, version: number): boolean {
  return TYPES[tree.type(version)] === 'hardlink'
}

/** A link's target counts from the root, with a slash or a dot in front or without. */
function find(tree: ImageTree, target: string): number {
  let node: number = tree.root
  for (const name of target.split('/')) {
    if (name === '' || name === '.') continue
    node = tree.child(node, name)
    if (node === NONE) return NONE
  }
  return node === tree.root ? NONE : node
}

/** As a walk of sorted folders comes by: the slash stands before every other character. */
function compare(a: string, b: string): number {
  const [one, other] = [a.replaceAll('/', '\0'), b.replaceAll('/', '\0')]
  return one < other ? -1 : one > other ? 1 : 0
}
