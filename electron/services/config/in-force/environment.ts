import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** An option that a variable of dockerd's environment sets. */
export interface FromEnvironment {
  variable: string
  value: unknown
  /** The variable goes before the file and the flags, not after them. */
  wins: boolean
}

const PROXIES = [
  ['http-proxy', 'HTTP_PROXY'],
  ['https-proxy', 'HTTPS_PROXY'],
  ['no-proxy', 'NO_PROXY'],
] as const

const CERTIFICATES = [
  ['tlscacert', 'ca.pem'],
  ['tlscert', 'cert.pem'],
  ['tlskey', 'key.pem'],
] as const

/** Variables that dockerd takes options from, by the option. Go looks at the small spelling second. */
export function optionsFrom(environment: ReadonlyMap<string, string>): Map<string, FromEnvironment> {
  const found = new Map<string, FromEnvironment>()
  const set = (key: string, variable: string, value: unknown, wins = false): void => {
    found.set(key, { variable, value, wins })
  }
  const given = (name: string): string | undefined => {
    const value = environment.get(name)
    return value === '' ? undefined : value
  }
  for (const [key, name] of PROXIES) {
    const variable = [name, name.toLowerCase()].find((each) => given(each) !== undefined)
    if (variable !== undefined) set(key, variable, given(variable))
  }
  const driver = given('DOCKER_DRIVER')
  if (driver !== undefined) set('storage-driver', 'DOCKER_DRIVER', driver, true)
  if (given('DOCKER_TLS_VERIFY') !== undefined) set('tlsverify', 'DOCKER_TLS_VERIFY', true)
  const folder = given('DOCKER_CERT_PATH')
  if (folder !== undefined)
    for (const [key, file] of CERTIFICATES) set(key, 'DOCKER_CERT_PATH', join(folder, file))
  const api = given('DOCKER_MIN_API_VERSION')
  if (api !== undefined) set('min-api-version', 'DOCKER_MIN_API_VERSION', api)
  return found
}

/** Environment a process was started with; undefined where this user may not read it. */
export async function environmentOf(pid: number): Promise<Map<string, string> | undefined> {
  try {
    return parseEnvironment(await readFile(`/proc/${pid}/environ`, 'utf8'))
  } catch {
    return undefined
  }
}

/** `A=1\0B=2\0` as a map. */
export function parseEnvironment(text: string): Map<string, string> {
  return new Map(
    text.split('\0').flatMap((entry): [string, string][] => {
      const equals = entry.indexOf('=')
      return equals < 1 ? [] : [[entry.slice(0, equals), entry.slice(equals + 1)]]
    }),
  )
}
