import type { Rect } from './squarify'

export type Direction = 'left' | 'right' | 'up' | 'down'

/** Which way an arrow key leads. */
export const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
}

/** Pixels by which rectangles may reach into each other and still lie side by side. */
const TOLERANCE = 3

/** The one that lies nearest in a direction, for the arrow keys; undefined at the edge. */
export function nearest<T>(
  all: readonly T[],
  from: T,
  direction: Direction,
  rectOf: (one: T) => Rect,
): T | undefined {
  const start = rectOf(from)
  const sideways = direction === 'left' || direction === 'right'
  const onward = direction === 'right' || direction === 'down'
  /** Where a rectangle begins and ends along the way, and where its middle is beside it. */
  const along = ({ x, y, width, height }: Rect) =>
    (sideways ? [x, x + width] : [y, y + height]) as [number, number]
  const middle = ({ x, y, width, height }: Rect) => (sideways ? y + height / 2 : x + width / 2)
  const [begins, ends] = along(start)
  let best: T | undefined
  let least = Infinity
  for (const one of all) {
    if (one === from) continue
    const rect = rectOf(one)
    const [first, last] = along(rect)
    const ahead = onward ? first - ends : begins - last
    if (ahead < -TOLERANCE) continue
    const cost = Math.max(0, ahead) + 2 * Math.abs(middle(rect) - middle(start))
    if (cost < least) {
      least = cost
      best = one
    }
  }
  return best
}
