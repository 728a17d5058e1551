import { nearest } from '../../rpc/nearest'
import { OPTIONS } from './catalogue'
import type { ConfigOption, Reach } from './catalogue/option'

export { BUILDER_MEMBERS, OPTIONS, UNUSABLE } from './catalogue'
export type { ConfigOption, ValueType } from './catalogue/option'

/** Objects whose members dockerd does not lift to the top before it looks its keys up. */
export const KEPT_WHOLE: ReadonlySet<string> = new Set([
  'log-opts',
  'runtimes',
  'default-ulimits',
  'features',
  'builder',
  'default-network-opts',
  'nri-opts',
  'cluster-store-opts',
])

/** Flags that are no options and yet count as keys, because dockerd looks keys up among flag names. */
export const OTHER_FLAGS: readonly { flag: string; short?: string; since: string }[] = [
  { flag: 'config-file', since: '1.12' },
  { flag: 'help', short: 'h', since: '1.12' },
  { flag: 'version', short: 'v', since: '1.12' },
  { flag: 'validate', since: '23.0' },
]

/** An engine's version as numbers; a text without any (`dev`, `master`) counts as the newest. */
export function parseVersion(text: string): readonly [number, number, number] {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text)
  return match === null ? [999, 0, 0] : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
}

/** Whether an engine of `version` is `wanted` or newer, by year/major, minor and patch. */
export function atLeast(version: string, wanted: string): boolean {
  const a = parseVersion(version)
  const b = parseVersion(wanted)
  for (let i = 0; i < 3; i += 1) if (a[i] !== b[i]) return (a[i] ?? 0) > (b[i] ?? 0)
  return true
}

const byKey = new Map(OPTIONS.map((each) => [each.key, each]))
const byFlag = new Map<string, ConfigOption>()
for (const each of OPTIONS) {
  // `host-gateway-ip` is the flag of two keys: the list is the one flags fill since 28.0.
  if (each.flag !== null && !byFlag.has(each.flag)) byFlag.set(each.flag, each)
  if (each.short !== undefined) byFlag.set(each.short, each)
}

export function findOption(key: string): ConfigOption | undefined {
  return byKey.get(key)
}

/** The option a long or short flag (without dashes) sets. */
export function optionOfFlag(flag: string, version = ''): ConfigOption | undefined {
  const found = byFlag.get(flag)
  if (found?.key === 'host-gateway-ips' && !atLeast(version, '28.0')) return byKey.get('host-gateway-ip')
  return found
}

/** Whether an engine of `version` knows the key (it may still ignore it). */
export function knows(each: ConfigOption, version: string): boolean {
  return atLeast(version, each.since) && (each.removed === undefined || !atLeast(version, each.removed))
}

/** Whether dockerd of `version` has a flag of this name, which makes the name pass as a key. */
export function isFlag(name: string, version: string): boolean {
  const found = OPTIONS.some(
    (each) =>
      each.flag === name &&
      atLeast(version, each.flagSince ?? each.since) &&
      (each.removed === undefined || !atLeast(version, each.removed)) &&
      (each.flagRemoved === undefined || !atLeast(version, each.flagRemoved)),
  )
  return found || OTHER_FLAGS.some((each) => each.flag === name && atLeast(version, each.since))
}

/** Default of an engine of `version` on Linux; undefined where it works it out itself. */
export function defaultOf(each: ConfigOption, version: string): unknown {
  const older = each.defaultUntil?.find((until) => !atLeast(version, until.version))
  return older === undefined ? each.default : older.value
}

/** Whether an engine of `version` takes the key and does nothing with it. */
export function isIgnored(each: ConfigOption, version: string): boolean {
  return each.ignoredSince !== undefined && atLeast(version, each.ignoredSince)
}

type Effect = Reach | 'live' | 'restart' | 'ignored'

/** What a change of an option does where it counts (a member inside its object). */
export function effectOf(each: ConfigOption, version: string): Effect {
  if (!knows(each, version) || isIgnored(each, version)) return 'ignored'
  return each.reach ?? (each.live === undefined ? 'restart' : 'live')
}

/** What a change of a top-level key does, as the contract says it. */
export function takesEffect(key: string, version: string): Effect {
  const each = byKey.get(key)
  return each === undefined || each.inside !== undefined ? 'ignored' : effectOf(each, version)
}

/** What brings a change of a key into force. */
export function needs(key: string, version: string): 'nothing' | 'reload' | 'restart' {
  if (takesEffect(key, version) === 'ignored') return 'nothing'
  return byKey.get(key)?.live === undefined ? 'restart' : 'reload'
}

/** Keys and flags of an engine that can be meant, by the key they stand for; made once a version. */
const meantBy = new Map<string, Map<string, string>>()

function meanings(version: string): Map<string, string> {
  const made = meantBy.get(version)
  if (made !== undefined) return made
  const keys = new Map<string, string>()
  for (const each of OPTIONS.filter((option) => knows(option, version))) {
    if (each.flag !== null) keys.set(each.flag, each.key)
    keys.set(each.key, each.key)
  }
  meantBy.clear()
  meantBy.set(version, keys)
  return keys
}

/** The known key that is nearest to a misspelt one, when one is near. */
export function nearestKey(name: string, version: string): string | undefined {
  const keys = meanings(version)
  const near = nearest(name.replace(/[_\s.]/g, '-'), [...keys.keys()])
  return near === undefined ? undefined : keys.get(near)
}
