import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { DaemonProcess } from '../daemon'
import { Tree } from '../storage/tree'
import { HelperError } from '../verb'

/** Every dockerd keeps this one open as long as it runs. */
const HELD = '/volumes/metadata.db'

/**
 * The data-root of a running dockerd, held open; the caller closes it. It is told by a file that the
 * process has open itself: its command line and daemon.json may say something else by now, and with a
 * user namespace the folder is one further down. Throws `helper/path-refused`.
 */
export function openDataRoot(daemon: Pick<DaemonProcess, 'pid'>): Tree {
  for (const fd of fdsOf(daemon.pid)) {
    const link = readLink(`/proc/${daemon.pid}/fd/${fd}`)
    if (link?.endsWith(HELD) !== true) continue
    const held = statSync(`/proc/${daemon.pid}/fd/${fd}`)
    const root = new Tree(link.slice(0, -HELD.length))
    const found = root.stat('volumes', 'metadata.db')
    // The same file, and not only one of that name in a folder put there meanwhile.
    if (found?.ino === held.ino && found.dev === held.dev) return root
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

/** Descriptors of a process; none of one that is gone. */
export function fdsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`)
  } catch {
    return []
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
