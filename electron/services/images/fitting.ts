/** As many of the first items as a message of this many bytes holds, written as JSON. */
export function fitting<T>(items: readonly T[], maxBytes: number): T[] {
  let bytes = 0
  const end = items.findIndex((item) => (bytes += Buffer.byteLength(JSON.stringify(item)) + 1) > maxBytes)
  return items.slice(0, end < 0 ? items.length : end)
}
