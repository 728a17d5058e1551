import { randomBytes } from 'node:crypto'
import type { ConfigFile } from './file'
import type { FileState, Owner } from './folder'
import type { Holder } from './lock'

/**
 * What stands beside daemon.json while a recording holds debug on: enough to switch it off again and
 * to put the file in order, for whoever finds it after the holder was killed.
 */
export interface Mark {
  /** Whose duty it is. */
  holder: Holder
  /** The dockerd whose debug mode is on; another process knows nothing of it. */
  daemon: { pid: number; startTicks: string }
  socketPath: string
  /** The text dockerd runs with, but for `debug`, in base64; null for no file. */
  runs: string | null
  /** Its own time of the reload that switched debug on, in nanoseconds since 1970. */
  since?: string
  /** The file holds our text for a moment: that, and what goes back, in base64. */
  moment?: { wrote: string; back: string | null }
}

/** Name of the mark of a file, in the same folder. */
export function markName(file: { name: string }): string {
  return `${file.name}.porthole-recording`
}

/** Undefined where there is none, or what stands there is none of ours. Throws `config/*`. */
export async function readMark(file: ConfigFile): Promise<Mark | undefined> {
  const { exists, bytes } = await file.folder.read(markName(file))
  if (!exists) return undefined
  try {
    const mark = JSON.parse(bytes.toString('utf8')) as Mark
    const { holder, daemon, socketPath, runs, since, moment } = mark
    const isKept = (value: unknown): boolean => value === null || typeof value === 'string'
    const whole =
      Number.isInteger(holder.pid) &&
      typeof holder.startTicks === 'string' &&
      typeof holder.boot === 'string' &&
      Number.isInteger(daemon.pid) &&
      typeof daemon.startTicks === 'string' &&
      typeof socketPath === 'string' &&
      isKept(runs) &&
      (since === undefined || /^\d{10,20}$/.test(since)) &&
      (moment === undefined || (typeof moment.wrote === 'string' && isKept(moment.back)))
    return whole ? mark : undefined
  } catch {
    return undefined
  }
}

/** Puts a mark in place of what is there, on the disk when this returns; readable by whom the file is. */
export async function writeMark(file: ConfigFile, mark: Mark, { mode, uid, gid }: Owner): Promise<void> {
  const fresh = `.${file.name}.porthole-${randomBytes(6).toString('hex')}`
  await file.folder.create(fresh, Buffer.from(JSON.stringify(mark)), { mode, uid, gid })
  await file.folder.rename(fresh, markName(file))
  await file.folder.sync()
}

/** Takes it away: nothing is left to be done. */
export async function removeMark(file: ConfigFile): Promise<void> {
  await file.folder.remove(markName(file))
  await file.folder.sync()
}

/** The content of a file as a mark keeps it. */
export function kept({ exists, bytes }: FileState): string | null {
  return exists ? bytes.toString('base64') : null
}
