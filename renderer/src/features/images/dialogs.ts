import type { ImageSummary } from '../../app/images/images'

/** What the reader is asked for now. */
export type ImageDialog =
  { kind: 'load' | 'import' | 'archive' } | { kind: 'tag' | 'save' | 'remove'; image: ImageSummary }
