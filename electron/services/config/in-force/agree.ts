import { realpathSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { isLoopback } from './info'
import { sizeText } from './reloads'

/** Whether what was asked for and what runs are the same, past the spellings the engine changes. */
export function agree(key: string, asked: unknown, running: unknown): boolean {
  const [a, b] = [plain(key, asked), plain(key, running)]
  return isDeepStrictEqual(a, b)
}

function plain(key: string, value: unknown): unknown {
  switch (key) {
    case 'data-root':
      return typeof value === 'string' ? realPath(value) : value
    case 'registry-mirrors':
      return list(value)?.map((each) => each.replace(/\/+$/, '')) ?? value
    case 'insecure-registries':
      return sorted(
        list(value)?.map((each) => each.replace(/^https?:\/\//, '')),
        value,
      )
    case 'labels':
      return sorted(list(value), value)
    case 'default-shm-size':
      return typeof value === 'string' ? sizeText(bytesOf(value)) : value
    case 'default-runtime':
      // Nobody chose one.
      return value === '' ? 'runc' : value
    case 'seccomp-profile':
      return value === '' ? 'builtin' : value
    case 'runtimes':
      return paths(value)
    case 'log-level':
      return typeof value === 'string' ? value.toLowerCase().replace('warning', 'warn') : value
    case 'http-proxy':
    case 'https-proxy':
      // The engine hides the password in what it tells.
      return typeof value === 'string' ? value.replace(/:\/\/[^/]*@/, '://@') : value
    default:
      return smallNames(value)
  }
}

/** dockerd follows symbolic links, and puts remapped users into a folder of their own. */
function realPath(path: string): string {
  const folder = path.replace(/\/\d+\.\d+$/, '')
  try {
    return realpathSync(folder)
  } catch {
    return folder.replace(/\/+$/, '')
  }
}

function list(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined
}

function sorted(values: string[] | undefined, otherwise: unknown): unknown {
  return values === undefined ? otherwise : [...new Set(values.filter((each) => !isLoopback(each)))].sort()
}

/** Names and paths: the event of a reload tells no more of a runtime. */
function paths(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value as Record<string, unknown>)
    .map(([name, runtime]) => {
      const path = (runtime as { path?: unknown } | null)?.path
      return [name, typeof path === 'string' ? path : '']
    })
    .sort()
}

/** Go takes members of nested objects in any case. */
function smallNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(smallNames)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, inner]): [string, unknown] => [name.toLowerCase(), smallNames(inner)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

const POWERS = ['', 'k', 'm', 'g', 't', 'p']

/** Bytes of a size as dockerd takes it; 1024 is the base whatever the unit's spelling. */
function bytesOf(text: string): number {
  const [, number = '', unit = ''] = /^([\d.]+) ?([kKmMgGtTpP]?)/.exec(text) ?? []
  return Math.trunc(Number(number) * 1024 ** POWERS.indexOf(unit.toLowerCase()))
}
