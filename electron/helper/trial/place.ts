import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startOf } from '../daemon'

/** Where scratch daemons have their folders; short, since a socket's path has 107 bytes. */
export const TRIALS = '/var/lib/porthole-trials'

/** Removes what is left of trials whose program was killed; its processes and mounts died with it. */
export async function sweepPlaces(): Promise<void> {
  for (const name of readdirSync(TRIALS)) {
    const pid = Number(name.split('-')[0])
    if (Number.isInteger(pid) && startOf(pid) === undefined) await removePlace(join(TRIALS, name))
  }
}

export async function removePlace(place: string): Promise<void> {
  await rm(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
}
