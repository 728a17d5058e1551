import { structuredPatch } from 'diff'

/** One line of a difference; `cut` stands for lines that are left out. */
export interface DiffRow {
  kind: 'add' | 'remove' | 'keep' | 'cut'
  text: string
}

const CUT: DiffRow = { kind: 'cut', text: '⋯' }

function rowOf(line: string): DiffRow {
  const kind = line.startsWith('+') ? 'add' : line.startsWith('-') ? 'remove' : 'keep'
  return { kind, text: line.slice(1) }
}

/** The lines in which two texts differ, with three around them. */
export function rowsBetween(before: string, after: string): DiffRow[] {
  const patch = structuredPatch('', '', before, after, '', '', { context: 3 })
  return patch.hunks.flatMap(({ lines }, index) => [
    ...(index > 0 ? [CUT] : []),
    ...lines.filter((line) => !line.startsWith('\\')).map(rowOf),
  ])
}

/** The lines of a unified diff, without its headers. */
export function rowsOfPatch(patch: string): DiffRow[] {
  const rows: DiffRow[] = []
  let inHunk = false
  for (const line of patch.split('\n')) {
    if (line.startsWith('@@')) {
      if (inHunk) rows.push(CUT)
      inHunk = true
    } else if (inHunk && line !== '' && !line.startsWith('\\')) rows.push(rowOf(line))
  }
  return rows
}
