import { dirname, resolve } from 'node:path'
import { configFileFlag, isRootsOwn, type DaemonProcess } from './daemon'
import { findManager } from './manager'
import { requireConfigPath, requireRootSocket, trustedDaemon } from './paths'
import { HelperError } from './verb'

/**
 * The daemon whose file may be touched: the running one of `pid`, or undefined for one that is
 * down, when the path is a default or what root's own unit would start it with. Throws
 * `helper/path-refused`.
 */
export async function requireFileOf(
  path: string,
  pid: number | undefined,
): Promise<DaemonProcess | undefined> {
  const daemon = pid === undefined ? undefined : trustedDaemon(pid)
  if (daemon === undefined && (await isOfUnit(path))) return undefined
  requireConfigPath(path, daemon)
  return daemon
}

/** A socket root made; of an engine that is down, where only root can make it. */
export function requireSocketOf(path: string, daemon: DaemonProcess | undefined): void {
  if (daemon !== undefined) return requireRootSocket(path)
  const folder = dirname(resolve(path))
  if (!isRootsOwn(folder))
    throw new HelperError('helper/path-refused', `Others than root may make a socket in ${folder}.`, {
      detail: { path: folder },
    })
}

async function isOfUnit(path: string): Promise<boolean> {
  const manager = await findManager({ path }).catch(() => undefined)
  if (manager === undefined || !manager.controllable) return false
  const command = await manager.command()
  return command !== undefined && configFileFlag(command) === path && isRootsOwn(dirname(path))
}
