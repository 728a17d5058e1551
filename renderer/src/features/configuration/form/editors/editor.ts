import type { ConfigOption } from '../../option'

/** What every editor of an option is given; it answers with `set`, undefined for "nothing". */
export interface EditorProps {
  option: ConfigOption
  value: unknown
  disabled: boolean
  /** Ids of what explains the field: its help, its problems. */
  describedby: string
  /** The check has found an error in the value. */
  invalid: boolean
}
