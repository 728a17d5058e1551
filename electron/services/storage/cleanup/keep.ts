import type { ParsedInputOf } from '../../../contract/contract'

export type Keep = NonNullable<ParsedInputOf<'storage.previewCleanup'>['keep']>

/** What is looked at to decide whether something is spared. */
export interface Kept {
  /** Names, tags, ids: whatever a person may have written. */
  names: readonly string[]
  labels: Readonly<Record<string, string>>
  createdAt?: string | undefined
}

const HOUR_MS = 3_600_000

/** Makes the test of what is spared. */
export function spares(keep: Keep | undefined, now: number): (thing: Kept) => boolean {
  const names = (keep?.names ?? []).map(glob)
  const labels = (keep?.labels ?? []).map((label) => {
    const at = label.indexOf('=')
    return at < 0 ? { key: label } : { key: label.slice(0, at), value: label.slice(at + 1) }
  })
  const hours = keep?.youngerThanHours
  return (thing) =>
    thing.names.some((name) => names.some((matches) => matches(name))) ||
    labels.some(
      ({ key, value }) =>
        Object.hasOwn(thing.labels, key) && (value === undefined || thing.labels[key] === value),
    ) ||
    (hours !== undefined && isYoung(thing.createdAt, now - hours * HOUR_MS))
}

/** Without a known age nothing proves that it is old. */
function isYoung(createdAt: string | undefined, since: number): boolean {
  const at = Date.parse(createdAt ?? '')
  return Number.isNaN(at) || at > since
}

/** A pattern in which `*` stands for any text, `/` and nothing too; as a loop, since names are hostile. */
function glob(pattern: string): (name: string) => boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return (name) => name === first
  return (name) => {
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
      return false
    let at = first.length
    const end = name.length - last.length
    return rest.every((part) => {
      const found = name.indexOf(part, at)
      at = found + part.length
      return found >= 0 && at <= end
    })
  }
}
