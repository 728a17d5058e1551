/**
 * The key `debug` of a daemon.json, found and changed without a JSON library. Texts are bytes decoded
 * as latin1: the structure of JSON is ASCII, and whatever else stands there, valid UTF-8 or not, comes
 * out as it went in.
 */

/** A member of the outermost object: where its key begins, and its value begins and ends. */
interface Member {
  key: string
  at: number
  from: number
  to: number
}

const BLANK = /[ \t\r\n]*/y
const STRING = /"(?:[^"\\]|\\.)*"/y
const SCALAR = /[^\s,}\]]+/y
/** dockerd reads over a byte order mark (23.0 and newer). */
const BOM = '\u00EF\u00BB\u00BF'

/**
 * What the file says of debug: undefined when it does not, or no boolean. Of two members of that
 * name dockerd takes the last. Null for a text that is no JSON object.
 */
export function debugIn(text: string): boolean | undefined | null {
  const members = membersOf(text)
  if (members === undefined) return null
  const found = members.findLast(({ key }) => key === 'debug')
  if (found === undefined) return undefined
  const value: unknown = JSON.parse(text.slice(found.from, found.to))
  return typeof value === 'boolean' ? value : undefined
}

/**
 * The text with another value of debug, or without it, and all else as it stands. Nothing at all is
 * taken for an empty object. Undefined for a text that is no JSON object.
 */
export function withDebug(text: string, value: boolean | undefined): string | undefined {
  if (text.trim() === '') return value === undefined ? text : `{"debug": ${value}}\n`
  const members = membersOf(text)
  if (members === undefined) return undefined
  if (value === undefined) return without(text, members)
  const found = members.findLast(({ key }) => key === 'debug')
  if (found !== undefined) return `${text.slice(0, found.from)}${value}${text.slice(found.to)}`
  const open = text.indexOf('{') + 1
  return `${text.slice(0, open)}"debug": ${value}${members.length > 0 ? ', ' : ''}${text.slice(open)}`
}

function without(text: string, members: readonly Member[]): string {
  let left = text
  for (let n = members.length - 1; n >= 0; n -= 1) {
    const member = members[n]
    if (member?.key !== 'debug') continue
    const [before, after] = [members[n - 1], members[n + 1]]
    if (after !== undefined) left = left.slice(0, member.at) + left.slice(after.at)
    else left = left.slice(0, before?.to ?? member.at) + left.slice(member.to)
  }
  return left
}

function membersOf(text: string): Member[] | undefined {
  const start = text.startsWith(BOM) ? BOM.length : 0
  try {
    const value: unknown = JSON.parse(text.slice(start))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  } catch {
    return undefined
  }
  // From here on the text is known to be JSON: what is looked for is there.
  const members: Member[] = []
  let at = past(BLANK, text, start) + 1
  for (;;) {
    at = past(BLANK, text, at)
    if (text[at] === '}') return members
    const keyEnd = past(STRING, text, at)
    const from = past(BLANK, text, past(BLANK, text, keyEnd) + 1)
    const to = endOfValue(text, from)
    members.push({ key: String(JSON.parse(text.slice(at, keyEnd))), at, from, to })
    at = past(BLANK, text, to)
    if (text[at] === ',') at += 1
  }
}

function endOfValue(text: string, from: number): number {
  const first = text[from]
  if (first === '"') return past(STRING, text, from)
  if (first !== '{' && first !== '[') return past(SCALAR, text, from)
  let depth = 0
  for (let at = from; ;) {
    const char = text[at]
    if (char === '"') {
      at = past(STRING, text, at)
      continue
    }
    if (char === '{' || char === '[') depth += 1
    if (char === '}' || char === ']') depth -= 1
    at += 1
    if (depth === 0) return at
  }
}

/** Where a pattern ends that stands at `from`. */
function past(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : from
}
