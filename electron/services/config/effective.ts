import type { OutputOf } from '../../contract/contract'
import { maskText } from '../engine'
import { effectiveMembers, type Document } from './document'
import { flagValue, type Flag } from './flags'
import { agree } from './in-force/agree'
import { toldByDump, type Dump } from './in-force/dump'
import type { FromEnvironment } from './in-force/environment'
import { toldByInfo, type Info } from './in-force/info'
import { toldByReload } from './in-force/reloads'
import { fileOfFlag, isDropIn, type UnitSources } from './in-force/unit'
import { defaultOf, knows, OPTIONS, type ConfigOption } from './options'

export type { Info } from './in-force/info'
export type EffectiveOption = OutputOf<'config.read'>['effective'][number]

/** Everything that says what an engine runs with. What is not known is left out. */
export interface Sources {
  document: Document
  flags: readonly Flag[]
  version: string
  /** Path of daemon.json. */
  path?: string
  /** Parts of `/info`. */
  info?: Info | undefined
  /** Attributes of the event of the last reload. */
  reload?: Readonly<Record<string, string>> | undefined
  /** What dockerd printed of itself after a reload. */
  dump?: Dump | undefined
  /** Options from the environment of dockerd. */
  environment?: ReadonlyMap<string, FromEnvironment>
  unit?: UnitSources | undefined
  /** daemon.json as it was when the engine started. */
  started?: Document | undefined
  /** The engine runs, and how its file was at its start is not known. */
  startUnknown?: boolean
}

/**
 * The value in force of every option this version knows, and who says so: the running engine
 * where it tells the value, else the flag, the file, the environment, the default. A key that is
 * read at start counts as it was in the file then.
 */
export function effectiveOptions(sources: Sources): EffectiveOption[] {
  const look = new Look(sources)
  return OPTIONS.filter((option) => knows(option, sources.version)).map((option) =>
    option.type === 'proxies' ? look.proxies(option) : look.at(option),
  )
}

type From = NonNullable<EffectiveOption['from']>

/** One place that asks for a value. */
interface Asked {
  value: unknown
  source: EffectiveOption['source']
  from?: From
}

class Look {
  readonly #inFile: ReadonlyMap<string, { value: unknown }>
  readonly #atStart: ReadonlyMap<string, { value: unknown }> | undefined
  readonly #told: ReadonlyMap<string, { value: unknown; by: NonNullable<From['told']> }>

  constructor(private readonly sources: Sources) {
    const { document, started, version, info, reload, dump } = sources
    this.#inFile = withProxies(effectiveMembers(document))
    this.#atStart = started === undefined ? undefined : withProxies(effectiveMembers(started))
    const tell = (by: NonNullable<From['told']>, told: ReadonlyMap<string, unknown>) =>
      [...told].map(([key, value]): [string, { value: unknown; by: typeof by }] => [key, { value, by }])
    // The later ones are the surer ones.
    this.#told = new Map([
      ...(dump === undefined ? [] : tell('dump', toldByDump(dump, version))),
      ...(reload === undefined ? [] : tell('event', toldByReload(reload))),
      ...(info === undefined ? [] : tell('info', toldByInfo(info))),
    ])
  }

  at(option: ConfigOption): EffectiveOption {
    const { key } = option
    const member = this.#inFile.get(key)
    const asked = this.#asked(option, member)
    const running = this.#running(option, asked)
    const why = isOverridden(key, member, asked)
      ? 'overridden'
      : running === undefined
        ? this.#unsure(option, member)
        : this.#why(option, member, asked, running)
    const shown: Asked =
      running === undefined ? asked : { value: running.value, source: 'engine', from: { told: running.by } }
    return {
      key,
      value: masked(option, shown.value) ?? null,
      source: shown.source,
      ...(shown.from === undefined ? {} : { from: shown.from }),
      ...(member === undefined ? {} : { inFile: masked(option, member.value) }),
      ...(why === undefined ? {} : { why }),
      ...(why === undefined || why === 'unsure' ? {} : { drift: true }),
    }
  }

  /** The object of the three proxies, each of which has a source of its own. */
  proxies(option: ConfigOption): EffectiveOption {
    const parts = OPTIONS.filter((each) => each.inside === option.key).map((each) => this.at(each))
    const member = this.#inFile.get(option.key)
    const set = parts.filter(({ value }) => value !== '' && value !== null)
    const drift = parts.find((each) => each.drift === true)
    const first = drift ?? set.find(({ source }) => source === 'file') ?? set[0]
    return {
      key: option.key,
      value: Object.fromEntries(set.map(({ key, value }) => [key, value])),
      source: first?.source ?? 'default',
      ...(first?.from === undefined ? {} : { from: first.from }),
      ...(member === undefined ? {} : { inFile: masked(option, member.value) }),
      ...(drift?.why === undefined ? {} : { why: drift.why, drift: true }),
    }
  }

  /** What is asked for, by whoever goes before the others. */
  #asked(option: ConfigOption, member: { value: unknown } | undefined): Asked {
    const { environment, path, flags, version, info } = this.sources
    const variable = environment?.get(option.key)
    if (variable?.wins === true) return this.#fromVariable(variable)
    const flag = flags.findLast((each) => each.key === option.key)
    const flagged = flag === undefined ? undefined : flagValue(flags, option)
    if (member !== undefined) {
      // Runtimes are the one thing that may come from both.
      const both = option.type === 'runtimes' && flagged !== undefined
      return {
        value: both ? { ...(flagged as object), ...(member.value as object | null) } : member.value,
        source: 'file',
        ...(path === undefined ? {} : { from: { path } }),
      }
    }
    if (flag !== undefined) return this.#fromFlag(flag, flagged)
    if (variable !== undefined) return this.#fromVariable(variable)
    return { value: defaultHere(option, version, info), source: 'default' }
  }

  #fromFlag(flag: Flag, value: unknown): Asked {
    const { unit } = this.sources
    const place = unit === undefined ? undefined : fileOfFlag(flag, unit)
    return {
      value,
      source: place !== undefined && isDropIn(place.path) ? 'drop-in' : 'flag',
      from: { flag: maskText(`${flag.flag} ${flag.value}`), ...place },
    }
  }

  #fromVariable({ variable, value }: FromEnvironment): Asked {
    const path = this.sources.unit?.variables.findLast(({ name }) => name === variable)?.path
    return { value, source: 'environment', from: { variable, ...(path === undefined ? {} : { path }) } }
  }

  /** What runs, where it is known and another thing than what is asked for. */
  #running(
    option: ConfigOption,
    asked: Asked,
  ): { value: unknown; by: NonNullable<From['told']> } | undefined {
    const { key } = option
    const told = this.#told.get(key)
    if (told !== undefined) {
      const same = asked.value !== undefined && agree(key, asked.value, told.value)
      return same ? undefined : told
    }
    // A reload may have changed it since; a key that is read at start stays as it was then.
    if (this.#atStart === undefined || option.live !== undefined) return undefined
    const [then, now] = [this.#atStart.get(key), this.#inFile.get(key)]
    if (agree(key, then?.value, now?.value)) return undefined
    return { value: this.#asked(option, then).value, by: 'start' }
  }

  #why(
    option: ConfigOption,
    member: { value: unknown } | undefined,
    asked: Asked,
    running: { by: NonNullable<From['told']> },
  ): EffectiveOption['why'] {
    if (member !== undefined) return option.live === undefined ? 'needs-restart' : 'needs-reload'
    if (this.#atStart?.has(option.key) === true && option.live === undefined) return 'needs-restart'
    // Where the default is the engine's own affair, what it says is that default.
    if (running.by === 'start' || asked.value === undefined) return undefined
    if (option.live === 'kept' && asked.source === 'default') return 'left-over'
    return option.live === 'reset' && asked.source !== 'default' ? 'reset' : undefined
  }

  #unsure(option: ConfigOption, member: { value: unknown } | undefined): EffectiveOption['why'] {
    const { startUnknown = false } = this.sources
    const silent = !this.#told.has(option.key)
    return startUnknown && silent && member !== undefined && option.live === undefined ? 'unsure' : undefined
  }
}

/** The proxies as keys of their own beside the object they stand in. */
function withProxies<M extends { value: unknown }>(
  members: ReadonlyMap<string, M>,
): Map<string, { value: unknown }> {
  const all = new Map<string, { value: unknown }>(members)
  const proxies = members.get('proxies')?.value
  for (const { key, inside } of OPTIONS) {
    if (inside === undefined) continue
    // At top level they are accepted and ignored.
    all.delete(key)
    if (typeof proxies === 'object' && proxies !== null && key in proxies)
      all.set(key, { value: (proxies as Record<string, unknown>)[key] })
  }
  return all
}

function isOverridden(key: string, member: { value: unknown } | undefined, asked: Asked): boolean {
  return member !== undefined && asked.source === 'environment' && !agree(key, member.value, asked.value)
}

function defaultHere(option: ConfigOption, version: string, info: Info | undefined): unknown {
  if (option.key === 'default-cgroupns-mode' && info?.CgroupVersion !== undefined)
    return info.CgroupVersion === '2' ? 'private' : 'host'
  return defaultOf(option, version)
}

/** Addresses of proxies without the password in them. */
function masked(option: ConfigOption, value: unknown): unknown {
  if (option.inside !== 'proxies' && option.type !== 'proxies') return value
  if (typeof value === 'string') return maskText(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, typeof inner === 'string' ? maskText(inner) : inner]),
  )
}
