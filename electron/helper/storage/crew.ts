import { fork, type ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { findHelperBundle } from '../bundle'
import { HelperError } from '../verb'
import { WALK_FLAG, type WalkOrder, type WalkSays } from './walk-process'
import { Walker, type Found, type WalkTask } from './walk'

/** More than this only wait for the same disk. */
const MAX_HANDS = 4
/** Tasks that are given at once: small ones must not cost a message each. */
const PORTION = 64

/** Those who walk: processes of the helper's bundle, or this one where the program runs from sources. */
export interface Crew {
  /** Does the tasks, and resolves when all are done or `signal` has stopped it. Tells what it finds. */
  walk(tasks: readonly WalkTask[], onFound: (found: Found) => void, signal: AbortSignal): Promise<void>
  end(): void
}

/** `roots` are the descriptors that tasks begin at; `bundle` is the helper's, when there is one. */
export function createCrew(roots: readonly number[], bundle = findHelperBundle()): Crew {
  return bundle === undefined ? new Alone() : new Hands(bundle, roots)
}

/** In turns with whatever else this process has to do. */
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

  end(): void {
    // Nothing was started.
  }
}

/** Descriptors that are an IPC channel and the standard ones; those of the roots follow. */
const FIRST_ROOT = 4

interface Hand {
  child: ChildProcess
  busy: boolean
}

class Hands implements Crew {
  readonly #hands: Hand[] = []
  readonly #descriptor: ReadonlyMap<number, number>

  constructor(bundle: string, roots: readonly number[]) {
    const count = Math.min(MAX_HANDS, Math.max(2, availableParallelism()))
    this.#descriptor = new Map(roots.map((fd, index) => [fd, FIRST_ROOT + index]))
    const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'] }
    if (process.versions['electron'] !== undefined) env['ELECTRON_RUN_AS_NODE'] = '1'
    for (let hand = 0; hand < count; hand += 1)
      this.#hands.push({
        // The roots are handed on open: nobody can put another folder in their place meanwhile.
        child: fork(bundle, [WALK_FLAG], {
          cwd: '/',
          env,
          execArgv: [],
          // Names that are not UTF-8 are bytes.
          serialization: 'advanced',
          stdio: ['ignore', 'ignore', 'ignore', 'ipc', ...roots],
        }),
        busy: false,
      })
    // One that fails is told by `walk`; before that nobody waits for it.
    for (const { child } of this.#hands) child.on('error', () => undefined)
  }

  walk(tasks: readonly WalkTask[], onFound: (found: Found) => void, signal: AbortSignal): Promise<void> {
    const queue = tasks.map((task) => ({ ...task, root: this.#descriptor.get(task.root) ?? -1 }))
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        signal.removeEventListener('abort', stop)
        for (const { child } of this.#hands) child.removeAllListeners('message').removeAllListeners('exit')
        settle()
      }
      const stop = (): void => {
        this.end()
        end(resolve)
      }
      const feed = (): void => {
        for (const hand of this.#hands) {
          if (hand.busy || queue.length === 0) continue
          hand.busy = true
          tell(hand, { tasks: queue.splice(0, portion(queue.length, this.#hands.length)) })
        }
        const working = this.#hands.filter(({ busy }) => busy)
        if (working.length === 0) end(resolve)
        else if (queue.length === 0 && working.length < this.#hands.length)
          for (const hand of working) tell(hand, { hungry: true })
      }
      signal.addEventListener('abort', stop)
      for (const hand of this.#hands) {
        hand.child.on('message', ({ found, shared, idle }: WalkSays) => {
          onFound(found)
          if (shared !== undefined) queue.push(...shared)
          if (idle) hand.busy = false
          // Who has nothing to give is not asked again at once.
          if (idle || shared?.length !== 0) feed()
        })
        hand.child.on('exit', (code, by) =>
          end(() =>
            reject(new HelperError('helper/failed', `A process of the scan ended: ${by ?? code ?? ''}.`)),
          ),
        )
      }
      if (signal.aborted) stop()
      else feed()
    })
  }

  end(): void {
    for (const { child } of this.#hands) child.kill('SIGKILL')
  }
}

function tell({ child }: Hand, order: WalkOrder): void {
  child.send(order, () => undefined)
}

/** A large share while there is plenty, single ones near the end. */
function portion(left: number, hands: number): number {
  return Math.max(1, Math.min(PORTION, Math.floor(left / (hands * 2))))
}
