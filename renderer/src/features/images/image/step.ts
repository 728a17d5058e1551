import { visibleText } from '../../../lib/visible-text'
import { instructionText } from '../instruction'

/** An instruction to show in a line: its word apart from what it is given. */
export interface Step {
  /** Such as `RUN`; absent where it does not begin with one. */
  word?: string
  rest: string
}

/** What the classic builder writes for the files of COPY and ADD: a digest of them. */
const SOURCE = /\b((?:file|dir|multi):[0-9a-f]{8})[0-9a-f]{56}\b/g
const WORD = /^([A-Z]{2,})\s+(.*)$/

/** What made a layer, in one line. */
export function stepOf(createdBy: string): Step {
  const text = visibleText(instructionText(createdBy).replace(/\s+/g, ' ').trim()).replace(SOURCE, '$1…')
  const [, word, rest = ''] = WORD.exec(text) ?? []
  return word === undefined ? { rest: text } : { word, rest }
}

/** Words of several instructions with how often each comes: `ENV ×2, CMD`. */
export function wordsOf(steps: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const step of steps) {
    const { word, rest } = stepOf(step)
    const name = word ?? rest.slice(0, 24)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, count]) => (count > 1 ? `${name} ×${count}` : name)).join(', ')
}
