const MASK = '*****'

/** Who is asked for in an address, with or without a password. */
const URL_USER = /(:\/\/)[^\s/"]*@/g
/** A member of JSON whose name says that its value is secret, such as `splunk-token`. */
const SECRET_MEMBER =
  /("[\w.-]{0,64}(?:token|passw(?:or)?d|secret|api-?key)[\w.-]{0,64}"\s*:\s*")(?:[^"\\]|\\.)*/gi

/** JSON, or a line of it, that may be shown; with the mark the core puts in place of secrets. */
export function maskSecrets(text: string): string {
  return text.replace(URL_USER, `$1${MASK}@`).replace(SECRET_MEMBER, `$1${MASK}`)
}
