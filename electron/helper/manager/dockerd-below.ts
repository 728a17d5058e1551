import { readdirSync } from 'node:fs'
import { readDaemon } from '../daemon'
import { isWithin } from './ancestry'

/** The dockerd a unit's main process is, or that the rootless wrapper started below it. */
export function dockerdBelow(mainPid: number): number | undefined {
  if (readDaemon(mainPid) !== undefined) return mainPid
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => readDaemon(pid) !== undefined && isWithin(pid, mainPid))
}
