import { createHash } from 'node:crypto'
import { constants, existsSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { isRootsOwn, type DaemonProcess } from '../daemon'
import { HelperError } from '../verb'
import { processName } from './ancestry'
import { machine } from './machine'
import { execRootOf, pidfileOf } from './settings'

/** All it takes to start a plain dockerd as somebody started it before. */
export interface Recipe {
  /** Absolute path of the binary. */
  exe: string
  /** Command line, program first. */
  argv: string[]
  cwd: string
  env: Record<string, string>
  /** Files its output goes to. */
  stdout: string
  stderr: string
  pidfile?: string
  /** daemon.json it reads, and the socket it was seen on: what it is found by. */
  configPath: string
  socketPath?: string
  /** Most descriptors a process may have open, as dockerd was given. */
  maxFiles?: string
  /** Whose child it was: a supervisor among them starts it again by itself. */
  parent?: { pid: number; name: string; startTicks: string }
}

/** What socket activation and a unit put there would lie to the next process. */
const OF_ANOTHER_LIFE =
  /^(LISTEN_(PID|FDS|FDNAMES)|NOTIFY_SOCKET|INVOCATION_ID|JOURNAL_STREAM|MAINPID|WATCHDOG_\w+)$/

/**
 * Reads from /proc how a dockerd was started. Undefined for one that cannot be started that way
 * again: its socket was handed to it (`fd://`), or it lives in namespaces another program made.
 * Throws `helper/path-refused` for a binary of root's that others could change.
 */
export function recipeOf(daemon: DaemonProcess, configPath: string, socketPath?: string): Recipe | undefined {
  const { pid, argv, exe, sameMounts } = daemon
  if (exe === undefined || sameMounts !== true || argv.some((arg) => arg.includes('fd://'))) return undefined
  if (daemon.uid !== process.geteuid?.()) return undefined
  if (daemon.uid === 0 && !isRootsOwn(exe))
    throw new HelperError('helper/path-refused', `Others than root could change ${exe}.`, {
      detail: { path: exe },
    })
  const cwd = readlinkSync(`/proc/${pid}/cwd`)
  const parent = processName(processName(pid)?.parent ?? 0)
  const pidfile = pidfileOf(argv, cwd)
  const own = join(execRootOf(argv, cwd), 'dockerd.log')
  const maxFiles = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1]
  return {
    exe,
    argv,
    cwd,
    env: environmentOf(pid),
    stdout: outputOf(pid, 1) ?? own,
    stderr: outputOf(pid, 2) ?? own,
    configPath,
    ...(pidfile === undefined ? {} : { pidfile }),
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(maxFiles === undefined ? {} : { maxFiles }),
    // Porthole, which has started it before, brings nothing back by itself.
    ...(parent === undefined || parent.pid < 2 || parent.pid === process.pid
      ? {}
      : { parent: { pid: parent.pid, name: parent.name, startTicks: parent.startTicks } }),
  }
}

function environmentOf(pid: number): Record<string, string> {
  const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .map((line): [string, string] => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)]
    })
  return Object.fromEntries(pairs.filter(([name]) => name !== '' && !OF_ANOTHER_LIFE.test(name)))
}

/** The plain file a descriptor writes to; pipes, terminals and sockets end with who reads them. */
function outputOf(pid: number, fd: 1 | 2): string | undefined {
  try {
    const link = `/proc/${pid}/fd/${fd}`
    const path = readlinkSync(link)
    const [seen, named] = [statSync(link), statSync(path)]
    return isAbsolute(path) && named.isFile() && seen.ino === named.ino && seen.dev === named.dev
      ? path
      : undefined
  } catch {
    return undefined
  }
}

/**
 * Keeps a recipe for when the daemon is down: after a stop, when everything is killed in between, and
 * when it ends by itself later. It holds as long as nobody starts the daemon in another way.
 */
export async function saveRecipe(recipe: Recipe): Promise<void> {
  const folder = runFolder()
  if (folder === undefined) return
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, fileName(recipe))
  const temporary = `${path}.${process.pid}`
  const { O_CREAT, O_WRONLY, O_TRUNC, O_NOFOLLOW } = constants
  // The environment may hold a password of a proxy.
  const handle = await open(temporary, O_CREAT | O_WRONLY | O_TRUNC | O_NOFOLLOW, 0o600)
  try {
    await handle.writeFile(JSON.stringify(recipe))
  } finally {
    await handle.close()
  }
  await rename(temporary, path)
}

/** The kept recipe of a daemon that is down, by its socket or else by its file. */
export async function loadRecipe(configPath: string, socketPath?: string): Promise<Recipe | undefined> {
  return (await find(configPath, socketPath))?.recipe
}

/** Forgets the recipe of a daemon that is seen running in another way than it says. */
export async function forgetStale(
  { exe, argv }: DaemonProcess,
  configPath: string,
  socketPath?: string,
): Promise<void> {
  const found = await find(configPath, socketPath)
  // A daemon whose program this user may not see is another's, and so is its recipe.
  if (found === undefined || exe === undefined) return
  const same = found.recipe.exe === exe && isDeepStrictEqual(found.recipe.argv.slice(1), argv.slice(1))
  if (!same) await rm(found.path, { force: true })
}

interface Kept {
  path: string
  recipe: Recipe
}

async function find(configPath: string, socketPath: string | undefined): Promise<Kept | undefined> {
  const folder = runFolder()
  const names = folder === undefined ? [] : await readdir(folder).catch((): string[] => [])
  const found = names.filter((name) => PATTERN.test(name)).flatMap((name) => read(join(folder ?? '', name)))
  const bySocket = found.find(({ recipe }) => socketPath !== undefined && recipe.socketPath === socketPath)
  const anothers = ({ recipe }: Kept): boolean => recipe.socketPath !== undefined && socketPath !== undefined
  return bySocket ?? found.find((kept) => kept.recipe.configPath === configPath && !anothers(kept))
}

/** As root only what root alone can have written, and a binary of which that is true as well. */
function read(path: string): Kept[] {
  const root = process.geteuid?.() === 0
  if (root && !isRootsOwn(path)) return []
  try {
    const recipe = JSON.parse(readFileSync(path, 'utf8')) as Recipe
    return existsSync(recipe.exe) && (!root || isRootsOwn(recipe.exe)) ? [{ path, recipe }] : []
  } catch {
    return []
  }
}

function runFolder(): string | undefined {
  if (process.geteuid?.() === 0) return machine.runFolder
  const own = process.env['XDG_RUNTIME_DIR']
  return own === undefined || own === '' ? undefined : join(own, 'porthole')
}

const PATTERN = /^dockerd-[0-9a-f]{16}\.json$/

function fileName({ configPath, socketPath = '' }: Recipe): string {
  const key = createHash('sha256').update(`${configPath}\0${socketPath}`).digest('hex')
  return `dockerd-${key.slice(0, 16)}.json`
}
