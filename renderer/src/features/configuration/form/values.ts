import type { ConfigOption } from '../option'

type Members = Record<string, unknown>

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isScalar = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
const all = (value: unknown, test: (each: unknown) => boolean): boolean =>
  isObject(value) && Object.values(value).every(test)
const objects = (value: unknown): boolean => Array.isArray(value) && value.every(isObject)

/** What each editor can show without losing something; anything else is edited as JSON. */
const FITS: Record<ConfigOption['type'], (value: unknown) => boolean> = {
  bool: (value) => typeof value === 'boolean',
  int: (value) => isText(value) || typeof value === 'number',
  string: isText,
  size: isText,
  ip: isText,
  strings: (value) => Array.isArray(value) && value.every(isText),
  'string-map': (value) => all(value, isScalar),
  'bool-map': (value) => all(value, (each) => typeof each === 'boolean'),
  'map-of-string-maps': (value) => all(value, (each) => all(each, isScalar)),
  runtimes: (value) => all(value, isObject),
  ulimits: (value) => all(value, isObject),
  pools: objects,
  builder: isObject,
  nri: isObject,
  proxies: (value) => all(value, isText),
  object: () => false,
  objects: () => false,
}

/** Whether the editor of the option's type can show this value; absent fits wherever there is one. */
export function fits(option: Pick<ConfigOption, 'type'>, value: unknown): boolean {
  if (option.type === 'object' || option.type === 'objects') return false
  return value === undefined || FITS[option.type](value)
}

/**
 * The value a typed number stands for. What is no whole number is kept as it was typed: the check
 * says so at the option, and nothing of it is lost.
 */
export function intOf(text: string): number | string | undefined {
  if (text === '') return undefined
  const number = Number(text)
  return /^-?(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(number) ? number : text
}

/** A copy with one member set, or without it; objects that become empty go, too. */
export function withMember(value: unknown, path: readonly string[], next: unknown): Members | undefined {
  const [name, ...rest] = path
  const members: Members = isObject(value) ? { ...value } : {}
  if (name === undefined) return isObject(next) ? next : undefined
  const inner = rest.length === 0 ? next : withMember(members[name], rest, next)
  if (inner === undefined) Reflect.deleteProperty(members, name)
  else members[name] = inner
  return Object.keys(members).length === 0 ? undefined : members
}

export function member(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((now, name) => (isObject(now) ? now[name] : undefined), value)
}

/** Text of a value for a field; nothing for what is absent. */
export function asText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const UNITS = ['', 'k', 'm', 'g', 't', 'p']

/** Bytes of a size as Docker's options write it (`10m`, `64MB`, `1.5GiB`); undefined when it is none. */
export function bytesOf(text: string, base: 1000 | 1024): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s?([kmgtp]?)(?:i?b)?$/i.exec(text.trim())
  if (!match) return undefined
  return Math.round(Number(match[1]) * base ** UNITS.indexOf((match[2] ?? '').toLowerCase()))
}
