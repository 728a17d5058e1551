import { HelperError } from '../verb'
import type { Root, Roots } from './roots'
import { namesOf, pathOf, type Name } from './tree'

/**
 * A path that was asked with: relative to the data-root, or whole where it lies in one of the roots.
 * Throws `helper/path-refused` for any other.
 */
export function rootOf(roots: Roots, path: string): { root: Root; names: Name[] } {
  const [data] = roots.all
  if (data === undefined) throw refused(path)
  if (!path.startsWith('/')) return { root: data, names: namesOf(path) }
  // Of a root within another the longer path is meant.
  const root = [...roots.all]
    .sort((a, b) => b.tree.path.length - a.tree.path.length)
    .find(({ tree }) => path === tree.path || path.startsWith(`${tree.path}/`))
  if (root === undefined) throw refused(path)
  return { root, names: namesOf(path.slice(root.tree.path.length)) }
}

/** The same path as it is told: relative in the data-root, whole elsewhere. */
export function toldPath(roots: Roots, root: Root, names: readonly Name[]): string {
  const path = pathOf(names)
  if (root === roots.all[0]) return path
  return path === '' ? root.tree.path : `${root.tree.path}/${path}`
}

function refused(path: string): HelperError {
  return new HelperError('helper/path-refused', `${path} does not lie below the data-root.`, {
    detail: { path },
  })
}
