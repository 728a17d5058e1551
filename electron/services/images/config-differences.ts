import type { OutputOf } from '../../contract/contract'
import { maskText } from '../engine'

type Difference = OutputOf<'image.compare'>['config'][number]

/** Fields of a config as text, by a name that tells which. */
export type ConfigFields = ReadonlyMap<string, string>

/** Characters of a value that are told, fields, and bytes of all of them. */
const MAX_VALUE = 2_000
const MAX_FIELDS = 500
const MAX_BYTES = 250_000
const HIDDEN = '*****'

const PLAIN = ['WorkingDir', 'User', 'StopSignal'] as const
const WHOLE = ['Cmd', 'Entrypoint', 'Shell', 'Healthcheck', 'OnBuild'] as const
/** Objects whose names are all that they say. */
const SETS = ['ExposedPorts', 'Volumes'] as const

interface Fields {
  [name: string]: unknown
}

/**
 * What of an image's config a container of it is made with, in the form that the engine's API and the
 * image's own config share (`Config`, `config`); variables and labels each for itself.
 */
export function configFields(config: unknown, platform: string | undefined): ConfigFields {
  const from = fieldsOf(config)
  const found = new Map<string, string>()
  if (platform !== undefined) found.set('Platform', platform)
  for (const name of PLAIN) {
    const value = from[name]
    if (typeof value === 'string' && value !== '') found.set(name, value)
  }
  for (const name of WHOLE) {
    const value = from[name]
    if (value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0))
      found.set(name, JSON.stringify(value))
  }
  for (const name of SETS) {
    const names = Object.keys(fieldsOf(from[name])).sort()
    if (names.length > 0) found.set(name, names.join(' '))
  }
  const variables = Array.isArray(from['Env']) ? (from['Env'] as unknown[]) : []
  for (const variable of variables) {
    if (typeof variable !== 'string') continue
    const equals = variable.indexOf('=')
    const name = equals < 0 ? variable : variable.slice(0, equals)
    found.set(`Env ${name}`, equals < 0 ? '' : variable.slice(equals + 1))
  }
  for (const [name, value] of Object.entries(fieldsOf(from['Labels'])))
    if (typeof value === 'string') found.set(`Label ${name}`, value)
  return found
}

/**
 * Fields that differ, by name. Compared is what stands there; told is no password of an address, and of
 * a variable or label that is called a secret only that it differs.
 */
export function configDifferences(left: ConfigFields, right: ConfigFields): Difference[] {
  const names = [...new Set([...left.keys(), ...right.keys()])].sort()
  const found: Difference[] = []
  let bytes = 0
  for (const field of names) {
    const [one, other] = [left.get(field), right.get(field)]
    if (one === other) continue
    const difference = {
      field: field.slice(0, MAX_VALUE),
      ...(one === undefined ? {} : { left: shown(field, one) }),
      ...(other === undefined ? {} : { right: shown(field, other) }),
    }
    bytes += Buffer.byteLength(JSON.stringify(difference))
    if (bytes > MAX_BYTES || found.length === MAX_FIELDS) break
    found.push(difference)
  }
  return found
}

function shown(field: string, value: string): string {
  const text = value.slice(0, MAX_VALUE)
  // Masked the way a command line is: by the name in front of the value.
  const name = /^(?:Env|Label) (.*)$/s.exec(field)?.[1]
  if (name !== undefined && maskText(`${name.slice(-64)}=x`).endsWith(`=${HIDDEN}`)) return HIDDEN
  return maskText(text)
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
