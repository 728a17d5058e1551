/** What a search box means, ready to be applied to many lines. */
export interface Search {
  /** True for a text that matches; an empty search matches everything. */
  test(text: string): boolean
  /** The text in pieces, those that matched marked. */
  pieces(text: string): { text: string; hit: boolean }[]
  empty: boolean
  /** What the browser says of a regular expression that cannot be read. */
  error?: string
}

const ALL: Search = { test: () => true, pieces: (text) => [{ text, hit: false }], empty: true }

/** Most hits that are marked in one line. */
const MAX_PIECES = 200

/** Reads a search: plain text without regard to case, or a regular expression. */
export function compileSearch(query: string, regex: boolean): Search {
  if (query === '') return ALL
  let pattern: RegExp
  try {
    pattern = new RegExp(regex ? query : query.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'giu')
  } catch (error) {
    // "Invalid regular expression: /(/giu: Unterminated group": only the end is news.
    const message = error instanceof Error ? error.message : String(error)
    return { ...ALL, empty: false, error: message.replace(/^.*:\s*/, '') }
  }
  return {
    empty: false,
    test(text) {
      pattern.lastIndex = 0
      return pattern.test(text)
    },
    pieces(text) {
      const pieces: { text: string; hit: boolean }[] = []
      let from = 0
      for (const match of text.matchAll(pattern)) {
        if (match[0] === '' || pieces.length > MAX_PIECES) break
        if (match.index > from) pieces.push({ text: text.slice(from, match.index), hit: false })
        pieces.push({ text: match[0], hit: true })
        from = match.index + match[0].length
      }
      if (from < text.length || pieces.length === 0) pieces.push({ text: text.slice(from), hit: false })
      return pieces
    },
  }
}
