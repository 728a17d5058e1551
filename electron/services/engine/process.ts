import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DaemonProcessInfo } from '.'
import type { Address } from './endpoint'
import {
  heldSockets,
  listeningInodes,
  processTable,
  readArgv,
  readLink,
  readStat,
  readStatus,
  readText,
  startedAt,
  type ProcessRow,
} from './process-table'

export interface ProcessOptions {
  /** A pidfile a person named: believed when its process is a dockerd. */
  pidfile?: string
  /** Another name or path of the dockerd binary. */
  dockerd?: string
}

/**
 * Finds the dockerd behind an address among all that run here, by /proc alone.
 *
 * What counts, strongest first: it holds the listening socket (seen by root and the owner), its
 * `--host` flags or its file's `hosts` name the address, it listens on the default address, it
 * was started by socket activation (`fd://`). A dockerd inside a container has a socket of the
 * same path that is another file, which rules it out. Undefined when none fits.
 */
export function findDaemon(
  address: Address,
  options: ProcessOptions,
  table: ProcessRow[] = processTable(),
): DaemonProcessInfo | undefined {
  const named = pidOf(options.pidfile)
  if (named !== undefined) {
    const info = describeProcess(named)
    // A stale file may hold the number of any other program by now.
    if (info && isDockerd(info.argv, options)) return info
  }
  let best: { pid: number; rank: number; startTicks: number } | undefined
  for (const row of table) {
    if (!isDockerd(row.argv, options)) continue
    const rank = rankOf(row, address)
    const stat = rank > 0 ? readStat(row.pid) : undefined
    if (!stat) continue
    const later = best !== undefined && rank === best.rank && stat.startTicks > best.startTicks
    if (!best || rank > best.rank || later) best = { pid: row.pid, rank, startTicks: stat.startTicks }
  }
  return best ? describeProcess(best.pid) : undefined
}

/** What /proc tells of one process; undefined when it is gone. */
export function describeProcess(pid: number): DaemonProcessInfo | undefined {
  const argv = readArgv(pid)
  const stat = readStat(pid)
  const status = readStatus(pid)
  if (!argv || !stat || !status) return undefined
  // A binary that an update replaced reads "PATH (deleted)".
  const exe = readLink(`/proc/${pid}/exe`)?.replace(/ \(deleted\)$/, '')
  const unit = unitOf(pid)
  return {
    pid,
    uid: status.uid,
    argv,
    ...(exe === undefined ? {} : { exe }),
    startedAt: startedAt(stat),
    ...(unit ? { unit } : {}),
  }
}

/**
 * The systemd unit of a process from its cgroup: `/system.slice/docker.service`, or
 * `…/user@1000.service/app.slice/docker.service` for a user's.
 */
export function unitFromCgroup(text: string): { name: string; user: boolean } | undefined {
  const lines = text.split('\n').filter((line) => line !== '')
  const line =
    lines.find((candidate) => candidate.includes(':name=systemd:')) ??
    lines.find((candidate) => candidate.startsWith('0::'))
  const parts = line?.split(':').slice(2).join(':').split('/') ?? []
  const name = parts.at(-1)
  // user@1000.service is the manager itself, not a unit that could be restarted as dockerd.
  if (!name?.endsWith('.service') || name.startsWith('user@')) return undefined
  return { name, user: parts.slice(0, -1).some((part) => /^user@\d+\.service$/.test(part)) }
}

function unitOf(pid: number): DaemonProcessInfo['unit'] {
  const unit = unitFromCgroup(readText(`/proc/${pid}/cgroup`) ?? '')
  return unit && startedBySystemd(pid) ? unit : undefined
}

/**
 * A dockerd started from a terminal or a script lies in the cgroup of whatever that belongs to.
 * Its unit is its own only when systemd is its parent, past the rootless wrapper.
 */
function startedBySystemd(pid: number): boolean {
  let current = pid
  for (let depth = 0; depth < 6; depth += 1) {
    const parent = readStat(current)?.ppid
    if (parent === undefined || parent === 0) return false
    const name = readText(`/proc/${parent}/comm`)?.trim()
    if (name === 'systemd') return true
    if (parent === 1 || !WRAPPERS.has(name ?? '')) return false
    current = parent
  }
  return false
}
const WRAPPERS = new Set(['rootlesskit', 'exe', 'dockerd-rootless', 'dockerd-rootles'])

function isDockerd(argv: string[], options: ProcessOptions): boolean {
  const name = basename(argv[0] ?? '')
  return name === 'dockerd' || (options.dockerd !== undefined && name === basename(options.dockerd))
}

function pidOf(pidfile: string | undefined): number | undefined {
  const text = pidfile === undefined ? undefined : readText(pidfile)?.trim()
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

const RANK = { holds: 4, named: 3, usual: 2, activated: 1, none: 0 } as const

function rankOf(row: ProcessRow, address: Address): number {
  const hosts = listenAddresses(row)
  if (address.kind === 'tcp') {
    if (!LOCAL_HOSTS.has(address.host)) return RANK.none
    const ports = hosts.filter((host) => host.startsWith('tcp://'))
    return ports.some((host) => portOf(host) === address.port) ? RANK.named : RANK.none
  }
  const sees = sameFile(`/proc/${row.pid}/root${address.path}`, address.path)
  if (sees === false) return RANK.none
  const aliases = aliasesOf(address.path)
  const held = heldSockets(row.pid)
  if (held) {
    const listening = listeningInodes(row.pid, aliases)
    if (listening.some((inode) => held.has(inode))) return RANK.holds
    // Somebody listens there and it is not this one.
    if (listening.length > 0) return RANK.none
  }
  // Of a container's daemon nothing but the held socket proves that it is ours.
  if (sees === undefined && readStatus(row.pid)?.nestedPid === true) return RANK.none
  const paths = hosts.filter((host) => host.startsWith('unix://')).map((host) => host.slice(7))
  if (paths.some((path) => aliases.has(path))) return RANK.named
  const usual = usualSocket(row)
  if (hosts.length === 0) return aliases.has(usual) ? RANK.usual : RANK.none
  return hosts.some((host) => host.startsWith('fd://')) && aliases.has(usual) ? RANK.activated : RANK.none
}

const LOCAL_HOSTS = new Set(['127.0.0.1', 'localhost', '::1', '0.0.0.0'])

function portOf(host: string): number {
  return Number(/:(\d+)\/?$/.exec(host)?.[1] ?? 2375)
}

/** Values of `-H` and `--host`, or `hosts` of the file the daemon reads. */
function listenAddresses(row: ProcessRow): string[] {
  const flags = flagValues(row.argv, 'host', 'H')
  if (flags.length > 0) return flags.map(fullAddress)
  const file = flagValues(row.argv, 'config-file')[0] ?? '/etc/docker/daemon.json'
  try {
    const hosts = (JSON.parse(readText(file) ?? '{}') as { hosts?: unknown } | null)?.hosts
    return Array.isArray(hosts) ? hosts.filter((host) => typeof host === 'string').map(fullAddress) : []
  } catch {
    return []
  }
}

/** dockerd takes `:2375` and `host:2375` as tcp, and `unix://` alone as the default socket. */
function fullAddress(host: string): string {
  if (host === 'unix://') return 'unix:///var/run/docker.sock'
  return host.includes('://') ? host : `tcp://${host}`
}

/** The socket a dockerd without `--host` listens on: rootful, or that of its rootless user. */
function usualSocket(row: ProcessRow): string {
  const uid = readStatus(row.pid)?.uid ?? 0
  return uid === 0 ? '/var/run/docker.sock' : `/run/user/${uid}/docker.sock`
}

/** All values a Go command line gives a flag: `--host=X`, `--host X`, `-H X`, `-H=X`, `-HX`. */
export function flagValues(argv: readonly string[], long: string, short?: string): string[] {
  const values: string[] = []
  for (let index = 1; index < argv.length; index += 1) {
    const argument = argv[index] ?? ''
    if (argument === '--') break
    if (argument === `--${long}` || (short !== undefined && argument === `-${short}`)) {
      const value = argv[index + 1]
      if (value !== undefined) values.push(value)
      index += 1
    } else if (argument.startsWith(`--${long}=`)) values.push(argument.slice(long.length + 3))
    else if (short !== undefined && argument.startsWith(`-${short}`))
      values.push(argument.slice(2).replace(/^=/, ''))
  }
  return values
}

/** Every spelling of a socket's path: as given, resolved, and with `/var/run` for `/run`. */
export function aliasesOf(path: string): Set<string> {
  const aliases = new Set([path])
  try {
    aliases.add(join(realpathSync(dirname(path)), basename(path)))
    aliases.add(realpathSync(path))
  } catch {
    // Not there now; the spellings without it will do.
  }
  for (const alias of [...aliases]) {
    if (alias.startsWith('/run/')) aliases.add(`/var${alias}`)
    if (alias.startsWith('/var/run/')) aliases.add(alias.slice(4))
  }
  return aliases
}

function sameFile(one: string, other: string): boolean | undefined {
  try {
    const [a, b] = [statSync(one), statSync(other)]
    return a.dev === b.dev && a.ino === b.ino
  } catch {
    return undefined
  }
}
