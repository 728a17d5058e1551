import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Bounds {
  x: number
  y: number
  width: number
  height: number
}

export interface WindowState {
  width: number
  height: number
  /** Absent: the system places the window. */
  x?: number
  y?: number
  maximized: boolean
}

const FIRST: WindowState = { width: 1280, height: 820, maximized: false }
export const LEAST = { width: 900, height: 560 }

/** Size and place of the window when it was closed last, if a screen is still there to show it. */
export function readWindowState(file: string, screens: readonly Bounds[]): WindowState {
  let saved: Partial<Record<keyof WindowState, unknown>>
  try {
    saved = (JSON.parse(readFileSync(file, 'utf8')) ?? {}) as typeof saved
  } catch {
    return FIRST
  }
  const { x, y, width, height, maximized } = saved
  if (!whole(width) || !whole(height)) return FIRST
  const state: WindowState = {
    width: Math.max(width, LEAST.width),
    height: Math.max(height, LEAST.height),
    maximized: maximized === true,
  }
  // Its title bar must be within reach: a screen may have been unplugged since.
  const reachable = (screen: Bounds) =>
    whole(x) &&
    whole(y) &&
    x + 100 < screen.x + screen.width &&
    x + state.width - 100 > screen.x &&
    y >= screen.y &&
    y + 50 < screen.y + screen.height
  return whole(x) && whole(y) && screens.some(reachable) ? { ...state, x, y } : state
}

/** Remembers size and place; losing them is no harm, so failures are. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${JSON.stringify(state)}\n`)
  } catch {
    // A full disk must not keep the window from closing.
  }
}

function whole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}
