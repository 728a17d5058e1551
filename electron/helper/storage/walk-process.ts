import { spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { Walker, type Found, type WalkTask } from './walk'

/** Argument that makes the helper's bundle one of a scan's processes. */
export const WALK_FLAG = '--walk'

/** What such a process is told: what to do, or that another has nothing left to do. */
export type WalkOrder = { tasks: WalkTask[] } | { hungry: true }

/** What it says: what it found, what it gives away if it was asked, and whether nothing is left to do. */
export interface WalkSays {
  found: Found
  shared?: WalkTask[]
  idle: boolean
}

/** Entries between two looks at what it is told: some milliseconds. */
const STEP = 1_000
const TELL_MS = 100

/**
 * Walks for a scan in a process of its own, of lowest priority: it may change its current folder,
 * where a name costs the system least, and disturbs nobody else. It ends with its caller.
 */
export async function runWalk(): Promise<void> {
  beModest()
  const walker = new Walker({ moves: true })
  let hungry = false
  let wake: (() => void) | undefined
  process.on('message', (order: WalkOrder) => {
    if ('tasks' in order) walker.add(order.tasks)
    else hungry = true
    wake?.()
  })
  process.on('disconnect', () => process.exit(0))
  const say = (message: WalkSays): void => void process.send?.(message)
  for (;;) {
    await new Promise<void>((resolve) => (wake = resolve))
    let told = performance.now()
    while (!walker.idle) {
      walker.step(STEP)
      await setImmediate()
      if (!hungry && performance.now() - told < TELL_MS) continue
      told = performance.now()
      say({ found: walker.take(), ...(hungry ? { shared: walker.share() } : {}), idle: false })
      hungry = false
    }
    hungry = false
    say({ found: walker.take(), idle: true })
  }
}

function beModest(): void {
  try {
    setPriority(19)
    const ionice = spawn('ionice', ['-c', '3', '-p', String(process.pid)], { stdio: 'ignore' })
    ionice.on('error', () => undefined)
  } catch {
    // Without it the scan is only less polite.
  }
}
