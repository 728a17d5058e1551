/** What stands in place of a secret; the same mark dockerd uses for those it masks itself. */
const MASK = '*****'

/** Most lines hold none of these, and are done after this one look. */
const SUSPICIOUS =
  /pass|secret|token|auth|env|credential|api[-_]?key|private[-_]?key|build-?args?|:\/\/[^\s/]*@|%3a%2f%2f/i

const SECRET_WORDS = 'passw(?:or)?d|passphrase|secret|token|credential|api[-_]?key|private[-_]?key|auth(?!or)'
const SECRET_KEY = new RegExp(SECRET_WORDS, 'i')
const ENV_KEY = /^(?:env|environment|build-?args?)$/i

/**
 * A JSON key with its quotes and colon, at any depth of Go quoting: form data inside a text line
 * is JSON inside a quoted string, so its quotes are `\"`, and quotes inside that `\\\"`.
 */
const JSON_KEY = /(?<!\\)(\\{0,15})"([\w.-]{1,256})\1"\s*:\s*/g

// All of these are bounded or consume what they scan: a hostile line costs no more than its length.
const ASSIGNMENT = new RegExp(
  `((?:${SECRET_WORDS})[\\w.-]{0,64}=)(\\\\{0,15}"|'[^']*(?:'|$)|[^\\s"'\\\\,;&]+)`,
  'gi',
)
const HEADER =
  /((?:X-Registry-(?:Auth|Config)|(?:Proxy-)?Authorization)["\\]{0,8}\s{0,4}[:=]\s{0,4}\[?["\\]{0,8}(?:(?:Bearer|Basic)\s{1,4})?)[^\s"\\\],]+/gi
const URL_USER = /(:\/\/)[^\s/"'\\]*@/g
const QUERY_USER = /(%3A%2F%2F)[^\s&"'\\/]{0,512}?%40/gi
const QUERY_BUILD_ARGS = /(buildargs=)[^\s&"'\\]+/gi
const GO_ENV = /\b(Env:\[)([^\]]*)(\]|$)/g

/**
 * A log line without its secrets: environment of containers, JSON values and `key=value` pairs
 * whose name says password, secret, token or auth, registry headers, build arguments, and users in
 * URLs become `*****`. Names of environment variables stay.
 *
 * dockerd masks a few keys of form data itself and leaves the environment as it is (moby,
 * `api/server/middleware/debug.go`). This works on the text rather than on what is parsed from it,
 * so that message, fields and raw line are masked alike.
 */
export function maskSecrets(line: string): string {
  if (!SUSPICIOUS.test(line)) return line
  return maskAssignments(maskJson(line).replace(HEADER, `$1${MASK}`))
    .replace(QUERY_BUILD_ARGS, `$1${MASK}`)
    .replace(URL_USER, `$1${MASK}@`)
    .replace(QUERY_USER, `$1${MASK}%40`)
    .replace(GO_ENV, (_all, head: string, body: string, tail: string) => {
      return head + body.replace(/(^|\s)([A-Za-z_]\w*)=\S*/g, `$1$2=${MASK}`) + tail
    })
}

function maskAssignments(line: string): string {
  let out = ''
  let from = 0
  ASSIGNMENT.lastIndex = 0
  for (let match = ASSIGNMENT.exec(line); match; match = ASSIGNMENT.exec(line)) {
    const value = match[2] ?? ''
    const quoted = value.endsWith('"')
    const end = quoted ? stringEnd(line, ASSIGNMENT.lastIndex, value.length - 1) : ASSIGNMENT.lastIndex
    out += line.slice(from, match.index) + (match[1] ?? '') + (quoted ? value : '') + MASK
    from = end
    ASSIGNMENT.lastIndex = Math.max(end, match.index + 1)
  }
  return out + line.slice(from)
}

function maskJson(line: string): string {
  let out = ''
  let from = 0
  JSON_KEY.lastIndex = 0
  for (let match = JSON_KEY.exec(line); match; match = JSON_KEY.exec(line)) {
    const key = match[2] ?? ''
    const environment = ENV_KEY.test(key)
    if (!environment && !SECRET_KEY.test(key)) continue
    const start = JSON_KEY.lastIndex
    const value = maskValue(line, start, match[1]?.length ?? 0, environment)
    out += line.slice(from, start) + value.text
    from = value.end
    JSON_KEY.lastIndex = Math.max(value.end, start)
  }
  return out + line.slice(from)
}

/** The JSON value at `start` with every string and number in it masked; object keys stay. */
function maskValue(line: string, start: number, slashes: number, keepNames: boolean) {
  const quote = `${'\\'.repeat(slashes)}"`
  const inList = line[start] === '['
  const maskString = (text: string) => {
    const name = keepNames && inList ? /^[A-Za-z_][\w.-]*=/.exec(text)?.[0] : undefined
    if (name !== undefined) return name + MASK
    return keepNames && inList && /^[A-Za-z_][\w.-]*$/.test(text) ? text : MASK
  }
  const number = /-?\d[\d.eE+-]*/y
  number.lastIndex = start
  const digits = number.exec(line)
  if (digits) return { text: `${quote}${MASK}${quote}`, end: number.lastIndex }
  if (line.startsWith(quote, start)) {
    const end = stringEnd(line, start + quote.length, slashes)
    return { text: quote + MASK, end }
  }
  if (line[start] !== '[' && line[start] !== '{') return { text: '', end: start }

  let text = ''
  let depth = 0
  let at = start
  while (at < line.length) {
    const char = line[at] ?? ''
    if (char === '\\' || char === '"') {
      let run = 0
      while (line[at + run] === '\\') run += 1
      // A quote of an outer string ends it, and with it whatever was left open in here.
      if (line[at + run] !== '"' || run < slashes) break
      const end = stringEnd(line, at + run + 1, slashes)
      const closed = line.startsWith(quote, end)
      const after = closed ? end + quote.length : end
      const colon = /\s*:/y
      colon.lastIndex = after
      const body = line.slice(at + run + 1, end)
      text += quote + (colon.test(line) ? body : maskString(body)) + (closed ? quote : '')
      at = after
      continue
    }
    if (char === '[' || char === '{') depth += 1
    if (char === ']' || char === '}') depth -= 1
    text += char
    at += 1
    if (depth === 0) break
  }
  return { text, end: at }
}

/**
 * Where the string ends whose opening quote lies before `from`: the index of its closing quote's
 * first backslash, of the quote of an outer string, or the line's end. At a depth whose quotes
 * carry n backslashes an escaped backslash has 2(n+1) of them, so the closing quote is told by
 * the remainder.
 */
function stringEnd(line: string, from: number, slashes: number): number {
  let at = from
  for (;;) {
    const quote = line.indexOf('"', at)
    if (quote === -1) return line.length
    let run = 0
    while (quote - run > from && line[quote - run - 1] === '\\') run += 1
    if (run < slashes) return quote - run
    if (run % (2 * (slashes + 1)) === slashes) return quote - slashes
    at = quote + 1
  }
}
