import { shortId } from '../../lib/format'
import type { OpenedImage } from './opened'

/** What an image is called where there is room for one name. */
export function nameOf({ id, tags, path }: Pick<OpenedImage, 'id' | 'tags' | 'path'>): string {
  const [first] = tags
  if (first !== undefined) return first
  return path === undefined ? shortId(id) : path.slice(path.lastIndexOf('/') + 1)
}
