import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { configFileFlag, isRootsOwn, readDaemon, type DaemonProcess } from '../daemon'
import { HelperError } from '../verb'
import { ancestorNamed } from './ancestry'
import { Uncontrolled } from './elsewhere'
import { listensOn } from './listening'
import { machine } from './machine'
import type { ServiceManager } from './manager'
import { ProcessManager, processManager } from './process'
import { forgetStale, loadRecipe } from './recipe'
import { showUnit, type UnitState } from './systemctl'
import { isUnitOf, SystemdManager, usualFile } from './systemd'
import { scriptCommand, scriptDaemon, SysvManager } from './sysv'
import { rootlessFile } from './usual-files'

const DOCKER_UNIT = 'docker.service'
const SNAP_UNIT = 'snap.docker.dockerd.service'

export interface ManagerQuestion {
  /** pid of the dockerd, while it runs. */
  pid?: number | undefined
  /** Its daemon.json. */
  path: string
  socketPath?: string | undefined
  /** Command line it ran with, for the hint how to start it by hand. */
  argv?: readonly string[] | undefined
}

/**
 * Who starts and stops a dockerd: of one that runs, the unit or script that started it; of one that
 * is down, what would start a daemon with this file. Always finds something: `none` when nothing is
 * known. Throws `helper/path-refused` for a binary or unit of root's that others could change.
 */
export async function findManager(question: ManagerQuestion): Promise<ServiceManager> {
  const { pid, path, socketPath, argv } = question
  if (isDesktop(path, socketPath)) return new Uncontrolled('desktop', { pid, argv })
  const daemon = pid === undefined ? undefined : readDaemon(pid)
  if (daemon !== undefined) await forgetStale(daemon, path, socketPath)
  const found =
    daemon === undefined ? await ofPath(path, socketPath) : await ofProcess(daemon, path, socketPath)
  if (found !== undefined) return found
  const rootless = daemon === undefined ? isRootless(path) : isWrapped(daemon)
  return new Uncontrolled('none', { pid: daemon?.pid, argv: daemon?.argv ?? argv, rootless })
}

async function ofProcess(
  daemon: DaemonProcess,
  path: string,
  socketPath: string | undefined,
): Promise<ServiceManager | undefined> {
  const user = daemon.uid !== 0
  if (machine.hasSystemd()) {
    for (const name of new Set([daemon.unit?.name ?? DOCKER_UNIT, DOCKER_UNIT, SNAP_UNIT])) {
      const shown = await showUnit(name, user)
      if (shown !== undefined && isUnitOf(shown, daemon.pid)) return systemd(shown, user)
    }
    // Of a user's manager that this process cannot ask.
    if (daemon.unit?.user === true && user && daemon.uid !== process.geteuid?.())
      return new SystemdManager('systemd-user', daemon.unit.name, daemon.argv, anothers(daemon.unit.name))
  }
  if (scriptDaemon()?.pid === daemon.pid) return sysv()
  return isWrapped(daemon) ? undefined : processManager(path, daemon, socketPath)
}

async function ofPath(path: string, socketPath: string | undefined): Promise<ServiceManager | undefined> {
  const user = isRootless(path)
  const shown = machine.hasSystemd() ? await unitThatIsDown(path, socketPath, user) : undefined
  // A unit that has failed, or is at it, is what ran last; one that never ran may only be installed.
  if (shown !== undefined && shown.activeState !== 'inactive') return systemd(shown, user)
  const recipe = await loadRecipe(path, socketPath)
  if (recipe !== undefined) return new ProcessManager(recipe)
  if (shown !== undefined) return systemd(shown, user)
  if (machine.hasSystemd() || !existsSync(machine.initScript) || scriptDaemon() !== undefined)
    return undefined
  const script = sysv()
  const isIts = (await script.configFile()) === path || listensOn(scriptCommand(), socketPath)
  return isIts ? script : undefined
}

/** The unit that is down and whose dockerd would read this file, or listen on this socket. */
async function unitThatIsDown(
  path: string,
  socketPath: string | undefined,
  user: boolean,
): Promise<UnitState | undefined> {
  for (const name of user ? [DOCKER_UNIT] : [DOCKER_UNIT, SNAP_UNIT]) {
    const shown = await showUnit(name, user)
    if (shown === undefined || shown.mainPid !== undefined) continue
    const flag = configFileFlag(shown.command)
    const file = flag === undefined ? usualFile(kindOf(name, user)) : resolve('/', flag)
    if (file === path || (!user && listensOn(shown.command, socketPath))) return shown
  }
  return undefined
}

function systemd(shown: UnitState, user: boolean): SystemdManager {
  return new SystemdManager(kindOf(shown.name, user), shown.name, shown.command, refusalOf(shown, user))
}

function kindOf(unit: string, user: boolean): SystemdManager['kind'] {
  if (user) return 'systemd-user'
  return unit === SNAP_UNIT ? 'snap' : 'systemd'
}

function refusalOf({ name, loadState, files }: UnitState, user: boolean): HelperError | undefined {
  if (loadState === 'masked')
    return new HelperError('engine/no-manager', `${name} is masked: systemd is told never to start it.`, {
      hint: `systemctl ${user ? '--user ' : ''}unmask ${name}`,
      detail: { unit: name },
    })
  if (user) return undefined
  if (process.geteuid?.() !== 0) return anothers(name)
  const open = files.find((file) => !isRootsOwn(file))
  if (open === undefined) return undefined
  return new HelperError('helper/path-refused', `Others than root could change ${open}.`, {
    hint: `sudo chown root: ${open} && sudo chmod go-w ${open}`,
    detail: { path: open },
  })
}

function anothers(unit: string): HelperError {
  return new HelperError('engine/no-manager', `${unit} is another user’s service.`, {
    hint: 'Run Porthole as the user the daemon belongs to.',
    detail: { unit },
  })
}

function sysv(): SysvManager {
  return new SysvManager(process.geteuid?.() === 0 && isRootsOwn(machine.initScript))
}

/** Whether a daemon that is down would be this user's own. */
function isRootless(path: string): boolean {
  return process.geteuid?.() !== 0 && path === rootlessFile()
}

/** Whether rootlesskit has made the world this dockerd lives in. */
function isWrapped(daemon: DaemonProcess): boolean {
  return ancestorNamed(daemon.pid, 'rootlesskit') !== undefined
}

/** Docker Desktop's engine runs in a virtual machine and listens below the user's own folder. */
function isDesktop(path: string, socketPath: string | undefined): boolean {
  return (
    /\/\.docker\/(desktop|run)\/docker\.sock$/.test(socketPath ?? '') || path.endsWith('/.docker/daemon.json')
  )
}
