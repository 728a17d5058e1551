import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'
import type { OutputOf } from '../../contract/contract'
import { jsonFault } from './json-fault'
import { Lines } from './lines'
import { atLeast } from './options'
import { textOf, type ProblemCode, type ValuesOf } from './texts'

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
  lines: Lines
  /** Members in the order of the file; of a key that stands there twice, both. */
  members: Member[] | undefined
  problems: Problem[]
}

/** 1-based line and column (in characters) of an offset; for many places of one text take {@link Lines}. */
export function place(text: string, offset: number): { line: number; column: number } {
  return new Lines(text).place(offset)
}

const BOM = '\uFEFF'

/** Deeper nesting than any real file has, and than a recursive parser should be handed. */
const MAX_DEPTH = 200

/**
 * Reads a text as dockerd of `version` reads its file: strict JSON; empty text and a byte order
 * mark pass from 23.0 on; what follows the first value is ignored before 23.0; the last of two
 * equal keys counts.
 */
export function parseDocument(text: string, version: string): Document {
  const modern = atLeast(version, '23.0')
  const lines = new Lines(text)
  const problems: Problem[] = []
  const document = (members: Member[] | undefined): Document => ({ text, lines, members, problems })
  const report = <C extends ProblemCode>(
    severity: Problem['severity'],
    code: C,
    values: ValuesOf<C>,
    offset: number,
    key?: string,
  ): void => {
    problems.push({
      severity,
      ...textOf(code, values),
      ...(key === undefined ? {} : { key }),
      ...lines.place(offset),
      source: 'static',
    })
  }
  const fail = <C extends ProblemCode>(code: C, values: ValuesOf<C>, offset: number): Document => {
    report('error', code, values, offset)
    return document(undefined)
  }
  const failAt = (offset: number, error: string): Document => {
    const fault = jsonFault(plain, offset, error)
    return fault.code === 'json/invisible'
      ? fail(fault.code, { character: fault.character }, offset)
      : fail(fault.code, {}, fault.offset ?? offset)
  }

  const lone = loneSurrogate(text)
  if (lone >= 0) return fail('json/lone-surrogate', {}, lone)

  if (text.startsWith(BOM)) {
    if (!modern) return fail('json/bom', {}, 0)
    report('warning', 'json/bom-accepted', {}, 0)
  }
  // A blank of the same length keeps every offset.
  const plain = text.startsWith(BOM) ? ` ${text.slice(1)}` : text

  if (/^[ \t\r\n]*$/.test(plain)) return modern ? document([]) : fail('json/empty', {}, 0)

  const deep = tooDeep(plain)
  if (deep >= 0) return fail('json/too-deep', { most: String(MAX_DEPTH) }, deep)

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
    if (modern) return failAt(rest, 'EndOfFileExpected')
    report('warning', 'json/trailing-ignored', {}, rest)
  } else if (first !== undefined)
    return failAt(Math.min(first.offset, plain.length), printParseErrorCode(first.error))
  // The tolerant parser saw nothing where the strict one does: say where JSON.parse stopped.
  else if (!isJson(plain)) return failAt(strictOffset(plain), 'InvalidSymbol')

  if (root === undefined || root.type === 'null') return document([])
  if (root.type !== 'object') return fail('json/not-an-object', { found: root.type }, root.offset)

  const members: Member[] = []
  const seen = new Map<string, number>()
  for (const property of root.children ?? []) {
    const [name, value] = property.children ?? []
    if (name === undefined || value === undefined) continue
    const key = String(name.value)
    const earlier = seen.get(key)
    if (earlier !== undefined)
      report(
        'warning',
        'json/duplicate-key',
        { key, firstLine: String(lines.place(earlier).line) },
        name.offset,
        key,
      )
    seen.set(key, name.offset)
    members.push({
      key,
      value: JSON.parse(plain.slice(value.offset, value.offset + value.length)) as unknown,
      node: value,
      offset: name.offset,
    })
  }
  return document(members)
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
