import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { findHelperBundle } from '../bundle'
import { HelperError } from '../verb'
import { HUNGRY, STOP, WALK_FLAG, type WorkerSays } from './walk-worker'
import { Walker, type Found, type WalkTask } from './walk'

/** More threads than this only wait for the same disk. */
const MAX_THREADS = 4
/** Tasks a thread is given at once: small ones must not cost a message each. */
const PORTION = 32

/** Those who walk: threads of the helper's bundle, or this one where the program runs from sources. */
export interface Crew {
  /** Does the tasks, and resolves when all are done or `signal` has stopped it. Tells what it finds. */
  walk(tasks: readonly WalkTask[], onFound: (found: Found) => void, signal: AbortSignal): Promise<void>
  end(): Promise<void>
}

export function createCrew(): Crew {
  const bundle = findHelperBundle()
  return bundle === undefined ? new Alone() : new Threads(bundle)
}

/** In turns with whatever else this thread has to do. */
class Alone implements Crew {
  async walk(
    tasks: readonly WalkTask[],
    onFound: (found: Found) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const walker = new Walker()
    walker.add(tasks)
    while (!walker.idle && !signal.aborted) {
      walker.step(1_000)
      onFound(walker.take())
      await setImmediate()
    }
    walker.stop()
  }

  end(): Promise<void> {
    return Promise.resolve()
  }
}

interface Hand {
  worker: Worker
  busy: boolean
}

class Threads implements Crew {
  readonly #flags = new Int32Array(new SharedArrayBuffer(8))
  readonly #hands: Hand[] = []

  constructor(bundle: string) {
    const count = Math.min(MAX_THREADS, Math.max(2, availableParallelism()))
    for (let hand = 0; hand < count; hand += 1)
      this.#hands.push({
        worker: new Worker(bundle, { argv: [WALK_FLAG], workerData: this.#flags.buffer }),
        busy: false,
      })
  }

  walk(tasks: readonly WalkTask[], onFound: (found: Found) => void, signal: AbortSignal): Promise<void> {
    const queue = [...tasks]
    return new Promise((resolve, reject) => {
      const feed = (): void => {
        for (const hand of this.#hands) {
          if (hand.busy || queue.length === 0 || signal.aborted) continue
          hand.busy = true
          hand.worker.postMessage(queue.splice(0, portion(queue.length, this.#hands.length)))
        }
        const working = this.#hands.filter(({ busy }) => busy).length
        if (working === 0) end(resolve)
        else if (queue.length === 0 && working < this.#hands.length) Atomics.store(this.#flags, HUNGRY, 1)
      }
      const stop = (): void => {
        Atomics.store(this.#flags, STOP, 1)
      }
      const end = (settle: () => void): void => {
        signal.removeEventListener('abort', stop)
        for (const { worker } of this.#hands) worker.removeAllListeners('message').removeAllListeners('error')
        settle()
      }
      signal.addEventListener('abort', stop)
      if (signal.aborted) stop()
      for (const hand of this.#hands) {
        hand.worker.on('message', ({ found, shared, idle }: WorkerSays) => {
          onFound(found)
          if (shared !== undefined) queue.push(...shared)
          if (idle) hand.busy = false
          // Who has nothing to give is not asked again at once.
          if (shared?.length !== 0) feed()
        })
        hand.worker.on('error', (error) =>
          end(() => reject(new HelperError('helper/failed', `The scan failed: ${error.message}`))),
        )
      }
      feed()
    })
  }

  async end(): Promise<void> {
    Atomics.store(this.#flags, STOP, 1)
    await Promise.all(this.#hands.map(({ worker }) => worker.terminate()))
  }
}

/** A large share while there is plenty, single ones near the end. */
function portion(left: number, hands: number): number {
  return Math.max(1, Math.min(PORTION, Math.floor(left / (hands * 2))))
}
