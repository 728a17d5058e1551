/** A piece of JSON for a reader: white space is the writer's own. */
export interface JsonToken {
  kind: 'key' | 'string' | 'number' | 'word' | 'mark'
  text: string
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]|\s+|./gsu

/**
 * JSON in pieces, laid out anew with two spaces a level; texts and numbers stay to the letter.
 * Undefined where it is no JSON: then it is shown as it lies there.
 */
export function jsonTokens(text: string): JsonToken[] | undefined {
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  const raw = [...text.matchAll(TOKEN)].map(([piece]) => piece).filter((piece) => piece.trim() !== '')
  const tokens: JsonToken[] = []
  let depth = 0
  const mark = (piece: string) => tokens.push({ kind: 'mark', text: piece })
  const line = () => `\n${'  '.repeat(depth)}`
  raw.forEach((piece, index) => {
    const next = raw[index + 1]
    if (piece === '{' || piece === '[') {
      depth += 1
      mark(next === '}' || next === ']' ? piece : piece + line())
    } else if (piece === '}' || piece === ']') {
      depth -= 1
      const before = raw[index - 1]
      mark(before === '{' || before === '[' ? piece : line() + piece)
    } else if (piece === ',') mark(piece + line())
    else if (piece === ':') mark(': ')
    else if (piece.startsWith('"')) tokens.push({ kind: next === ':' ? 'key' : 'string', text: piece })
    else tokens.push({ kind: /^[-\d]/.test(piece) ? 'number' : 'word', text: piece })
  })
  return tokens
}
