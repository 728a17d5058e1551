import type { OutputOf } from '../../../../electron/contract/contract'
import type { Change, ConfigFile, Problem } from '../../app/config-apply/config'

export type ConfigOption = OutputOf<'config.options'>[number]
export type Category = ConfigOption['category']
export type Effective = ConfigFile['effective'][number]

/** Groups of the form, in its order. */
export const CATEGORIES: readonly Category[] = [
  'logging',
  'container-logging',
  'registry',
  'network',
  'storage',
  'builder',
  'runtimes',
  'container-defaults',
  'security',
  'api',
  'monitoring',
  'general',
  'containerd',
  'swarm',
  'removed',
]

/** Same JSON, whatever the order of members. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [Object.entries(a), b as Record<string, unknown>]
  return (
    left.length === Object.keys(b).length &&
    left.every(([key, value]) => key in right && same(value, right[key]))
  )
}

/** Everything the form knows of one option. */
export interface OptionState {
  option: ConfigOption
  /** Undefined while the document has not the key. */
  value: unknown
  /** 1-based line of the key in the document. */
  line: number | undefined
  /** What runs now, and where that comes from. */
  effective: Effective | undefined
  /** The command line sets it: then the same key in the file would keep dockerd from starting. */
  flag: { flag: string; value: string } | undefined
  problems: readonly Problem[]
  change: Change | undefined
  /** Set to something else than this engine's default, in the document or from outside of it. */
  differs: boolean
}

export interface StateSources {
  values: ReadonlyMap<string, unknown>
  lines: ReadonlyMap<string, number>
  file: Pick<ConfigFile, 'effective' | 'flags'> | undefined
  problems: readonly Problem[]
  changes: readonly Change[]
}

/** Whether a problem is about this option or something inside it. */
export function concerns(problem: Pick<Problem, 'key'>, key: string): boolean {
  return problem.key === key || problem.key?.startsWith(`${key}.`) === true
}

export function stateOf(option: ConfigOption, from: StateSources): OptionState {
  const { key } = option
  const value = from.values.get(key)
  const effective = from.file?.effective.find((each) => each.key === key)
  const flag = from.file?.flags.find((each) => each.key === key)
  const outside = flag !== undefined || effective?.source === 'environment'
  return {
    option,
    value,
    line: from.lines.get(key),
    effective,
    flag,
    problems: from.problems.filter((problem) => concerns(problem, key)),
    change: from.changes.find((each) => each.key === key),
    differs: value === undefined ? outside : !same(value, option.default),
  }
}

/** Options that have a row of their own: members of an object stand in that object's editor. */
export function rowsOf(options: readonly ConfigOption[]): ConfigOption[] {
  return options.filter(({ inside, platform }) => inside === undefined && platform.includes('linux'))
}

/** A key of the file that no engine has: shown, so that it can be seen and taken out. */
export function strangerOption(key: string): ConfigOption {
  return {
    key,
    category: 'general',
    type: 'object',
    flag: null,
    known: false,
    since: '',
    ignored: false,
    platform: ['linux'],
    takesEffect: 'ignored',
    needs: 'nothing',
    whenRemoved: 'restart',
    help: '',
  }
}

/** Whether an option came out of {@link strangerOption}. */
export function isStranger(option: Pick<ConfigOption, 'since'>): boolean {
  return option.since === ''
}

/** What a reader is shown of the list. */
export interface Wanted {
  query: string
  category: Category | 'all'
  onlyDiffering: boolean
}

function found(option: ConfigOption, words: readonly string[]): boolean {
  const text = `${option.key} ${option.flag ?? ''} ${option.help}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

/**
 * States in the order of the form. A search goes over all categories, its hits in a key before those
 * in a help text. A key that this engine does not know is shown where it is set, or asked for by name.
 */
export function selectStates(states: readonly OptionState[], wanted: Wanted): OptionState[] {
  const words = wanted.query.toLowerCase().split(/\s+/).filter(Boolean)
  const shown = states.filter(({ option, value, differs }) => {
    if (wanted.onlyDiffering && !differs) return false
    if (words.length > 0) return found(option, words)
    const here = wanted.category === 'all' || option.category === wanted.category
    return here && (option.known || value !== undefined || wanted.category === 'removed')
  })
  if (words.length === 0) return shown
  const inKey = ({ option }: OptionState) => words.every((word) => option.key.includes(word))
  return [...shown.filter(inKey), ...shown.filter((state) => !inKey(state))]
}

/** How an option is given back to its default. */
export interface Reset {
  /** `write`: the default stands in the file afterwards; `remove`: the key is gone. */
  how: 'write' | 'remove'
  value: unknown
}

/**
 * dockerd keeps the running value of some live keys when they leave the file (`whenRemoved`). Only
 * the default, written out, undoes those. A key that the file on disk never had can simply go.
 */
export function resetOf(option: ConfigOption, onDisk: boolean): Reset {
  const sticks = onDisk && option.whenRemoved === 'kept' && option.default !== undefined
  return sticks ? { how: 'write', value: option.default } : { how: 'remove', value: undefined }
}
