import { squarify, type Rect } from '../../../../lib/squarify'
import type { Entry } from '../contents'

/** A rectangle of the map: an entry of the folder, or those too small for one of their own. */
export interface Tile {
  key: string
  rect: Rect
  bytes: number
  /** Absent where it stands for several. */
  entry?: Entry
  /** Entries it stands for. */
  entries: number
}

/** Smallest tile that can be pointed at, in square pixels. */
const AREA = 700
/** Most entries drawn: beyond that nobody tells them apart. */
const MOST = 120
const GAP = 1

/** A folder as a map of `width` by `height` pixels; what was removed takes no room in it. */
export function tilesOf(
  entries: readonly Entry[],
  { width, height }: { width: number; height: number },
): Tile[] {
  const sized = entries
    .filter(({ sizeBytes, change }) => sizeBytes > 0 && change !== 'removed')
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
  const total = sized.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (total === 0) return []
  const area = width * height
  const drawn = sized.slice(0, MOST).filter(({ sizeBytes }) => (sizeBytes / total) * area >= AREA)
  const left = sized.slice(drawn.length)
  const leftBytes = left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const values = drawn.map(({ sizeBytes }) => sizeBytes)
  // Smaller than this nothing could be pointed at: the rest stands together, a little too large.
  if (left.length > 0) values.push(Math.max(leftBytes, (AREA / area) * total))
  const rects = squarify(values, { x: 0, y: 0, width, height })
  const tiles = drawn.map((entry, index): Tile => ({
    key: entry.path,
    rect: inset(rects[index]),
    bytes: entry.sizeBytes,
    entry,
    entries: 1,
  }))
  if (left.length > 0)
    tiles.push({ key: '+', rect: inset(rects[drawn.length]), bytes: leftBytes, entries: left.length })
  return tiles
}

function inset({ x, y, width, height }: Rect = { x: 0, y: 0, width: 0, height: 0 }): Rect {
  return {
    x: x + GAP,
    y: y + GAP,
    width: Math.max(1, width - 2 * GAP),
    height: Math.max(1, height - 2 * GAP),
  }
}
