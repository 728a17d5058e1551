import { readFileSync } from 'node:fs'

/** Where a dockerd keeps its volatile files when it is told of no other place. */
export const DEFAULT_EXEC_ROOT = '/var/run/docker'

/** A text setting of a dockerd by key: its command line's, else that of the file it reads. */
export function daemonSettings(
  argv: readonly string[],
  configFile: string,
): (key: string) => string | undefined {
  const file = readSettings(configFile)
  return (key) => flagOf(argv, key) ?? file(key)
}

/** Value of `--NAME VALUE` or `--NAME=VALUE`. */
export function flagOf(argv: readonly string[], name: string): string | undefined {
  const at = argv.findIndex((each) => each === `--${name}` || each.startsWith(`--${name}=`))
  const found = argv[at]
  if (found === undefined) return undefined
  return found.includes('=') ? found.slice(found.indexOf('=') + 1) : argv[at + 1]
}

function readSettings(path: string): (key: string) => string | undefined {
  let settings: unknown
  try {
    settings = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return () => undefined
  }
  const values = new Map(
    typeof settings === 'object' && settings !== null ? Object.entries(settings) : undefined,
  )
  return (key) => {
    const value: unknown = values.get(key)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
}
