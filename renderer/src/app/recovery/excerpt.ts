/** One line of the file around a fault. */
export interface ExcerptLine {
  /** 1-based. */
  number: number
  text: string
  at: boolean
}

/** The line of a fault with `around` lines before and after it; empty where the text has no such line. */
export function excerpt(text: string, line: number, around = 2): ExcerptLine[] {
  // The end of the last line is no line of its own.
  const lines = text.replace(/\n$/, '').split('\n')
  if (line < 1 || line > lines.length) return []
  const from = Math.max(1, line - around)
  return lines
    .slice(from - 1, line + around)
    .map((one, index) => ({ number: from + index, text: one, at: from + index === line }))
}
