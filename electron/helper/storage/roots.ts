import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { configFileOf, readDaemon, type DaemonProcess } from '../daemon'
import { daemonSettings, flagOf } from '../daemon-setting'
import { DEFAULT_FILE } from '../manager'
import { trustedDaemon } from '../paths'
import { HelperError } from '../verb'
import { folderHeldBy, VOLUMES_DB } from './held'
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

const SYSTEM_ADDRESS = '/run/containerd/containerd.sock'
const CONTAINERD_DB = '/io.containerd.metadata.v1.bolt/meta.db'

/**
 * The trees of the dockerd of a pid, or of the one that is down and usually runs here. The
 * data-root is where the process has a file of it open: its command line and daemon.json may say
 * something else by now. Throws `helper/path-refused`, `storage/denied`. The caller closes them.
 */
export function openRoots(pid: number | undefined, store: StoreInUse): Roots {
  const daemon = pid === undefined ? undefined : daemonOf(pid)
  const own = daemon === undefined ? usualDataRoot() : folderHeldBy(daemon.pid, VOLUMES_DB)
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

/**
 * The dockerd of a pid: as root only one that root runs; an ordinary user reads no more than the system
 * lets anyway. Throws `helper/path-refused`.
 */
export function daemonOf(pid: number): DaemonProcess {
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
 * it within itself, else, where the images lie there, that of the one on the daemon's address.
 */
function containerdRootOf(
  daemon: DaemonProcess | undefined,
  dataRoot: string,
  store: StoreInUse,
): string | undefined {
  const processes = containerds()
  const within = daemon === undefined ? [] : [daemon.pid]
  const own = [...within, ...processes.map(({ pid }) => pid)]
    .flatMap((pid) => folderHeldBy(pid, CONTAINERD_DB) ?? [])
    .find((path) => path.startsWith(`${dataRoot}/`))
  if (own !== undefined) return own
  const left = join(dataRoot, 'containerd/daemon')
  if (exists(left) || store.imageStore === 'graphdriver') return exists(left) ? left : undefined
  const setting = daemonSettings(daemon?.argv ?? [], (daemon && configFileOf(daemon)) ?? DEFAULT_FILE)
  const address = real(setting('containerd') ?? SYSTEM_ADDRESS)
  // A machine may run several, each for another: Kubernetes has one of its own.
  const serving = processes.find((each) => real(addressOf(each)) === address)
  return serving === undefined ? undefined : folderHeldBy(serving.pid, CONTAINERD_DB)
}

/** Processes of containerd that see the mounts that this process sees. */
function containerds(): { pid: number; argv: string[] }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) =>
        basename(link(`/proc/${pid}/exe`)?.replace(/ \(deleted\)$/, '') ?? '') === 'containerd' &&
        link(`/proc/${pid}/ns/mnt`) === link('/proc/self/ns/mnt'),
    )
    .map((pid) => ({ pid, argv: text(`/proc/${pid}/cmdline`).split('\0') }))
}

/** Address a containerd was given: by flag, or in the file it was started with. */
function addressOf({ pid, argv }: { pid: number; argv: readonly string[] }): string {
  const short = (name: string): string | undefined => argv[argv.indexOf(name) + 1 || argv.length]
  const flag = flagOf(argv, 'address') ?? short('-a')
  if (flag !== undefined) return flag
  const file = flagOf(argv, 'config') ?? short('-c') ?? '/etc/containerd/config.toml'
  const config = text(resolve(link(`/proc/${pid}/cwd`) ?? '/', file))
  const grpc = /^\[grpc\]$([^[]*)/m.exec(config)?.[1]
  return /^\s*address\s*=\s*["']([^"']+)["']/m.exec(grpc ?? '')?.[1] ?? SYSTEM_ADDRESS
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
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
