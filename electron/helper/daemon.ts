import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'

/** A running dockerd as /proc shows it. Together, pid and start time name one process for good. */
export interface DaemonProcess {
  pid: number
  /** Real user id. */
  uid: number
  /** Start time in clock ticks since boot, field 22 of /proc/PID/stat. */
  startTicks: string
  argv: string[]
  /** Path of the binary; absent when this user may not read it. */
  exe?: string
  unit?: { name: string; user: boolean }
  /** Whether it sees the same mounts as this process; undefined when that cannot be read. */
  sameMounts?: boolean
}

/** Reads a process from /proc, or undefined when it is gone, a zombie, or no dockerd. */
export function readDaemon(pid: number): DaemonProcess | undefined {
  if (!Number.isInteger(pid) || pid < 2) return undefined
  const dir = `/proc/${pid}`
  try {
    const startTicks = startOf(pid)
    if (startTicks === undefined) return undefined
    const argv = readFileSync(`${dir}/cmdline`, 'utf8').split('\0').slice(0, -1)
    const exe = link(`${dir}/exe`)?.replace(/ \(deleted\)$/, '')
    if (basename(exe ?? argv[0] ?? '') !== 'dockerd') return undefined
    const uid = Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`${dir}/status`, 'utf8'))?.[1] ?? Number.NaN)
    if (!Number.isInteger(uid)) return undefined
    const unit = unitOf(readFileSync(`${dir}/cgroup`, 'utf8'))
    const mounts = link(`${dir}/ns/mnt`)
    return {
      pid,
      uid,
      startTicks,
      argv,
      ...(exe === undefined ? {} : { exe }),
      ...(unit === undefined ? {} : { unit }),
      ...(mounts === undefined ? {} : { sameMounts: mounts === link('/proc/self/ns/mnt') }),
    }
  } catch {
    return undefined
  }
}

/** Whether the process of `daemon` still runs: the same pid, not used again by another. */
export function isAlive(daemon: DaemonProcess): boolean {
  return startOf(daemon.pid) === daemon.startTicks
}

/** Every dockerd that root runs. */
export function rootDaemons(): DaemonProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readDaemon(Number(name)) ?? [])
    .filter((daemon) => daemon.uid === 0)
}

/**
 * Command lines of the processes of a program that root runs from a binary of its own, in our view
 * of the file system: one in a container has paths that are other files.
 */
export function rootProcesses(program: string): string[][] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return []
    const dir = `/proc/${pid}`
    const exe = link(`${dir}/exe`)?.replace(/ \(deleted\)$/, '')
    if (exe === undefined || basename(exe) !== program || !isRootsOwn(exe)) return []
    if (link(`${dir}/ns/mnt`) !== link('/proc/self/ns/mnt')) return []
    try {
      if (!/^Uid:\s+0\s/m.test(readFileSync(`${dir}/status`, 'utf8'))) return []
      return [readFileSync(`${dir}/cmdline`, 'utf8').split('\0').slice(0, -1)]
    } catch {
      return []
    }
  })
}

/** Value of `--config-file` on the command line, when it stands there. */
export function configFileFlag(argv: readonly string[]): string | undefined {
  for (let i = argv.length - 1; i > 0; i -= 1) {
    const arg = argv[i] ?? ''
    if (arg.startsWith('--config-file=')) return arg.slice('--config-file='.length)
    if (arg === '--config-file') return argv[i + 1]
  }
  return undefined
}

/** `--config-file` as an absolute path; a relative one counts from the daemon's own folder. */
export function configFileOf(daemon: Pick<DaemonProcess, 'pid' | 'argv'>): string | undefined {
  const file = configFileFlag(daemon.argv)
  return file === undefined ? undefined : resolve(link(`/proc/${daemon.pid}/cwd`) ?? '/', file)
}

/** Whether a file and every folder above it are root's and nobody else may write them. */
export function isRootsOwn(path: string): boolean {
  try {
    for (let at = path; ; at = resolve(at, '..')) {
      const { uid, mode } = statSync(at)
      // A sticky folder such as /tmp lets others add names, and not replace this one.
      const open = (mode & 0o022) !== 0 && !((mode & 0o1000) !== 0 && at !== path)
      if (uid !== 0 || open) return false
      if (at === '/') return true
    }
  } catch {
    return false
  }
}

/** Start time in ticks; undefined for a process that is gone or a zombie. */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold blanks and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** The service of a cgroup listing (v1: the line of systemd's own hierarchy; v2: the only one). */
function unitOf(cgroup: string): { name: string; user: boolean } | undefined {
  const line = cgroup
    .split('\n')
    .find((each) => /^(0::|\d+:name=systemd:)/.test(each) && /\.service/.test(each))
  const path = line?.replace(/^\d+:[^:]*:/, '')
  const name = path?.split('/').findLast((part) => part.endsWith('.service'))
  return name === undefined ? undefined : { name, user: /\/user@\d+\.service\//.test(path ?? '') }
}
