import type { Failure } from '../../../remote/failure'
import type { Entry } from './contents'

/** A folder whose entries have been asked for. */
export interface Folder {
  entries: readonly Entry[]
  /** Where the next page begins; absent where all are there. */
  next?: string | undefined
  loading: boolean
  failure?: Failure | undefined
}
