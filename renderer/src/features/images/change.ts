import type { OutputOf } from '../../../../electron/contract/contract'

/** What was done to a path, by a layer, by a container, or between two images. */
export type Change = OutputOf<'image.compare'>['entries'][number]['change']

/** In the order they are told. */
export const CHANGES = ['added', 'modified', 'metadata', 'removed'] as const satisfies readonly Change[]
