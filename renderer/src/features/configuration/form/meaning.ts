import { bytesOf, isObject } from './values'

/** What a log driver's rotation comes to, for one container. */
export type Rotation =
  | { kind: 'endless' }
  | { kind: 'bounded'; files: number; each: number; total: number; compressed: boolean }
  | { kind: 'elsewhere' }
  | { kind: 'nothing' }
  | { kind: 'unclear' }

/** Defaults of the driver `local`, from its documentation. */
const LOCAL = { 'max-size': '20m', 'max-file': '5', compress: 'true' }

/**
 * What max-size and max-file mean for the disk. `json-file` keeps everything unless told otherwise,
 * and max-file counts only together with max-size; sizes are in powers of 1000.
 */
export function rotationOf(driver: string, opts: unknown): Rotation {
  if (driver === 'none') return { kind: 'nothing' }
  if (driver !== 'json-file' && driver !== 'local') return { kind: 'elsewhere' }
  const given = isObject(opts) ? opts : {}
  const all: Record<string, unknown> = driver === 'local' ? { ...LOCAL, ...given } : given
  const size = all['max-size']
  if (size === undefined || String(size) === '-1') return { kind: 'endless' }
  const each = bytesOf(String(size), 1000)
  const files = Number(all['max-file'] ?? '1')
  if (each === undefined || !Number.isInteger(files) || files < 1) return { kind: 'unclear' }
  return { kind: 'bounded', files, each, total: files * each, compressed: String(all['compress']) === 'true' }
}

/** How many networks an address pool gives; undefined when base and size make no sense together. */
export function networksOf(base: string, size: number): { count: number; hosts: number } | undefined {
  const match = /^([\d.]+|[\da-f:]+)\/(\d{1,3})$/i.exec(base.trim())
  if (!match || !Number.isInteger(size)) return undefined
  const bits = match[1]?.includes(':') ? 128 : 32
  const prefix = Number(match[2])
  if (prefix > size || size > bits) return undefined
  // The network's own address and its broadcast address are nobody's; IPv6 has no broadcast.
  const hosts = 2 ** (bits - size) - (bits === 32 ? 2 : 1)
  return { count: 2 ** (size - prefix), hosts: Math.max(0, hosts) }
}

/** What is wrong with the address of a mirror, before dockerd says so. */
export type UrlFault = 'scheme' | 'host' | 'query' | 'credentials'

/** A mirror is `http(s)://host[:port][/path]` without query or fragment. */
export function mirrorFault(text: string): UrlFault | undefined {
  const url = text.trim()
  if (url === '') return undefined
  if (!/^https?:\/\//i.test(url)) return 'scheme'
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    return 'host'
  }
  if (parsed.search !== '' || parsed.hash !== '' || /[?#]/.test(url)) return 'query'
  return parsed.username !== '' || parsed.password !== '' ? 'credentials' : undefined
}

/** An address with its password hidden; undefined when it has none. */
export function maskedUrl(text: string): string | undefined {
  const match = /^([a-z][\w+.-]*:\/\/)?([^/@\s:]*):([^/@\s]+)@(.*)$/i.exec(text)
  return match ? `${match[1] ?? ''}${match[2] ?? ''}:•••@${match[4] ?? ''}` : undefined
}

/** How the API can be reached, and what protects it. */
export type TlsStanding = 'socket' | 'open' | 'unverified' | 'incomplete' | 'verified'

/** What hosts and the TLS keys come to together. `verified` asks every client for a certificate. */
export function tlsStanding(hosts: readonly string[], value: (key: string) => unknown): TlsStanding {
  if (!hosts.some((host) => host.startsWith('tcp://'))) return 'socket'
  const verify = value('tlsverify') === true
  if (!verify && value('tls') !== true) return 'open'
  const needed = [...(verify ? ['tlscacert'] : []), 'tlscert', 'tlskey']
  if (needed.some((key) => typeof value(key) !== 'string')) return 'incomplete'
  return verify ? 'verified' : 'unverified'
}
