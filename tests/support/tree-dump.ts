import {
  IMPLIED,
  NONE,
  OPAQUE,
  TYPES,
  WHITEOUT,
  type ImageTree,
} from '../../electron/services/images/tree/tree'

/** Everything a tree holds: a line for what a layer has at a path, sorted. */
export function dump(tree: ImageTree): string[] {
  const lines: string[] = []
  for (let node = 0; node < tree.nodes; node += 1)
    for (let at = tree.newest(node); at !== NONE; at = tree.older(at)) {
      const marks = [
        ...(tree.has(at, WHITEOUT) ? ['whiteout'] : []),
        ...(tree.has(at, OPAQUE) ? ['opaque'] : []),
        ...(tree.has(at, IMPLIED) ? ['implied'] : []),
      ].join(' ')
      lines.push(
        `${tree.path(node)} @${tree.layer(at)} ${TYPES[tree.type(at)] ?? '-'} ${tree.mode(at).toString(8)} ` +
          `${tree.uid(at)}:${tree.gid(at)} ${tree.size(at)} ${tree.mtime(at)} ${tree.link(at) ?? ''} ${marks}`,
      )
    }
  return lines.sort()
}
