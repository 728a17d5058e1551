import type { OutputOf } from '../../../../../electron/contract/contract'

export type Layer = OutputOf<'image.layers'>[number] & { bytes?: number }

/** Two images as stacks that stand on what they share; each part with the topmost layer first. */
export interface Stacks {
  left: readonly Layer[]
  right: readonly Layer[]
  common: readonly Layer[]
  /** Bytes of the largest layer, to draw all of them to one scale. */
  largest: number
}

/** Bytes of a layer's files: counted where it was read, else as the history tells. */
export function bytesOf({ bytes, sizeBytes }: Layer): number | undefined {
  return bytes ?? sizeBytes
}

/** Joins the layers of two images, the lowest first, of which the lowest `shared` are the same. */
export function stacksOf(left: readonly Layer[], right: readonly Layer[], shared: number): Stacks {
  const sizes = [...left, ...right].map((layer) => bytesOf(layer) ?? 0)
  return {
    left: left.slice(shared).toReversed(),
    right: right.slice(shared).toReversed(),
    common: left.slice(0, shared).toReversed(),
    largest: sizes.reduce((most, size) => Math.max(most, size), 1),
  }
}

export function totalBytes(layers: readonly Layer[]): number {
  return layers.reduce((sum, layer) => sum + (bytesOf(layer) ?? 0), 0)
}
