import type { OutputOf } from '../../../../../electron/contract/contract'

export type Entry = OutputOf<'config.history'>['entries'][number]

/** Which of an entry's two texts can be put back: as it left the file, and as it found it. */
export function restorable({ current, restorable: kept, before, after }: Entry): {
  before: boolean
  after: boolean
} {
  return { after: kept.after && !current, before: kept.before && before !== after }
}
