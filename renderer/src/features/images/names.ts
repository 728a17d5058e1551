import { shortId } from '../../lib/format'
import type { OpenedImage } from './opened'

/** What docker writes in the place of a name. */
export const NAMELESS = '<none>'

/** What an image is called where there is room for one name. */
export function nameOf({ id, tags, path }: Pick<OpenedImage, 'id' | 'tags' | 'path'>): string {
  const [first] = tags
  if (first !== undefined) return first
  return path === undefined ? shortId(id) : path.slice(path.lastIndexOf('/') + 1)
}

/** A digest for the screen: the repository, and what twelve characters tell of the rest. */
export function shortDigest(digest: string): string {
  return digest.replace(/(@[^:]+:[0-9a-f]{12})[0-9a-f]+$/, '$1…')
}
