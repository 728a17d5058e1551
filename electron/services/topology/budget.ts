/**
 * As many of `items` as fit into `bytes` of JSON, in their order: an answer that is too large is
 * refused as a whole. Those that are `first` are taken before others; what comes behind the first
 * that does not fit is left out, so that no child is told without its parent.
 */
export function withinBytes<T>(
  items: readonly T[],
  bytes: number,
  first: (item: T) => boolean = () => true,
): T[] {
  const taken = new Set<T>()
  let left = bytes
  for (const wanted of [first, (item: T) => !first(item)])
    for (const item of items) {
      if (!wanted(item)) continue
      left -= Buffer.byteLength(JSON.stringify(item)) + 1
      if (left < 0) break
      taken.add(item)
    }
  return items.filter((item) => taken.has(item))
}
