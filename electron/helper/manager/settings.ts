import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { configFileFlag } from '../daemon'

/** Seconds dockerd gives its containers to end when nothing else is said. */
const SHUTDOWN_SECONDS = 15
/** Milliseconds dockerd may take beyond that: its containerd and networks end after the containers. */
const BEYOND_MS = 20_000
/** `shutdown-timeout: -1` waits for ever; a person does not. */
const FOR_EVER_MS = 300_000

/** Value of a `--flag value` or `--flag=value` of dockerd's command line. */
export function flagOf(argv: readonly string[], flag: string): string | undefined {
  for (let i = argv.length - 1; i > 0; i -= 1) {
    const arg = argv[i] ?? ''
    if (arg.startsWith(`--${flag}=`)) return arg.slice(flag.length + 3)
    if (arg === `--${flag}`) return argv[i + 1]
  }
  return undefined
}

/** A scalar of dockerd's command line or else of its file; undefined when it is in neither. */
function settingOf(argv: readonly string[], cwd: string, key: string): string | undefined {
  const flag = flagOf(argv, key)
  if (flag !== undefined) return flag
  try {
    const file = resolve(cwd, configFileFlag(argv) ?? '/etc/docker/daemon.json')
    const config: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const value = typeof config === 'object' && config !== null ? Reflect.get(config, key) : undefined
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
  } catch {
    return undefined
  }
}

/** Milliseconds a dockerd may take to end, by its own `shutdown-timeout` (as it is in the file now). */
export function shutdownMs(argv: readonly string[], cwd: string): number {
  const seconds = Number(settingOf(argv, cwd, 'shutdown-timeout') ?? SHUTDOWN_SECONDS)
  if (!Number.isFinite(seconds)) return SHUTDOWN_SECONDS * 1_000 + BEYOND_MS
  return seconds < 0 ? FOR_EVER_MS : seconds * 1_000 + BEYOND_MS
}

/** Path of the pidfile; undefined when it is switched off with an empty value. */
export function pidfileOf(argv: readonly string[], cwd: string): string | undefined {
  const short = argv.indexOf('-p')
  const value =
    settingOf(argv, cwd, 'pidfile') ?? (short > 0 ? argv[short + 1] : undefined) ?? '/var/run/docker.pid'
  return value === '' ? undefined : resolve(cwd, value)
}

/** Folder of what lives as long as the daemon does. */
export function execRootOf(argv: readonly string[], cwd: string): string {
  return resolve(cwd, settingOf(argv, cwd, 'exec-root') ?? '/var/run/docker')
}
