import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { configFileFlag, isRootsOwn, readDaemon, type DaemonProcess } from '../daemon'
import { HelperError } from '../verb'
import { Uncontrolled } from './elsewhere'
import { machine } from './machine'
import type { ServiceManager } from './manager'
import { ProcessManager, processManager } from './process'
import { loadRecipe } from './recipe'
import { showUnit, type UnitState } from './systemctl'
import { isUnitOf, SystemdManager } from './systemd'
import { scriptDaemon, SysvManager } from './sysv'

const DEFAULT_FILE = '/etc/docker/daemon.json'
const DOCKER_UNIT = 'docker.service'
const SNAP_UNIT = 'snap.docker.dockerd.service'
const SNAP_FILE = '/var/snap/docker/current/config/daemon.json'

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
  if (isDesktop(path, socketPath)) return new Uncontrolled('desktop', pid, argv)
  const daemon = pid === undefined ? undefined : readDaemon(pid)
  const found =
    daemon === undefined ? await ofPath(path, socketPath) : await ofProcess(daemon, path, socketPath)
  return found ?? new Uncontrolled('none', daemon?.pid, daemon?.argv ?? argv)
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
      return new SystemdManager('systemd-user', daemon.unit.name, anothers(daemon.unit.name))
  }
  if (scriptDaemon()?.pid === daemon.pid) return sysv()
  return processManager(path, daemon, socketPath)
}

async function ofPath(path: string, socketPath: string | undefined): Promise<ServiceManager | undefined> {
  const user = process.geteuid?.() !== 0 && path === rootlessFile()
  const shown = machine.hasSystemd() ? await unitThatIsDown(path, socketPath, user) : undefined
  // A unit that has failed, or is at it, is what ran last; one that never ran may only be installed.
  if (shown !== undefined && shown.activeState !== 'inactive') return systemd(shown, user)
  const recipe = await loadRecipe(path, socketPath)
  if (recipe !== undefined) return new ProcessManager(recipe)
  if (shown !== undefined) return systemd(shown, user)
  const scripted = path === DEFAULT_FILE && existsSync(machine.initScript) && scriptDaemon() === undefined
  return scripted && !machine.hasSystemd() ? sysv() : undefined
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
    const usual = user ? rootlessFile() : name === SNAP_UNIT ? SNAP_FILE : DEFAULT_FILE
    const file = flag === undefined ? usual : resolve('/', flag)
    if (file === path || (socketPath !== undefined && shown.command.includes(`unix://${socketPath}`)))
      return shown
  }
  return undefined
}

function systemd(shown: UnitState, user: boolean): SystemdManager {
  if (user) return new SystemdManager('systemd-user', shown.name)
  const kind = shown.name === SNAP_UNIT ? 'snap' : 'systemd'
  return new SystemdManager(kind, shown.name, refusalOf(shown))
}

function refusalOf({ name, files }: UnitState): HelperError | undefined {
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

/** Where this user's rootless dockerd reads its file. */
function rootlessFile(): string {
  const config = process.env['XDG_CONFIG_HOME']
  return join(
    config === undefined || config === '' ? join(homedir(), '.config') : config,
    'docker/daemon.json',
  )
}

/** Docker Desktop's engine runs in a virtual machine and listens below the user's own folder. */
function isDesktop(path: string, socketPath: string | undefined): boolean {
  return (
    /\/\.docker\/(desktop|run)\/docker\.sock$/.test(socketPath ?? '') || path.endsWith('/.docker/daemon.json')
  )
}
