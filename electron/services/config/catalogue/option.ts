/** JSON value of an option as dockerd's decoder wants it (Go struct field types). */
export type ValueType =
  | 'bool'
  | 'int'
  | 'string'
  | 'strings'
  | 'size'
  | 'ip'
  | 'string-map'
  | 'bool-map'
  | 'map-of-string-maps'
  | 'runtimes'
  | 'ulimits'
  | 'pools'
  | 'builder'
  | 'nri'
  | 'proxies'
  | 'object'
  | 'objects'

/** Groups of the form, in its order. */
export type Category =
  | 'logging'
  | 'container-logging'
  | 'registry'
  | 'network'
  | 'storage'
  | 'builder'
  | 'runtimes'
  | 'container-defaults'
  | 'security'
  | 'api'
  | 'monitoring'
  | 'general'
  | 'containerd'
  | 'swarm'
  | 'removed'

/** A word that not every engine knows. `until` is the first that does not know it any more. */
export interface Word {
  name: string
  since?: string
  until?: string
}

/** What an option takes. */
export interface Allowed {
  /** The only values that are taken. */
  values?: readonly (string | Word)[]
  /** Values worth offering; others are taken too. */
  suggestions?: readonly (string | Word)[]
  /** Names of members of a map worth offering. */
  members?: readonly (string | Word)[]
  /** The same by the value of another key: log options by log driver. */
  membersBy?: { key: string; members: Readonly<Record<string, readonly string[]>> }
  min?: number
  max?: number
  /** Unit of a number. */
  unit?: 'seconds' | 'microseconds' | 'bytes'
}

/** What a change is felt by, where that is neither all at once (`live`) nor a start of dockerd. */
export type Reach = 'new-containers' | 'new-networks' | 'hides-data' | 'dangerous'

/** One key of daemon.json. Versions are the engine's, `1.12` stands for that and anything older. */
export interface ConfigOption {
  key: string
  category: Category
  type: ValueType
  /** Long flag without dashes; null when the option exists in the file only. */
  flag: string | null
  short?: string
  since: string
  /** First version with the flag, where that is later than the key. */
  flagSince?: string
  flagRemoved?: string
  /** First version that advises against the key. */
  deprecated?: string
  /** First version that refuses the key in the file. */
  removed?: string
  /** From here on the key is accepted and does nothing. */
  ignoredSince?: string
  /**
   * Set when SIGHUP applies the key: what a reload does when the key is not in the file any more.
   * `kept`: the running value stays; `reset`: it goes back to the default.
   */
  live?: 'kept' | 'reset'
  reach?: Reach
  /** The key counts only inside this object; at top level it is accepted and ignored. */
  inside?: string
  platform: readonly ('linux' | 'windows')[]
  /** On Linux as root. Absent where the engine works it out itself. */
  default?: unknown
  /** Defaults of older engines: the value held until (not including) this version. */
  defaultUntil?: readonly { version: string; value: unknown }[]
  allowed?: Allowed
  /** A value that a reader can start from. */
  example?: unknown
}

const BOTH = ['linux', 'windows'] as const
/** For options that the Windows engine has not. */
export const LINUX = ['linux'] as const

type More = Partial<Omit<ConfigOption, 'key' | 'type' | 'category'>>

/** Makes the entries of one category: the flag is named like the key unless told otherwise. */
export function optionsOf(category: Category) {
  return (key: string, type: ValueType, more: More = {}): ConfigOption => ({
    key,
    category,
    type,
    flag: key,
    since: '1.12',
    platform: BOTH,
    ...more,
  })
}
