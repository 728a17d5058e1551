import { setTimeout as pause } from 'node:timers/promises'
import { dockerdOf, isAlive } from './leftovers'
import type { SandboxPlaces } from './places'

/** A daemon that is restarted is gone for a moment; one that is away for longer has ended, in milliseconds. */
const GRACE_MS = 4_000
const LOOK_MS = 250

/**
 * Waits until no dockerd runs in these places and none comes after it: a restart ends the process
 * that was started here and begins another. `over` says that nobody wants to know any more.
 */
export async function untilNoSuccessor(places: SandboxPlaces, over: () => boolean): Promise<void> {
  let known: number | undefined
  for (let left = GRACE_MS; left > 0 && !over(); left -= LOOK_MS) {
    if (known === undefined || !isAlive(known)) known = dockerdOf(places)
    if (known !== undefined) left = GRACE_MS
    await pause(LOOK_MS)
  }
}
