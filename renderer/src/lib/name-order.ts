/** Entries of a folder in one answer of the core. */
const ONE_PAGE = 2_000
const collator = new Intl.Collator('en', { numeric: true })

/** Lists are replaced, never changed: what was sorted once stays so. */
const known = new WeakMap<readonly Named[], readonly Named[]>()

interface Named {
  name: string
  type: string
}

/**
 * Folders first, then by name as people count: 2 before 10. Beyond one page the order of the core is kept,
 * so that pages that come later stand at the end and move nothing.
 */
export function byName<T extends Named>(entries: readonly T[]): readonly T[] {
  if (entries.length > ONE_PAGE) return entries
  const sorted = known.get(entries) as readonly T[] | undefined
  if (sorted) return sorted
  const made = entries.toSorted(
    (a, b) => Number(b.type === 'folder') - Number(a.type === 'folder') || collator.compare(a.name, b.name),
  )
  known.set(entries, made)
  return made
}
