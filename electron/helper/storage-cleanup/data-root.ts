import { basename, dirname } from 'node:path'
import type { DaemonProcess } from '../daemon'
import { folderHeldBy, isHeldBy, VOLUMES_DB } from '../storage/held'
import { Tree } from '../storage/tree'
import { HelperError } from '../verb'

/**
 * The data-root of a running dockerd, held open; the caller closes it. It is told by a file that the
 * process has open itself: its command line and daemon.json may say something else by now, and with a
 * user namespace the folder is one further down. Throws `helper/path-refused`.
 */
export function openDataRoot(daemon: Pick<DaemonProcess, 'pid'>): Tree {
  const path = folderHeldBy(daemon.pid, VOLUMES_DB)
  if (path !== undefined) {
    const root = new Tree(path)
    const found = root.stat('volumes', 'metadata.db')
    // What was opened, and not what lay there a moment before.
    if (found !== undefined && isHeldBy(daemon.pid, found)) return root
    root.close()
  }
  throw new HelperError('helper/path-refused', `The data-root of process ${daemon.pid} cannot be told.`, {
    hint: 'dockerd may be starting or ending.',
  })
}

/** As {@link openDataRoot}; of a daemon with a user namespace the folder above, in which all of them lie. */
export function openWholeDataRoot(daemon: Pick<DaemonProcess, 'pid'>): Tree {
  const root = openDataRoot(daemon)
  if (!/^\d+\.\d+$/.test(basename(root.path))) return root
  root.close()
  return new Tree(dirname(root.path))
}
