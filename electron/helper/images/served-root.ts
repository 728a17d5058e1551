import { openDataRoot } from '../storage-cleanup/data-root'
import { daemonOf } from '../storage/roots'
import type { Tree } from '../storage/tree'

/** The data-root of the dockerd of a pid; the caller closes it. Throws `helper/path-refused`. */
export function openServedRoot(pid: number): Tree {
  return openDataRoot(daemonOf(pid))
}
