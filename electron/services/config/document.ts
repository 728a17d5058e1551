import {
  applyEdits,
  modify,
  parseTree,
  printParseErrorCode,
  type FormattingOptions,
  type Node,
  type ParseError,
} from 'jsonc-parser'
import { AppError } from '../../contract/errors'
import type { OutputOf } from '../../contract/contract'
import { atLeast } from './options'

export type Problem = OutputOf<'config.check'>['problems'][number]

/** A top-level member of the file. */
export interface Member {
  key: string
  value: unknown
  /** Node of the value, with offsets into {@link Document.text}. */
  node: Node
  /** Offset of the key's opening quote. */
  offset: number
}

/** A daemon.json taken apart. `members` is undefined when the text cannot be read as an object. */
export interface Document {
  text: string
  /** Members in the order of the file; of a key that stands there twice, both. */
  members: Member[] | undefined
  problems: Problem[]
}

/** 1-based line and column (in characters) of an offset. */
export function place(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const start = before.lastIndexOf('\n') + 1
  let line = 1
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line += 1
  return { line, column: [...before.slice(start)].length + 1 }
}

const BOM = '\uFEFF'

/** Characters that look like something else, or like nothing, by code point. */
const deceptive = new Map<number, string>([
  [0xfeff, 'a byte order mark'],
  [0x00a0, 'a no-break space'],
  [0x3000, 'a full-width blank'],
  [0x202f, 'a narrow no-break space'],
  [0x2007, 'a figure space'],
  [0x2009, 'a thin space'],
  [0x200b, 'a zero-width space'],
  [0x200c, 'a zero-width non-joiner'],
  [0x200d, 'a zero-width joiner'],
  [0x2060, 'a word joiner'],
  [0x00ad, 'a soft hyphen'],
  [0x2028, 'a line separator'],
  [0x2029, 'a paragraph separator'],
  [0x000b, 'a vertical tab'],
  [0x000c, 'a form feed'],
  [0x0000, 'a null character'],
  [0x201c, 'a typographic quotation mark (“)'],
  [0x201d, 'a typographic quotation mark (”)'],
  [0x201e, 'a typographic quotation mark („)'],
  [0x00ab, 'a typographic quotation mark («)'],
  [0x00bb, 'a typographic quotation mark (»)'],
  [0x2018, 'a typographic quotation mark (‘)'],
  [0x2019, 'a typographic quotation mark (’)'],
  [0xff0c, 'a full-width comma (，)'],
  [0xff1a, 'a full-width colon (：)'],
  [0xff5b, 'a full-width brace (｛)'],
  [0xff5d, 'a full-width brace (｝)'],
])

/** Deeper nesting than any real file has, and than a recursive parser should be handed. */
const MAX_DEPTH = 200

/**
 * Reads a text as dockerd of `version` reads its file: strict JSON; empty text and a byte order
 * mark pass from 23.0 on; what follows the first value is ignored before 23.0; the last of two
 * equal keys counts.
 */
export function parseDocument(text: string, version: string): Document {
  const modern = atLeast(version, '23.0')
  const problems: Problem[] = []
  const fail = (code: string, message: string, offset: number, hint?: string): Document => {
    problems.push({
      severity: 'error',
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...place(text, offset),
      source: 'static',
    })
    return { text, members: undefined, problems }
  }

  const lone = loneSurrogate(text)
  if (lone >= 0) return fail('json/lone-surrogate', 'Half of a character cannot be saved as UTF-8.', lone)

  if (text.startsWith(BOM)) {
    if (!modern)
      return fail(
        'json/bom',
        'The file begins with a byte order mark, an invisible character that this engine refuses.',
        0,
        'Save the file as UTF-8 without BOM.',
      )
    problems.push({
      severity: 'warning',
      code: 'json/bom',
      message: 'The file begins with a byte order mark, which other readers of JSON refuse.',
      hint: 'Save the file as UTF-8 without BOM.',
      line: 1,
      column: 1,
      source: 'static',
    })
  }
  // A blank of the same length keeps every offset.
  const plain = text.startsWith(BOM) ? ` ${text.slice(1)}` : text

  if (/^[ \t\r\n]*$/.test(plain)) {
    if (modern) return { text, members: [], problems }
    return fail(
      'json/empty',
      'The file is empty, and this engine does not start with an empty file.',
      0,
      'Write {} to set nothing.',
    )
  }

  const deep = tooDeep(plain)
  if (deep >= 0) return fail('json/too-deep', `The file nests more than ${MAX_DEPTH} levels.`, deep)

  const errors: ParseError[] = []
  const root = parseTree(plain, errors, {
    disallowComments: true,
    allowTrailingComma: false,
    allowEmptyContent: true,
  })
  const end = root === undefined ? 0 : root.offset + root.length
  const first = errors[0]
  const trailing =
    (first !== undefined && printParseErrorCode(first.error) === 'EndOfFileExpected') ||
    (first?.offset ?? -1) >= end
  if (first !== undefined && root !== undefined && trailing && isJson(plain.slice(0, end))) {
    const rest = end + (/^[ \t\r\n]*/.exec(plain.slice(end))?.[0].length ?? 0)
    if (modern) {
      const blame = describe(plain, rest, 'EndOfFileExpected')
      return fail(blame.code, blame.message, rest, blame.hint)
    }
    problems.push({
      severity: 'warning',
      code: 'json/trailing',
      message: 'This engine ignores what follows the first object; newer ones refuse it.',
      ...place(text, rest),
      source: 'static',
    })
  } else if (first !== undefined) {
    const offset = Math.min(first.offset, plain.length)
    const blame = describe(plain, offset, printParseErrorCode(first.error))
    return fail(blame.code, blame.message, blame.offset ?? offset, blame.hint)
  } else if (!isJson(plain)) {
    // The tolerant parser saw nothing where the strict one does: say where JSON.parse stopped.
    const offset = strictOffset(plain)
    const blame = describe(plain, offset, 'InvalidSymbol')
    return fail(blame.code, blame.message, offset, blame.hint)
  }

  if (root === undefined || root.type === 'null') return { text, members: [], problems }
  if (root.type !== 'object')
    return fail(
      'json/not-an-object',
      `The file holds ${article(root.type)}; it must be one object, { … }.`,
      root.offset,
    )

  const members: Member[] = []
  const seen = new Map<string, number>()
  for (const property of root.children ?? []) {
    const [name, value] = property.children ?? []
    if (name === undefined || value === undefined) continue
    const key = String(name.value)
    const earlier = seen.get(key)
    if (earlier !== undefined)
      problems.push({
        severity: 'warning',
        code: 'json/duplicate-key',
        message: `"${key}" stands here twice; the engine takes the last one and says nothing.`,
        hint: `Remove the one on line ${place(text, earlier).line} or this one.`,
        detail: { firstLine: String(place(text, earlier).line) },
        key,
        ...place(text, name.offset),
        source: 'static',
      })
    seen.set(key, name.offset)
    members.push({
      key,
      value: JSON.parse(plain.slice(value.offset, value.offset + value.length)) as unknown,
      node: value,
      offset: name.offset,
    })
  }
  return { text, members, problems }
}

/** The members that count: the last of each key. */
export function effectiveMembers(document: Document): Map<string, Member> {
  return new Map((document.members ?? []).map((member) => [member.key, member]))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function strictOffset(text: string): number {
  // V8 names the position in most of its messages.
  try {
    JSON.parse(text)
  } catch (error) {
    const match = /position (\d+)/.exec(error instanceof Error ? error.message : '')
    if (match !== null) return Number(match[1])
  }
  return 0
}

/** Index of the first surrogate without its other half, or -1. */
function loneSurrogate(text: string): number {
  return text.search(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/)
}

/** Offset where the nesting exceeds {@link MAX_DEPTH}, or -1; strings are skipped. */
function tooDeep(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (char === '"') {
      for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1
    } else if (char === '{' || char === '[') {
      depth += 1
      if (depth > MAX_DEPTH) return at
    } else if (char === '}' || char === ']') depth -= 1
  }
  return -1
}

interface Blame {
  code: string
  message: string
  hint?: string
  /** A better place than where the parser stopped. */
  offset?: number
}

function describe(text: string, offset: number, error: string): Blame {
  const code = text.codePointAt(offset)
  const rest = text.slice(offset)
  if (code !== undefined && deceptive.has(code))
    return {
      code: code === 0xfeff ? 'json/bom' : 'json/invisible',
      message: `Here stands ${deceptive.get(code) ?? ''} (U+${code.toString(16).toUpperCase().padStart(4, '0')}), which JSON does not allow.`,
      hint: 'It often comes from text copied off a web page; delete it and type it anew.',
    }
  if (/^(\/\/|\/\*|#)/.test(rest))
    return {
      code: 'json/comment',
      message: 'Comments are not allowed in daemon.json.',
      hint: 'Remove the comment.',
    }
  const cut =
    /^[ \t\r\n]*$/.test(rest) ||
    (/^[a-z]+$/.test(rest) && ['true', 'false', 'null'].some((word) => word.startsWith(rest.trim()))) ||
    (error === 'UnexpectedEndOfString' && !rest.includes('\n'))
  if (cut && error !== 'EndOfFileExpected')
    return {
      code: 'json/truncated',
      message: 'The text ends before it is complete.',
      hint: 'A closing brace, bracket or quotation mark is missing.',
    }
  if (/^[}\]]/.test(rest) && /,\s*$/.test(text.slice(0, offset)))
    return {
      code: 'json/trailing-comma',
      message: 'There is a comma before the closing bracket.',
      hint: 'Remove the comma after the last entry.',
      offset: text.lastIndexOf(',', offset),
    }
  if (rest.startsWith("'")) return { code: 'json/syntax', message: 'JSON wants double quotation marks (").' }
  switch (error) {
    case 'EndOfFileExpected':
      return {
        code: 'json/trailing',
        message: 'Something follows the closing brace of the object.',
        hint: 'Only one object may stand in the file.',
      }
    case 'CommaExpected':
      return { code: 'json/syntax', message: 'A comma is missing before this.' }
    case 'ColonExpected':
      return { code: 'json/syntax', message: 'A colon is missing after the key.' }
    case 'PropertyNameExpected':
      return { code: 'json/syntax', message: 'A key in double quotation marks is expected here.' }
    case 'ValueExpected':
      return { code: 'json/syntax', message: 'A value is expected here.' }
    case 'InvalidCharacter':
      return { code: 'json/syntax', message: 'A text may not hold a line break or a tab as it is.' }
    case 'UnexpectedEndOfString':
      return { code: 'json/syntax', message: 'The text is not closed by a double quotation mark.' }
    case 'InvalidEscapeCharacter':
    case 'InvalidUnicode':
      return { code: 'json/syntax', message: 'What follows the backslash is no escape of JSON.' }
    case 'InvalidNumberFormat':
    case 'UnexpectedEndOfNumber':
      return { code: 'json/syntax', message: 'This is not a number of JSON.' }
    default:
      return { code: 'json/syntax', message: 'This is not JSON.' }
  }
}

function article(type: string): string {
  return type === 'array' ? 'a list' : `a ${type}`
}

/**
 * Sets and removes top-level keys and leaves every other character as it is. Empty text counts as
 * `{}`. A key that stands twice is set where it counts, which is the last one, and removed wholly.
 * Throws `config/invalid` with the place for a text that is not plain JSON.
 */
export function editDocument(
  text: string,
  set: ReadonlyMap<string, unknown>,
  unset: readonly string[],
): string {
  // The strictest reading of both generations: what one engine would refuse is not touched.
  const blank = /^[ \t\r\n]*$/.test(text)
  const { problems } = parseDocument(blank ? '{}' : text, '23.0')
  const refusal = problems.find((each) => each.severity === 'error' || each.code === 'json/bom')
  if (refusal !== undefined) {
    const { line = 1, column = 1 } = refusal
    throw new AppError('config/invalid', `daemon.json cannot be edited, line ${line}: ${refusal.message}`, {
      hint: refusal.hint ?? 'Correct the text first.',
      detail: { code: refusal.code, line, column },
    })
  }
  if (text.includes('\uFFFD')) {
    const at = place(text, text.indexOf('\uFFFD'))
    throw new AppError(
      'config/invalid',
      'daemon.json holds bytes that are not UTF-8; they would be lost by an edit.',
      { hint: 'Correct the file with a text editor first.', detail: { code: 'file/not-utf8', ...at } },
    )
  }
  const top = blank ? '{}\n' : text
  const isNull = top.trim() === 'null'
  let result = isNull ? top.replace('null', '{}') : top
  const format = formatting(result)
  for (const key of unset)
    while (membersOf(result).some((member) => member.key === key))
      result = applyEdits(result, modify(result, [key], undefined, { formattingOptions: format }))
  for (const [key, value] of set) result = setKey(result, key, value, format)
  return result
}

function membersOf(text: string): Member[] {
  return parseDocument(text, '23.0').members ?? []
}

function setKey(text: string, key: string, value: unknown, format: FormattingOptions): string {
  const members = membersOf(text)
  const present = members.findLast((member) => member.key === key)
  if (present === undefined) return insert(text, key, value, format, members.at(-1))
  const { offset, length } = present.node
  const written = text.trim().includes('\n')
    ? render(value, text, present.offset, format)
    : JSON.stringify(value)
  return text.slice(0, offset) + written + text.slice(offset + length)
}

/** A new member goes to the end, on a line of its own when the others stand on theirs. */
function insert(
  text: string,
  key: string,
  value: unknown,
  format: FormattingOptions,
  last: Member | undefined,
): string {
  const eol = format.eol ?? '\n'
  const name = JSON.stringify(key)
  if (last === undefined) {
    const open = text.indexOf('{')
    const close = text.lastIndexOf('}')
    const body = `${eol}${unit(format)}${name}: ${render(value, '', 0, format, unit(format))}${eol}`
    return text.slice(0, open + 1) + body + text.slice(close)
  }
  const end = last.node.offset + last.node.length
  const line = text.slice(text.lastIndexOf('\n', last.offset) + 1, last.offset)
  const ownLine = /^[ \t]*$/.test(line) && text.lastIndexOf('\n', last.offset) >= 0
  const added = ownLine
    ? `,${eol}${line}${name}: ${render(value, text, last.offset, format)}`
    : `, ${name}: ${JSON.stringify(value)}`
  return text.slice(0, end) + added + text.slice(end)
}

/** JSON of a value, its inner lines indented like the line `at` stands on. */
function render(
  value: unknown,
  text: string,
  at: number,
  format: FormattingOptions,
  indent = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1, at))?.[0] ?? '',
): string {
  return JSON.stringify(value, null, unit(format)).replaceAll('\n', `${format.eol ?? '\n'}${indent}`)
}

function unit(format: FormattingOptions): string {
  return format.insertSpaces === true ? ' '.repeat(format.tabSize ?? 2) : '\t'
}

/** Indentation and line ends as the text has them; two blanks where it shows none. */
function formatting(text: string): FormattingOptions {
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  '
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 4 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  }
}
