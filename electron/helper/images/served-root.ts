import { readDaemon } from '../daemon'
import { trustedDaemon } from '../paths'
import { openDataRoot } from '../storage-cleanup/data-root'
import type { Tree } from '../storage/tree'
import { HelperError } from '../verb'

/**
 * The data-root of the dockerd of a pid; the caller closes it. As root only of one that root runs; an
 * ordinary user reads no more than the system lets anyway. Throws `helper/path-refused`.
 */
export function openServedRoot(pid: number): Tree {
  const daemon = process.geteuid?.() === 0 ? trustedDaemon(pid) : readDaemon(pid)
  if (daemon === undefined) throw new HelperError('helper/path-refused', `Process ${pid} is no dockerd.`)
  return openDataRoot(daemon)
}
