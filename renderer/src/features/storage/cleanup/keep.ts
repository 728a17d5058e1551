import type { InputOf } from '../../../../../electron/contract/contract'

export type CleanupChoice = InputOf<'storage.previewCleanup'>
export type CleanupKind = CleanupChoice['kinds'][number]
type Keep = NonNullable<CleanupChoice['keep']>

/** What the reader wants to spare, as typed. */
export interface KeepText {
  names: string
  labels: string
  age: string
  unit: 'hours' | 'days'
}

export const NOTHING_KEPT: KeepText = { names: '', labels: '', age: '', unit: 'days' }

/** In the order in which people think of them; the core has its own for removing. */
export const CLEANUP_KINDS: readonly CleanupKind[] = [
  'containers',
  'images',
  'volumes',
  'networks',
  'build-cache',
  'logs',
  'orphans',
]

/** Kinds that lie where only root reads and writes. */
export const ADMIN_KINDS: readonly CleanupKind[] = ['logs', 'orphans']

/** As long as the contract lets somebody's exclusions be. */
const MOST = 200
const LONGEST = 256

const wordsOf = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter((word) => word !== ''))]

/** Hours of the age that is typed; undefined where nothing is, NaN where it is no number. */
export function hoursOf({ age, unit }: Pick<KeepText, 'age' | 'unit'>): number | undefined {
  const text = age.trim().replace(',', '.')
  if (text === '') return undefined
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN
  return unit === 'days' ? value * 24 : value
}

/** Which of the three is not to be understood, if one is. */
export function faultOf(text: KeepText): 'names' | 'labels' | 'age' | undefined {
  const tooMuch = (words: string[]) => words.length > MOST || words.some((word) => word.length > LONGEST)
  if (tooMuch(wordsOf(text.names))) return 'names'
  if (tooMuch(wordsOf(text.labels))) return 'labels'
  const hours = hoursOf(text)
  return hours !== undefined && !(hours <= 876_000) ? 'age' : undefined
}

/** The same as the contract wants it. */
export function keepOf(text: KeepText): Keep {
  const [names, labels, hours] = [wordsOf(text.names), wordsOf(text.labels), hoursOf(text)]
  return {
    ...(names.length > 0 ? { names } : {}),
    ...(labels.length > 0 ? { labels } : {}),
    ...(hours !== undefined && hours > 0 ? { youngerThanHours: hours } : {}),
  }
}
