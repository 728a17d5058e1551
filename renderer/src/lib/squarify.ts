/** A rectangle in pixels from the top left. */
export interface Rect {
  x: number
  y: number
  width: number
  height: number
}

/**
 * The worst ratio of sides among rectangles of these areas in one row along a side: at least 1.
 * `sum` is that of the areas, `side` the length of the row.
 */
function worstRatio(largest: number, smallest: number, sum: number, side: number): number {
  const thickness = sum / side
  return Math.max((thickness * thickness) / smallest, largest / (thickness * thickness))
}

/**
 * Divides a rectangle into one for each value, their areas as the values are, each as near to a square
 * as goes (Bruls, Huizing, van Wijk: Squarified Treemaps). Values are positive, and best sorted from
 * large to small; the answer is in their order.
 */
export function squarify(values: readonly number[], into: Rect): Rect[] {
  const total = values.reduce((sum, value) => sum + value, 0)
  if (total <= 0 || into.width <= 0 || into.height <= 0)
    return values.map(() => ({ x: into.x, y: into.y, width: 0, height: 0 }))
  const scale = (into.width * into.height) / total
  const areas = values.map((value) => value * scale)
  const rects: Rect[] = []
  let left = { ...into }
  let from = 0
  while (from < areas.length) {
    const side = Math.min(left.width, left.height)
    let to = from
    let sum = 0
    let worst = Infinity
    let smallest = Infinity
    let largest = 0
    for (; to < areas.length; to += 1) {
      const area = areas[to] ?? 0
      smallest = Math.min(smallest, area)
      largest = Math.max(largest, area)
      const next = worstRatio(largest, smallest, sum + area, side)
      if (next > worst) break
      worst = next
      sum += area
    }
    left = layRow(areas.slice(from, to), sum, left, rects)
    from = to
  }
  return rects
}

/** Puts a row along the shorter side and returns what is left of the rectangle. */
function layRow(areas: readonly number[], sum: number, left: Rect, rects: Rect[]): Rect {
  const upright = left.width >= left.height
  const thickness = sum / (upright ? left.height : left.width)
  let at = upright ? left.y : left.x
  for (const area of areas) {
    const length = thickness === 0 ? 0 : area / thickness
    rects.push(
      upright
        ? { x: left.x, y: at, width: thickness, height: length }
        : { x: at, y: left.y, width: length, height: thickness },
    )
    at += length
  }
  return upright
    ? { ...left, x: left.x + thickness, width: Math.max(0, left.width - thickness) }
    : { ...left, y: left.y + thickness, height: Math.max(0, left.height - thickness) }
}
