import type { Rect } from '../lib/squarify'

/** A rectangle of a map. */
export interface MapTile {
  key: string
  rect: Rect
  bytes: number
  /** Smaller tiles lie on it: its name has the strip at its top. */
  holds: boolean
}

/** Height of the strip of a tile that holds others, in pixels. */
export const STRIP = 20

/** What is pointed at of a tile: all of it, or the strip where others lie on it. */
export function handle({ rect, holds }: MapTile): Rect {
  return holds ? { ...rect, height: STRIP } : rect
}

/** A rectangle with a gap around it. */
export function inset({ x, y, width, height }: Rect, gap: number): Rect {
  return {
    x: x + gap,
    y: y + gap,
    width: Math.max(1, width - 2 * gap),
    height: Math.max(1, height - 2 * gap),
  }
}
