import type { FormattingOptions } from 'jsonc-parser'
import { AppError } from '../../contract/errors'
import { parseDocument, place, type Member } from './document'

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
  const refusal = problems.find((each) => each.severity === 'error' || each.code === 'json/bom-accepted')
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
  for (const key of unset) result = removeKey(result, key)
  for (const [key, value] of set) result = setKey(result, key, value, format)
  return result
}

function membersOf(text: string): Member[] {
  return parseDocument(text, '23.0').members ?? []
}

/** Takes a member out with its comma, every time it stands there; the others stay as they are written. */
function removeKey(text: string, key: string): string {
  const members = membersOf(text)
  const index = members.findIndex((member) => member.key === key)
  const member = members[index]
  if (member === undefined) return text
  const next = members[index + 1]
  const previous = members[index - 1]
  const cut = (from: number, to: number): string => text.slice(0, from) + text.slice(to)
  if (next !== undefined) return removeKey(cut(member.offset, next.offset), key)
  if (previous !== undefined) return cut(endOf(previous), endOf(member))
  return cut(text.indexOf('{') + 1, text.lastIndexOf('}'))
}

function endOf({ node }: Member): number {
  return node.offset + node.length
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
  const end = endOf(last)
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
