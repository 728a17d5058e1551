import { TERMS } from './texts/terms'

/** Faults that need no values to be told. */
type Plain =
  | 'json/comment'
  | 'json/truncated'
  | 'json/trailing-comma'
  | 'json/trailing'
  | 'json/single-quote'
  | 'json/no-comma'
  | 'json/no-colon'
  | 'json/no-key'
  | 'json/no-value'
  | 'json/control-character'
  | 'json/open-string'
  | 'json/escape'
  | 'json/number'
  | 'json/syntax'

/** What is wrong with a text as JSON; `offset` is a better place than where the parser stopped. */
export type Fault =
  { code: 'json/invisible'; character: string; offset?: undefined } | { code: Plain; offset?: number }

/**
 * Names the fault at an offset where a parser stopped with `error` (an error name of jsonc-parser).
 * What looks like something else, or like nothing, is told before what the parser missed.
 */
export function jsonFault(text: string, offset: number, error: string): Fault {
  const character = codePoint(text, offset)
  const rest = text.slice(offset)
  if (character in TERMS) return { code: 'json/invisible', character }
  if (/^(\/\/|\/\*|#)/.test(rest)) return { code: 'json/comment' }
  if (error !== 'EndOfFileExpected' && isCut(rest, error)) return { code: 'json/truncated' }
  if (/^[}\]]/.test(rest) && /,\s*$/.test(text.slice(0, offset)))
    return { code: 'json/trailing-comma', offset: text.lastIndexOf(',', offset) }
  if (rest.startsWith("'")) return { code: 'json/single-quote' }
  return { code: BY_PARSER[error] ?? 'json/syntax' }
}

/** `U+00A0` */
function codePoint(text: string, offset: number): string {
  return `U+${(text.codePointAt(offset) ?? 0x20).toString(16).toUpperCase().padStart(4, '0')}`
}

/** Whether the text ends where something was still to come. */
function isCut(rest: string, error: string): boolean {
  return (
    /^[ \t\r\n]*$/.test(rest) ||
    (/^[a-z]+$/.test(rest) && ['true', 'false', 'null'].some((word) => word.startsWith(rest))) ||
    (error === 'UnexpectedEndOfString' && !rest.includes('\n'))
  )
}

const BY_PARSER: Readonly<Record<string, Plain>> = {
  EndOfFileExpected: 'json/trailing',
  CommaExpected: 'json/no-comma',
  ColonExpected: 'json/no-colon',
  PropertyNameExpected: 'json/no-key',
  ValueExpected: 'json/no-value',
  InvalidCharacter: 'json/control-character',
  UnexpectedEndOfString: 'json/open-string',
  InvalidEscapeCharacter: 'json/escape',
  InvalidUnicode: 'json/escape',
  InvalidNumberFormat: 'json/number',
  UnexpectedEndOfNumber: 'json/number',
}
