import { rowsOf, type ConfigOption, type Effective } from './option'

/** One line of the table of what is in force. */
export interface InForce {
  key: string
  /** Absent where the engine works it out itself; `text` says how. */
  value: unknown
  text: string | undefined
  source: Effective['source']
  inFile: unknown
  drift: boolean
  takesEffect: ConfigOption['takesEffect']
}

/** Every option this engine has, with its running value; what nobody set stands at the engine's default. */
export function inForce(options: readonly ConfigOption[], effective: readonly Effective[]): InForce[] {
  const known = rowsOf(options).filter((option) => option.known)
  const byKey = new Map(effective.map((each) => [each.key, each]))
  return known.map((option) => {
    const now = byKey.get(option.key)
    return {
      key: option.key,
      value: now?.value ?? option.default,
      text: option.defaultText,
      source: now?.source ?? 'default',
      inFile: now?.inFile,
      drift: now?.drift === true,
      takesEffect: option.takesEffect,
    }
  })
}
