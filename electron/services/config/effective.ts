import { isDeepStrictEqual } from 'node:util'
import type { OutputOf } from '../../contract/contract'
import { effectiveMembers, type Document } from './document'
import { flagValue, type Flag } from './flags'
import { findOption, knows } from './options'

export type EffectiveOption = OutputOf<'config.read'>['effective'][number]

/** The parts of `/info` that tell a running value. */
export interface Info {
  Debug?: boolean
  LiveRestoreEnabled?: boolean
  DefaultRuntime?: string
  LoggingDriver?: string
  ExperimentalBuild?: boolean
  DockerRootDir?: string
  Driver?: string
  Labels?: string[] | null
  RegistryConfig?: {
    Mirrors?: string[] | null
    InsecureRegistryCIDRs?: string[] | null
    IndexConfigs?: Record<string, { Secure?: boolean }> | null
  } | null
}

const always = ['debug', 'log-level', 'log-format', 'raw-logs', 'log-driver']

/** Always insecure, whatever the file says. */
const loopback = ['127.0.0.0/8', '::1/128']

/**
 * The value in force of the logging keys and of every key the file or the command line sets, and
 * of keys a reload has left at a value nobody sets any more. Where `/info` tells the running
 * value it counts; elsewhere it is the flag, the file as it is now, or the default.
 */
export function effectiveOptions(
  document: Document,
  flags: readonly Flag[],
  version: string,
  info: Info | undefined,
): EffectiveOption[] {
  const inFile = effectiveMembers(document)
  const running = info === undefined ? new Map<string, unknown>() : runningValues(info)
  const keys = new Set([
    ...always,
    ...inFile.keys(),
    ...flags.flatMap((flag) => flag.key ?? []),
    ...running.keys(),
  ])
  const options: EffectiveOption[] = []
  for (const key of keys) {
    const option = findOption(key)
    if (option === undefined || !knows(option, version)) continue
    const member = inFile.get(key)
    const flag = flagValue(flags, option)
    const engine = running.get(key)
    const expected = member?.value ?? flag ?? option.default
    const drift = engine !== undefined && expected !== undefined && !agree(key, expected, engine)
    const leftOver = drift && member === undefined && flag === undefined && option.live === 'kept'
    if (!always.includes(key) && member === undefined && flag === undefined && !leftOver) continue
    const source =
      flag !== undefined
        ? 'flag'
        : drift
          ? 'engine'
          : member !== undefined
            ? 'file'
            : engine !== undefined && option.default === undefined
              ? 'engine'
              : 'default'
    options.push({
      key,
      value: engine ?? expected ?? null,
      source,
      ...(member === undefined ? {} : { inFile: member.value }),
      ...(drift && (member !== undefined || leftOver) ? { drift: true } : {}),
    })
  }
  return options
}

function runningValues(info: Info): Map<string, unknown> {
  const registry = info.RegistryConfig
  const insecure = [
    ...(registry?.InsecureRegistryCIDRs ?? []),
    ...Object.entries(registry?.IndexConfigs ?? {}).flatMap(([name, index]) =>
      index.Secure === false ? [name] : [],
    ),
  ].filter((each) => !loopback.includes(each))
  const all: [string, unknown][] = [
    ['debug', info.Debug],
    ['live-restore', info.LiveRestoreEnabled],
    ['default-runtime', info.DefaultRuntime],
    ['log-driver', info.LoggingDriver],
    ['experimental', info.ExperimentalBuild],
    ['data-root', info.DockerRootDir],
    ['storage-driver', info.Driver],
    ['labels', info.Labels ?? []],
    ['registry-mirrors', registry === undefined ? undefined : (registry?.Mirrors ?? [])],
    ['insecure-registries', registry === undefined ? undefined : insecure],
  ]
  return new Map(all.filter(([, value]) => value !== undefined && value !== ''))
}

function agree(key: string, expected: unknown, engine: unknown): boolean {
  if (key === 'registry-mirrors') return isDeepStrictEqual(plain(expected, /\/+$/), plain(engine, /\/+$/))
  if (key === 'insecure-registries')
    return isDeepStrictEqual(sorted(plain(expected, /^https?:\/\//)), sorted(plain(engine, /^$/)))
  if (key === 'labels') return isDeepStrictEqual(sorted(expected), sorted(engine))
  return isDeepStrictEqual(expected, engine)
}

function plain(value: unknown, drop: RegExp): unknown {
  return Array.isArray(value) ? value.map((each) => String(each).replace(drop, '')) : value
}

function sorted(value: unknown): unknown {
  return Array.isArray(value)
    ? [...new Set(value.filter((each) => !loopback.includes(String(each))))].sort()
    : value
}
