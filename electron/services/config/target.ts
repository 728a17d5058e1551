import type { Flag } from './flags'

/** The engine a file is checked for. */
export interface Target {
  version: string
  /** Options of its command line; empty when it is not known. */
  flags: readonly Flag[]
}
