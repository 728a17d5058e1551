import type { ItemOf } from '../../contract/contract'
import { maskSecrets } from './mask'

export type LogLine = ItemOf<'daemonLog.watch'>
export type LogLevel = LogLine['level']

/** What one line of dockerd's log says, before it gets a number and a source. */
export interface ParsedLine {
  /** ISO 8601 as the line has it; absent when it does not say. */
  time?: string
  /** The same in milliseconds since 1970. */
  at?: number
  level: LogLevel
  message: string
  fields: Record<string, string>
  raw: string
}

const LEVELS: Readonly<Record<string, LogLevel>> = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
  fatal: 'fatal',
  panic: 'panic',
  TRAC: 'trace',
  DEBU: 'debug',
  INFO: 'info',
  WARN: 'warning',
  ERRO: 'error',
  FATA: 'fatal',
  PANI: 'panic',
}

// One item of a stream must fit in a frame as JSON, where a control character takes six bytes.
const MAX_RAW_JSON = 512 * 1024
const MAX_RAW_OF_HOSTILE = 64 * 1024
const MAX_MESSAGE = 16 * 1024
const MAX_FIELDS = 64 * 1024

/**
 * Reads one line of dockerd's log, of any of the shapes it has: logrus text (`time="…" level=info
 * msg="…" key=value`), the terminal form (`INFO[0001] msg  key=value`, with or without colours), or
 * a JSON object (`log-format: json`, Docker 25 and newer). Anything else, such as a goroutine dump,
 * is a line of unknown level whose message is the line. Secrets are masked. Never throws.
 */
export function parseLine(text: string): ParsedLine {
  const raw = boundedRaw(maskSecrets(text))
  const parsed = parseText(raw) ?? parseJson(raw) ?? parseTerminal(raw)
  if (!parsed) return { level: 'unknown', message: cut(raw, MAX_MESSAGE), fields: {}, raw }

  const line: ParsedLine = { level: 'unknown', message: '', fields: {}, raw }
  const fields: [string, string][] = []
  let room = MAX_FIELDS
  let said = false
  for (const [key, value] of parsed) {
    if (key === 'level' && !said) {
      line.level = LEVELS[value] ?? 'unknown'
      said = true
    } else if (key === 'msg') line.message = cut(value, MAX_MESSAGE)
    else if (key === 'time' && line.time === undefined) readTime(line, value)
    else if (room > 0) {
      const kept = cut(value, Math.min(room, MAX_MESSAGE))
      fields.push([key, kept])
      room -= key.length + kept.length
    }
  }
  // fromEntries defines own properties, so that a field called __proto__ is just a field.
  if (fields.length > 0) line.fields = Object.fromEntries(fields)
  return line
}

type Pairs = [key: string, value: string][]

function readTime(line: ParsedLine, value: string): void {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(value)) return
  const at = Date.parse(value)
  if (Number.isNaN(at)) return
  line.time = value
  line.at = at
}

function parseText(raw: string): Pairs | undefined {
  if (!raw.startsWith('time=') && !raw.startsWith('level=')) return undefined
  return readPairs(raw, 0, true)
}

function parseJson(raw: string): Pairs | undefined {
  if (!raw.startsWith('{')) return undefined
  let value: unknown
  try {
    value = JSON.parse(raw)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('level' in value || 'msg' in value)) return undefined
  return Object.entries(value).map(([key, part]) => [
    key,
    typeof part === 'string' ? part : JSON.stringify(part),
  ])
}

const ESCAPE = '\u001b'
const ANSI = new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g')
const TERMINAL = /^(TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)\[([^\]]{1,40})\]\s?(.*)$/s

function parseTerminal(raw: string): Pairs | undefined {
  const plain = raw.startsWith(ESCAPE) ? raw.replace(ANSI, '') : raw
  const match = TERMINAL.exec(plain)
  if (!match) return undefined
  const [, level = '', time = '', rest = ''] = match
  const { message, pairs } = splitTerminal(rest)
  return [['level', level], ['time', time], ['msg', message], ...pairs]
}

/**
 * The message ends where everything behind it reads as `key=value`. A message that itself ends
 * in such a pair cannot be told apart; logrus' terminal form does not quote it.
 */
function splitTerminal(rest: string): { message: string; pairs: Pairs } {
  const candidate = /\s+(?=[A-Za-z_][\w.@/-]{0,127}=)/g
  for (let tries = 0; tries < 16; tries += 1) {
    const match = candidate.exec(rest)
    if (!match) break
    const pairs = readPairs(rest, candidate.lastIndex, false)
    if (pairs) return { message: rest.slice(0, match.index).trimEnd(), pairs }
  }
  return { message: rest.trimEnd(), pairs: [] }
}

/**
 * Reads `key=value` pairs to the end of the line; values are bare or Go-quoted. What is no pair
 * is skipped when `lenient`, else there is no result.
 */
function readPairs(text: string, from: number, lenient: boolean): Pairs | undefined {
  const pairs: Pairs = []
  let at = from
  while (at < text.length) {
    if (text.charCodeAt(at) === SPACE) {
      at += 1
      continue
    }
    let end = at
    while (end < text.length && !isKeyEnd(text.charCodeAt(end))) end += 1
    if (text.charCodeAt(end) !== EQUALS || end === at) {
      if (!lenient) return undefined
      at = Math.max(end, at + 1)
      continue
    }
    const key = text.slice(at, end)
    at = end + 1
    if (text.charCodeAt(at) === QUOTE) {
      const close = closingQuote(text, at + 1)
      pairs.push([key, unquote(text.slice(at + 1, close))])
      at = close + 1
    } else {
      let stop = text.indexOf(' ', at)
      if (stop === -1) stop = text.length
      pairs.push([key, text.slice(at, stop)])
      at = stop
    }
  }
  return pairs
}
const SPACE = 0x20
const EQUALS = 0x3d
const QUOTE = 0x22
const isKeyEnd = (code: number) => code === EQUALS || code === SPACE || code === QUOTE

/** Index of the quote that closes a Go-quoted string, or the line's end when it was cut. */
function closingQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x5c) at += 1
    else if (code === QUOTE) return at
  }
  return text.length
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
}

/** The text of a Go string literal without its quotes (Go's `strconv.Quote`). */
export function unquote(body: string): string {
  if (!body.includes('\\')) return body
  return body.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv\\"']))/g,
    (all, byte?: string, short?: string, long?: string, letter?: string) => {
      if (letter !== undefined) return ESCAPES[letter] ?? all
      const code = parseInt(byte ?? short ?? long ?? '', 16)
      // Go writes \xNN for bytes that are no UTF-8, and for control characters below 0x80.
      if ((byte !== undefined && code > 0x7f) || code > 0x10ffff) return '\ufffd'
      return String.fromCodePoint(code)
    },
  )
}

function boundedRaw(raw: string): string {
  if (raw.length * 6 <= MAX_RAW_JSON || Buffer.byteLength(JSON.stringify(raw)) <= MAX_RAW_JSON) return raw
  return cut(raw, MAX_RAW_OF_HOSTILE)
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text
  // Not through the middle of a surrogate pair.
  const end = /[\ud800-\udbff]/.test(text[length - 1] ?? '') ? length - 1 : length
  return `${text.slice(0, end)}… [${text.length - end} more characters not shown]`
}
