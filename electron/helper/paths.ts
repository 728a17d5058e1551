import { lstatSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute } from 'node:path'
import { configFileOf, isRootsOwn, readDaemon, rootDaemons, type DaemonProcess } from './daemon'
import { HelperError } from './verb'

const DEFAULT_FILE = '/etc/docker/daemon.json'
const SNAP_FILE = '/var/snap/docker/current/config/daemon.json'

/**
 * The dockerd of a pid, when the helper may serve it: run by root, its binary root's own, and in
 * our view of the file system. A dockerd inside a container runs as root too, and its paths mean
 * other files. Throws `helper/path-refused`.
 */
export function trustedDaemon(pid: number): DaemonProcess {
  const daemon = readDaemon(pid)
  if (daemon === undefined || daemon.uid !== 0 || !isTrusted(daemon))
    throw new HelperError(
      'helper/path-refused',
      `Process ${pid} is no dockerd that root runs on this system.`,
    )
  return daemon
}

function isTrusted(daemon: DaemonProcess): boolean {
  const { exe, sameMounts } = daemon
  if (exe === undefined) return false
  const snap = exe.startsWith('/snap/docker/')
  return isRootsOwn(exe) && (sameMounts === true || snap)
}

/**
 * The files the helper may touch are those it finds itself: the default, the snap's, and what
 * root's own daemons were started with. Throws `helper/path-refused` for any other.
 */
export function requireConfigPath(path: string, daemon: DaemonProcess | undefined): void {
  const daemons = daemon === undefined ? rootDaemons().filter(isTrusted) : [daemon]
  const allowed = new Set([
    ...(daemon === undefined || configFileOf(daemon) === undefined ? [DEFAULT_FILE, SNAP_FILE] : []),
    ...daemons.flatMap((each) => configFileOf(each) ?? []),
  ])
  if (!isAbsolute(path) || !allowed.has(path))
    throw new HelperError(
      'helper/path-refused',
      `${path} is not a daemon.json of a dockerd that root runs.`,
      {
        hint: 'The helper touches only the file that the running engine reads.',
        detail: { path },
      },
    )
  const folder = dirname(path)
  let at = folder
  // /etc/docker may not be there yet; then its parent counts.
  while (at !== '/' && lstatSync(at, { throwIfNoEntry: false }) === undefined) at = dirname(at)
  if (!isRootsOwn(at))
    throw new HelperError('helper/path-refused', `Others than root may write in ${folder}.`, {
      hint: 'A file there could be exchanged at any time.',
      detail: { path: folder },
    })
}

/**
 * A unix socket that root made; what answers on another could say anything. A sandbox's is given
 * to its user, but lies where root alone can make one.
 */
export function requireRootSocket(path: string): void {
  const found = isAbsolute(path) ? statSync(path, { throwIfNoEntry: false }) : undefined
  if (found === undefined || !found.isSocket() || !(found.uid === 0 || isWhereRootAloneMakes(path)))
    throw new HelperError('helper/path-refused', `${path} is no socket of a dockerd that root runs.`, {
      detail: { path },
    })
}

function isWhereRootAloneMakes(path: string): boolean {
  return realpathSync(path) === path && isRootsOwn(dirname(path))
}

/** The daemon's binary for `--validate`, which runs as root: only one that root alone can change. */
export function trustedBinary(daemon: DaemonProcess): string {
  const { exe } = daemon
  if (exe === undefined || basename(exe) !== 'dockerd' || !isRootsOwn(exe))
    throw new HelperError('helper/path-refused', 'The dockerd binary is not root’s own.')
  return exe
}
