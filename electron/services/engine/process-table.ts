import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

/** One row of /proc, as far as any user may read it. */
export interface ProcessRow {
  pid: number
  argv: string[]
  /** Last part of argv[0]. */
  name: string
}

/** Numbers of `/proc/PID/stat` (proc(5)). */
export interface ProcessStat {
  ppid: number
  /** User and system time together, in clock ticks. */
  cpuTicks: number
  /** Start after boot, in clock ticks: together with the pid it names a process for good. */
  startTicks: number
}

/** Ticks a second in /proc: USER_HZ, 100 on every architecture Node runs on. */
export const CLOCK_TICKS = 100

/** Every process with a command line. A few milliseconds; kernel threads and zombies have none. */
export function processTable(): ProcessRow[] {
  const rows: ProcessRow[] = []
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return rows
  }
  for (const entry of names) {
    const first = entry.charCodeAt(0)
    if (first < 0x30 || first > 0x39) continue
    const argv = readArgv(Number(entry))
    if (argv) rows.push({ pid: Number(entry), argv, name: basename(argv[0] ?? '') })
  }
  return rows
}

export function readArgv(pid: number): string[] | undefined {
  const text = readText(`/proc/${pid}/cmdline`)
  if (!text) return undefined
  return text.replace(/\0$/, '').split('\0')
}

export function readStat(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`)
  if (!text) return undefined
  // The second field is the name in brackets and may hold anything, brackets and blanks too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3])
  const state = fields[0]
  if (state === 'Z' || state === 'X') return undefined
  return { ppid: field(4), cpuTicks: field(14) + field(15), startTicks: field(22) }
}

/** Resident memory in bytes and the owner's uid. */
export function readStatus(pid: number): { rssBytes: number; uid: number; nestedPid: boolean } | undefined {
  const text = readText(`/proc/${pid}/status`)
  if (!text) return undefined
  const field = (name: string): string[] =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1]?.trim().split(/\s+/) ?? []
  return {
    rssBytes: Number(field('VmRSS')[0] ?? 0) * 1024,
    uid: Number(field('Uid')[1] ?? -1),
    // More than one number: the process lives in a pid namespace below ours, as in a container.
    nestedPid: field('NSpid').length > 1,
  }
}

/** Descriptors a process has open; undefined when this user may not look. */
export function countDescriptors(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return undefined
  }
}

/** Inodes of the sockets a process holds; undefined when this user may not look. */
export function heldSockets(pid: number): Set<string> | undefined {
  let descriptors: string[]
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`)
  } catch {
    return undefined
  }
  const inodes = new Set<string>()
  for (const descriptor of descriptors) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1]
      if (inode !== undefined) inodes.add(inode)
    } catch {
      // Closed in between.
    }
  }
  return inodes
}

/** Inodes of sockets that listen on one of `paths`, in the network namespace of `pid`. */
export function listeningInodes(pid: number, paths: ReadonlySet<string>): string[] {
  const inodes: string[] = []
  for (const line of (readText(`/proc/${pid}/net/unix`) ?? '').split('\n')) {
    // Num RefCount Protocol Flags Type St Inode Path; flag 0x10000 is "accepts connections".
    const match = /^\S+ \S+ \S+ (\S+) \S+ \S+ +(\d+) (.+)$/.exec(line)
    if (match?.[1] === '00010000' && paths.has(match[3] ?? '')) inodes.push(match[2] ?? '')
  }
  return inodes
}

/** Milliseconds since 1970 at which a process started. */
export function startedAt(stat: ProcessStat): number {
  // `btime` of /proc/stat has whole seconds only, too coarse to compare with the time of a file.
  bootedAt ??= Date.now() - Number(/^[\d.]+/.exec(readText('/proc/uptime') ?? '')?.[0] ?? 0) * 1000
  return bootedAt + (stat.startTicks * 1000) / CLOCK_TICKS
}
let bootedAt: number | undefined

export function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
