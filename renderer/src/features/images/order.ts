import type { ImageSummary } from '../../app/images/images'
import { compileSearch } from '../../lib/search'

export type ImageSort = 'created' | 'size' | 'name'

export interface ImageFilter {
  text: string
  /** Only those without a name. */
  dangling: boolean
  /** Only those no container is made from. */
  unused: boolean
}

/** The images that a filter leaves, in an order; the newest, the largest or the first name on top. */
export function orderImages(
  images: readonly ImageSummary[],
  { text, dangling, unused }: ImageFilter,
  sort: ImageSort,
): ImageSummary[] {
  const search = compileSearch(text.trim(), false)
  const matches = (image: ImageSummary): boolean =>
    (!dangling || image.tags.length === 0) &&
    (!unused || image.containers.length === 0) &&
    (search.empty ||
      [image.id, ...image.tags, ...image.digests, ...image.containers, image.platform ?? ''].some((each) =>
        search.test(each),
      ))
  return images.filter(matches).sort(ORDERS[sort])
}

const byName = new Intl.Collator('en', { numeric: true })
const ORDERS: Record<ImageSort, (a: ImageSummary, b: ImageSummary) => number> = {
  created: (a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt),
  size: (a, b) => b.sizeBytes - a.sizeBytes,
  // Those without a name come last.
  name: (a, b) =>
    Number(a.tags.length === 0) - Number(b.tags.length === 0) ||
    byName.compare(a.tags[0] ?? a.id, b.tags[0] ?? b.id),
}
