/** A piece of a text to show: as it is, or an escape that stands for what cannot be seen. */
export interface VisiblePiece {
  text: string
  escaped: boolean
}

/**
 * What moves the cursor, turns the direction of reading, joins or vanishes: control and format
 * characters (bidi, zero width, soft hyphen, tags), separators of lines, lone halves of a pair, and
 * letters without a shape.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return (
    NAMED[character] ??
    (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`)
  )
}

/**
 * A text somebody else wrote, in pieces that can be shown: what cannot be seen stands as an escape,
 * but for the characters in `keep`.
 */
export function visiblePieces(text: string, keep = ''): VisiblePiece[] {
  const pieces: VisiblePiece[] = []
  let from = 0
  for (const match of text.matchAll(UNSEEN)) {
    if (keep.includes(match[0])) continue
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), escaped: false })
    pieces.push({ text: escapeOf(match[0]), escaped: true })
    from = match.index + match[0].length
  }
  if (from < text.length || pieces.length === 0) pieces.push({ text: text.slice(from), escaped: false })
  return pieces
}

/** The same in one piece, for a title, a sentence or a file. */
export function visibleText(text: string, keep = ''): string {
  return visiblePieces(text, keep)
    .map((piece) => piece.text)
    .join('')
}
