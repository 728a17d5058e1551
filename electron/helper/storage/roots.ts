import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readDaemon, type DaemonProcess } from '../daemon'
import { daemonSettings } from '../daemon-setting'
import { DEFAULT_FILE } from '../manager'
import { trustedDaemon } from '../paths'
import { HelperError } from '../verb'
import { containerdRule, dataRootRule, type Rule } from './places'
import { Tree, type Name } from './tree'

/** Which store the engine says it works with; told by the program that asks. */
export interface StoreInUse {
  /** Graph driver or snapshotter. */
  driver: string
  imageStore: 'graphdriver' | 'containerd'
}

/** One tree that is looked through. */
export interface Root {
  tree: Tree
  rule: Rule
}

/** Where an engine keeps everything. */
export interface Roots {
  /** The data-root, and containerd's root where the image store lies there and not below the data-root. */
  all: readonly Root[]
  data: Tree
  /** Of a daemon with a user namespace: its folder in the data-root. */
  base: readonly Name[]
  /** containerd's root as a tree and the names in it, where there is one. */
  containerd?: { tree: Tree; names: readonly Name[] }
  store: StoreInUse
  /** Milliseconds since 1970; undefined while the engine is down. */
  engineStartedAt?: number
  pid?: number
}

/** Every dockerd keeps this file open as long as it runs. */
const VOLUMES_DB = '/volumes/metadata.db'
const CONTAINERD_DB = '/io.containerd.metadata.v1.bolt/meta.db'

/**
 * The trees of the dockerd of a pid, or of the one that is down and usually runs here. The
 * data-root is where the process has a file of it open: its command line and daemon.json may say
 * something else by now. Throws `helper/path-refused`, `storage/denied`. The caller closes them.
 */
export function openRoots(pid: number | undefined, store: StoreInUse): Roots {
  const daemon = pid === undefined ? undefined : daemonOf(pid)
  const own = daemon === undefined ? usualDataRoot() : openFileOf(daemon.pid, VOLUMES_DB)
  if (own === undefined)
    throw new HelperError('helper/path-refused', `The data-root of process ${pid ?? 0} cannot be told.`, {
      hint: 'dockerd may be starting or ending.',
    })
  const remapped = /^\d+\.\d+$/.test(basename(own))
  const data = new Tree(remapped ? dirname(own) : own)
  const base = remapped ? [basename(own)] : []
  const all: Root[] = [{ tree: data, rule: dataRootRule() }]
  let containerd: Roots['containerd']
  const found = containerdRootOf(daemon, data.path, store)
  if (found?.startsWith(`${data.path}/`) === true)
    containerd = { tree: data, names: found.slice(data.path.length + 1).split('/') }
  else if (found !== undefined) {
    try {
      const tree = new Tree(found)
      all.push({ tree, rule: containerdRule() })
      containerd = { tree, names: [] }
    } catch {
      // The data-root is told all the same; that the store was not read, its owners say.
    }
  }
  return {
    all,
    data,
    base,
    store,
    ...(containerd === undefined ? {} : { containerd }),
    ...(daemon === undefined ? {} : { pid: daemon.pid, engineStartedAt: startedAt(daemon) }),
  }
}

export function closeRoots(roots: Roots): void {
  for (const { tree } of roots.all) tree.close()
}

/** As root only a dockerd that root runs; an ordinary user reads no more than the system lets anyway. */
function daemonOf(pid: number): DaemonProcess {
  if (process.geteuid?.() === 0) return trustedDaemon(pid)
  const daemon = readDaemon(pid)
  if (daemon !== undefined) return daemon
  throw new HelperError('helper/path-refused', `Process ${pid} is no dockerd.`)
}

function usualDataRoot(): string {
  const path = daemonSettings([], DEFAULT_FILE)('data-root')
  return path?.startsWith('/') === true ? path : '/var/lib/docker'
}

/**
 * Root of the containerd a daemon works with: below its data-root when dockerd started it or holds
 * it within itself, else, where the images lie there, that of the system.
 */
function containerdRootOf(
  daemon: DaemonProcess | undefined,
  dataRoot: string,
  store: StoreInUse,
): string | undefined {
  const within = daemon === undefined ? undefined : openFileOf(daemon.pid, CONTAINERD_DB)
  const found = [within, ...containerds().map((pid) => openFileOf(pid, CONTAINERD_DB))].filter(
    (path) => path !== undefined,
  )
  const own = found.find((path) => path.startsWith(`${dataRoot}/`))
  if (own !== undefined) return own
  const left = join(dataRoot, 'containerd/daemon')
  if (exists(left) || store.imageStore === 'graphdriver') return exists(left) ? left : undefined
  // Another dockerd's own containerd keeps its root below that one's data-root.
  return found.find((path) => !path.endsWith('/containerd/daemon'))
}

/** Processes of containerd that see the mounts that this process sees. */
function containerds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) =>
        basename(link(`/proc/${pid}/exe`)?.replace(/ \(deleted\)$/, '') ?? '') === 'containerd' &&
        link(`/proc/${pid}/ns/mnt`) === link('/proc/self/ns/mnt'),
    )
}

/** The folder in which a process has a file open, by the end of the file's path. */
function openFileOf(pid: number, end: string): string | undefined {
  let fds: string[]
  try {
    fds = readdirSync(`/proc/${pid}/fd`)
  } catch {
    return undefined
  }
  for (const fd of fds) {
    const path = link(`/proc/${pid}/fd/${fd}`)
    if (path?.endsWith(end) !== true) continue
    try {
      const [held, named] = [statSync(`/proc/${pid}/fd/${fd}`), statSync(path)]
      // The same file, and not only one of that name in a folder put there meanwhile.
      if (held.ino === named.ino && held.dev === named.dev) return path.slice(0, -end.length)
    } catch {
      // Gone, or in another view of the file system.
    }
  }
  return undefined
}

function startedAt({ startTicks }: DaemonProcess): number {
  const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]
  return Number(boot ?? 0) * 1_000 + Number(startTicks) * 10
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
