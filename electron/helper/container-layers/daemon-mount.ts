import { readFileSync } from 'node:fs'
import { readDaemon } from '../daemon'
import { codeOf } from '../file-error'
import { HelperError } from '../verb'
import { overlayAt, type OverlayMount } from './mount-table'

export interface MountRequest {
  pid: number
  /** Where the file system of a container is mounted. It is compared and never opened. */
  path: string
}

/**
 * The overlay that a dockerd sees at a path. It may see mounts that nobody else does: a unit with
 * `PrivateMounts` and rootless mode have a table of mounts of their own. As root only that of a dockerd
 * that root runs is read. Null where nothing is mounted there. Throws `helper/path-refused`.
 */
export function readDaemonMount({ pid, path }: MountRequest): OverlayMount | null {
  const daemon = readDaemon(pid)
  if (daemon === undefined || (process.geteuid?.() === 0 && daemon.uid !== 0))
    throw new HelperError('helper/path-refused', `Process ${pid} is no dockerd that root runs.`)
  try {
    return overlayAt(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'), path) ?? null
  } catch (error) {
    throw new HelperError('helper/path-refused', `The mounts of process ${pid} cannot be read.`, {
      hint: 'dockerd may be ending.',
      detail: { code: codeOf(error) ?? '' },
    })
  }
}
