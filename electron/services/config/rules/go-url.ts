/** A URL as Go's net/url takes it apart; it is more lenient and in places stricter than the web's. */
export interface GoUrl {
  scheme: string
  /** Whether a user name or password stands in it, be they empty. */
  hasUser: boolean
  /** With the port. */
  host: string
  path: string
  query: string
  fragment: string
}

/** Undefined for what Go's url.Parse refuses, and for a text without a scheme. */
export function parseGoUrl(text: string): GoUrl | undefined {
  if ([...text].some((character) => character < ' ' || character === '\u007f')) return undefined
  const [beforeFragment = '', ...fragments] = text.split('#')
  const fragment = fragments.join('#')
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(beforeFragment)
  if (match === null || !escapesAreHex(fragment)) return undefined
  const [, scheme = '', after = ''] = match
  const mark = after.indexOf('?')
  const rest = mark < 0 ? after : after.slice(0, mark)
  const query = mark < 0 ? '' : after.slice(mark + 1)
  const parts = /^\/\/([^/]*)(.*)$/s.exec(rest)
  const [, authority = '', path = ''] = parts ?? ['', '', rest]
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1)
  if (!isHost(host) || (rest.startsWith('/') && !escapesAreHex(path))) return undefined
  return {
    scheme: scheme.toLowerCase(),
    hasUser: at >= 0,
    host,
    path: parts === null && !rest.startsWith('/') ? '' : path,
    query,
    fragment,
  }
}

/** Host with an optional port of digits; an IPv6 address in brackets. */
function isHost(text: string): boolean {
  if (text.startsWith('[')) return /^\[[^\]]*\](:\d*)?$/.test(text)
  const colon = text.lastIndexOf(':')
  if (colon >= 0 && !/^\d*$/.test(text.slice(colon + 1))) return false
  return !/[ \\^`{|}]/.test(text) && !/%(?![89a-fA-F][0-9a-fA-F])/.test(text)
}

function escapesAreHex(text: string): boolean {
  return !/%(?![0-9a-fA-F]{2})/.test(text)
}
