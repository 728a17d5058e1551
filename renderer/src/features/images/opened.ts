import type { ImageSummary } from '../../app/images/images'
import type { Analysis } from './reading'

export type { ImageSummary }

/** The image that a view is about: one of the engine's, or an archive's while the core keeps it. */
export interface OpenedImage {
  /** To ask the core with: an id, or the `archive:…` of an archive. */
  id: string
  tags: readonly string[]
  /** What the list says of it; absent for an archive. */
  summary?: ImageSummary
  /** Where the archive lies; absent for an image of the engine. */
  path?: string
  /** What was read of the archive; of the engine's images it is asked for. */
  analysis?: Analysis
}
