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

/** A folder that has a quarantine, and what its paths begin with below the whole data-root. */
export interface Part {
  root: Tree
  prefix: string
}

/**
 * The data-root, and of a daemon with a user namespace its own folder in it too: dockerd mounts that on
 * itself where the file system is not shared, and nothing is renamed across a mount. The caller closes them.
 */
export function openParts(daemon: Pick<DaemonProcess, 'pid'>): Part[] {
  const root = openDataRoot(daemon)
  const name = basename(root.path)
  if (!/^\d+\.\d+$/.test(name)) return [{ root, prefix: '' }]
  try {
    return [
      { root: new Tree(dirname(root.path)), prefix: '' },
      { root, prefix: `${name}/` },
    ]
  } catch (error) {
    root.close()
    throw error
  }
}
