import { spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { Walker, type Found, type WalkTask } from './walk'

/** Argument that makes the helper's bundle a worker of a scan. */
export const WALK_FLAG = '--walk'

/** Places in the memory that all threads of a scan share. */
export const STOP = 0
export const HUNGRY = 1

/** What a worker says: what it found, what it gives away if it was asked, and whether nothing is left to do. */
export interface WorkerSays {
  found: Found
  shared?: WalkTask[]
  idle: boolean
}

/** Entries between two looks at whether to stop: some milliseconds. */
const STEP = 256
const TELL_MS = 100

/**
 * A thread of a scan, of lowest priority. It takes tasks as messages, tells ten times a second what
 * it found, gives work away when another thread is hungry, and ends its turn when told to stop.
 */
export function runWalkWorker(): void {
  const port = parentPort
  if (port === null) return
  beModest()
  const flags = new Int32Array(workerData as SharedArrayBuffer)
  const walker = new Walker()
  port.on('message', (tasks: WalkTask[]) => {
    walker.add(tasks)
    let told = performance.now()
    while (!walker.idle && Atomics.load(flags, STOP) === 0) {
      walker.step(STEP)
      const hungry = Atomics.load(flags, HUNGRY) === 1 && Atomics.exchange(flags, HUNGRY, 0) === 1
      if (!hungry && performance.now() - told < TELL_MS) continue
      told = performance.now()
      const shared = hungry ? { shared: walker.share() } : {}
      port.postMessage({ found: walker.take(), ...shared, idle: false } satisfies WorkerSays)
    }
    const stopped = !walker.idle
    port.postMessage({ found: walker.take(), idle: true } satisfies WorkerSays)
    if (stopped) walker.stop()
  })
}

/** Linux has priorities per thread: the rest of the program keeps its own. */
function beModest(): void {
  try {
    setPriority(19)
    const thread = /\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0]
    if (thread !== undefined) spawnSync('ionice', ['-c', '3', '-p', thread], { stdio: 'ignore' })
  } catch {
    // Without it the scan is only less polite.
  }
}
