import { squarify, type Rect } from '../../../../lib/squarify'
import { inset, STRIP, type MapTile } from '../../../../ui/tiles'
import type { Entry } from '../contents'

/** A rectangle of the map: an entry of a folder, or those too small for one of their own. */
export interface Tile extends MapTile {
  /** Absent where it stands for several. */
  entry?: Entry
  /** Entries it stands for. */
  entries: number
  /** The folder whose entry it is. */
  folder: string
}

/** Smallest tile that can be pointed at, in square pixels. */
const AREA = 700
/** A strip thinner than this, in pixels, is not to be hit. */
const THIN = 9
/** Most entries drawn of a folder: beyond that nobody tells them apart. */
const MOST = 120
const GAP = 1
/** Smallest room, in pixels, in which a folder's own entries are drawn. */
const ROOM = { width: 90, height: 60 }

/** What is listed of the folders in a folder; undefined for one that is not. */
type ListOf = (folder: string) => readonly Entry[] | undefined

/**
 * A folder as a map of `width` by `height` pixels, the folders in it with their own entries on them where
 * there is room; what was removed takes none.
 */
export function tilesOf(
  folder: string,
  { width, height }: { width: number; height: number },
  listOf: ListOf,
): Tile[] {
  return level(folder, { x: 0, y: 0, width, height }, listOf, true)
}

/** What was removed takes no room, nor does what has no bytes. */
function isDrawn({ sizeBytes, change }: Entry): boolean {
  return sizeBytes > 0 && change !== 'removed'
}

/** Bytes of the entries that are drawn. */
export function totalOf(entries: readonly Entry[] = []): number {
  return entries.filter(isDrawn).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

function level(folder: string, box: Rect, listOf: ListOf, deeper: boolean): Tile[] {
  const sized = (listOf(folder) ?? []).filter(isDrawn).toSorted((a, b) => b.sizeBytes - a.sizeBytes)
  const total = totalOf(sized)
  if (total === 0) return []
  const area = box.width * box.height
  const drawn = sized.slice(0, MOST).filter(({ sizeBytes }) => (sizeBytes / total) * area >= AREA)
  const left = sized.slice(drawn.length)
  const leftBytes = left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const values = drawn.map(({ sizeBytes }) => sizeBytes)
  // Smaller than this nothing could be pointed at: the rest stands together, a little too large.
  const least = Math.max(AREA, THIN * Math.min(box.width, box.height))
  if (left.length > 0) values.push(Math.max(leftBytes, (least / area) * total))
  const rects = squarify(values, box)
  const tiles = drawn.flatMap((entry, index): Tile[] => {
    const rect = inset(rects[index] ?? box, GAP)
    const inner = deeper && entry.type === 'folder' ? on(entry.path, rect, listOf) : []
    const own = { key: entry.path, rect, bytes: entry.sizeBytes, entry, entries: 1, folder }
    return [{ ...own, holds: inner.length > 0 }, ...inner]
  })
  const rest = { key: `+${folder}`, bytes: leftBytes, entries: left.length, folder, holds: false }
  if (left.length > 0) tiles.push({ ...rest, rect: inset(rects[drawn.length] ?? box, GAP) })
  return tiles
}

/** The entries of a folder, drawn on its own tile. */
function on(folder: string, { x, y, width, height }: Rect, listOf: ListOf): Tile[] {
  if (width < ROOM.width || height < ROOM.height) return []
  const box = { x: x + 2, y: y + STRIP, width: width - 4, height: height - STRIP - 2 }
  return level(folder, box, listOf, false)
}

/** Folders whose entries would be drawn if they were listed. */
export function wantedOf(tiles: readonly Tile[], listOf: ListOf): string[] {
  return tiles.flatMap(({ entry, rect, folder }) =>
    entry?.type === 'folder' &&
    folder === tiles[0]?.folder &&
    rect.width >= ROOM.width &&
    rect.height >= ROOM.height &&
    listOf(entry.path) === undefined
      ? [entry.path]
      : [],
  )
}
