import type { Place } from './places'
import type { Name } from './tree'

const MASK = '*****'

/** A member of JSON whose name says that its value is not for everybody's eyes. */
const SECRET_NAME = /token|passw|secret|credential|api-?key|private-?key|joinkey|unlockkey|^auths?$/i
/** Members that hold an environment: `NAME=value` each. */
const ENVIRONMENT = /^env$|environment/i

/**
 * Files that are a secret as a whole: keys and certificates of swarm, of TLS, of plugins and of the
 * engine, by where they lie or by their names; those in a container's files of secrets too.
 */
export function isSecretFile(place: Place, names: readonly Name[]): boolean {
  const path = names.map(String)
  const last = path.at(-1) ?? ''
  if (/\.(pem|key|p12|pfx|jks|kdbx?)$|^(key\.json|id_[a-z0-9]+|\.htpasswd|\.netrc|\.pgpass)$/i.test(last))
    return true
  if (place.what === 'swarm') return true
  if (place.what === 'engine' && path.includes('trust')) return true
  return place.what === 'container-files' && path.includes('mounts') && path.includes('secrets')
}

/** JSON laid out for reading, without values of environments and without what is called a secret. */
export function maskJson(value: object): { text: string; masked: number } {
  let masked = 0
  const hide = (): string => {
    masked += 1
    return MASK
  }
  const text = JSON.stringify(
    value,
    (name, inner: unknown) => {
      if (ENVIRONMENT.test(name)) return environment(inner, hide)
      if (SECRET_NAME.test(name) && typeof inner !== 'object' && inner !== '' && inner !== null) return hide()
      if (typeof inner !== 'string') return inner
      const { text: shown, masked: keys } = maskKeys(inner)
      masked += keys
      return shown
    },
    2,
  )
  return { text, masked }
}

function environment(value: unknown, hide: () => string): unknown {
  if (Array.isArray(value))
    return value.map((entry: unknown) =>
      typeof entry === 'string' ? `${entry.split('=', 1)[0] ?? ''}=${hide()}` : hide(),
    )
  if (typeof value !== 'object' || value === null) return value === null ? null : hide()
  return Object.fromEntries(Object.keys(value).map((name) => [name, hide()]))
}

/** A text without private keys, passwords in addresses, and values that are called a secret. */
export function maskKeys(text: string): { text: string; masked: number } {
  let masked = 0
  const hide = (shown: string): string => {
    masked += 1
    return shown
  }
  return {
    text: text
      .replace(
        /-----BEGIN ([A-Z ]{0,40})PRIVATE KEY-----[\s\S]{0,65536}?(-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
        () => hide(MASK),
      )
      .replace(/SWMTKN-[\w-]{1,200}|SWMKEY-[\w-+/]{1,200}/g, () => hide(MASK))
      .replace(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@]{1,4096}@/gi, (_, scheme: string) =>
        hide(`${scheme}${MASK}@`),
      )
      .replace(
        /((?:^|[\s"',;&?])[\w.-]{0,64}(?:token|passwo?r?d|secret|credential|api-?key)[\w.-]{0,64}\s{0,4}[=:]\s{0,4})("[^"\n]{1,4096}"|[^\s"',;&]{1,4096})/gi,
        (_, name: string) => hide(`${name}${MASK}`),
      ),
    masked,
  }
}
