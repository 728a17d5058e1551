import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { HelperError } from '../verb'
import type { SandboxPlaces } from './places'

/** Containers of a sandbox stop within a second or two; a daemon that takes longer is killed, in milliseconds. */
export const STOP_MS = 20_000
/** What does not end by SIGKILL within this many milliseconds waits for a disk. */
const KILL_MS = 10_000

/** What a sandbox runs by name. A pager or an editor that shows one of its files is none of it. */
const PROGRAMS = /^(dockerd|containerd|containerd-shim[-\w]*|docker-proxy|runc|(docker-)?rootlesskit|exe)$/

/**
 * Ends every process and mount that a sandbox in these places left, and removes its run folder.
 * What it kept in its state folder stays. Throws `sandbox/failed` when something cannot be ended:
 * then nothing is removed, because the folder may still show what is kept.
 */
export async function removeLeftovers(places: SandboxPlaces): Promise<void> {
  await endProcesses(places)
  const sockets = shimSockets(places)
  unmount(places.run)
  for (const socket of sockets) rmSync(socket, { force: true })
  if (process.geteuid?.() !== 0) openFolders(places.run)
  rmSync(places.run, { recursive: true, force: true })
}

/** dockerd makes folders that nobody but root can enter (mode 0600); their owner may change that. */
function openFolders(folder: string): void {
  if (!existsSync(folder)) return
  chmodSync(folder, 0o700)
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) openFolders(join(folder, entry.name))
}

async function endProcesses(places: SandboxPlaces): Promise<void> {
  // dockerd in order first, so that it can unmount and end its containers itself.
  const daemon = processesOf(places).find(({ name }) => name === 'dockerd')
  if (daemon !== undefined) {
    kill(daemon.pid, 'SIGTERM')
    for (let left = STOP_MS; left > 0 && isAlive(daemon.pid); left -= 50) await pause(50)
  }
  for (let left = KILL_MS; ; left -= 50) {
    const rest = processesOf(places)
    if (rest.length === 0) return
    if (left <= 0)
      throw new HelperError(
        'sandbox/failed',
        `Process ${rest[0]?.pid} of an earlier sandbox cannot be ended.`,
      )
    for (const { pid } of rest) {
      kill(pid, 'SIGKILL')
      thaw(pid)
    }
    await pause(50)
  }
}

/** Process id of the dockerd of a sandbox, whoever started it. */
export function dockerdOf(places: SandboxPlaces): number | undefined {
  return processesOf(places).find(({ name }) => name === 'dockerd')?.pid
}

interface Found {
  pid: number
  parent: number
  /** Name of the program as its command line has it. */
  name: string
}

/**
 * The living processes of a sandbox: its programs, known by the exec-root or pidfile on their
 * command line (a pid alone may be someone else's by now), what descends from them, and what has
 * its root file system in the data-root: containers whose shim was killed.
 */
function processesOf(places: SandboxPlaces): Found[] {
  const marks = [`${places.execRoot}/`, places.pidfile]
  const all = readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? look(Number(entry)) : []))
  const own = new Set(
    all
      .filter(
        ({ pid, name, commandLine }) =>
          (PROGRAMS.test(name) && marks.some((mark) => commandLine.includes(mark))) ||
          hasRootIn(pid, places.dataRoot),
      )
      .map(({ pid }) => pid),
  )
  for (let size = -1; size !== own.size;) {
    size = own.size
    for (const { pid, parent } of all) if (own.has(parent)) own.add(pid)
  }
  return all.filter(({ pid }) => own.has(pid) && pid !== process.pid)
}

function look(pid: number): (Found & { commandLine: string })[] {
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    const parent = stateOf(pid)?.parent
    if (parent === undefined) return []
    return [{ pid, parent, commandLine, name: basename(commandLine.split('\0')[0] ?? '') }]
  } catch {
    return []
  }
}

/** State and parent; undefined for what is gone, or a zombie, which holds nothing any more. */
function stateOf(pid: number): { parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold blanks and parentheses itself.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? undefined : { parent: Number(parent) }
  } catch {
    return undefined
  }
}

/** Whether a process lives. */
export function isAlive(pid: number): boolean {
  return stateOf(pid) !== undefined
}

/** Whether the root of a process is an overlay whose writable layer lies in the data-root. */
function hasRootIn(pid: number, dataRoot: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
      .split('\n')
      .some((line) => line.split(' ')[4] === '/' && unescaped(line).includes(`upperdir=${dataRoot}/`))
  } catch {
    return false
  }
}

/** A paused container dies only when it is let go (cgroup v1; in v2 SIGKILL reaches a frozen one). */
function thaw(pid: number): void {
  try {
    const group = /^\d+:freezer:(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1]
    if (group === undefined || group === '/') return
    writeFileSync(join('/sys/fs/cgroup/freezer', group, 'freezer.state'), 'THAWED')
  } catch {
    // It is gone, or this user may not: then it was not frozen by this user's daemon either.
  }
}

/**
 * Sockets that killed shims left. They lie in a folder all containerds of root share, and are named
 * here. A rootless daemon has a /run of its own, which is gone with it.
 */
function shimSockets(places: SandboxPlaces): string[] {
  const bundles = join(places.execRoot, 'containerd/daemon/io.containerd.runtime.v2.task/moby')
  if (process.geteuid?.() !== 0 || !existsSync(bundles)) return []
  // containerd 1.6 names it in `address`, 1.7 in `bootstrap.json`.
  return readdirSync(bundles)
    .flatMap((id) => ['address', 'bootstrap.json'].map((name) => join(bundles, id, name)))
    .filter((file) => existsSync(file))
    .flatMap((file) => /\/run\/containerd\/s\/[0-9a-f]{64}/.exec(readFileSync(file, 'utf8'))?.[0] ?? [])
}

/** Takes off every mount at or below a folder, the last one first. Throws when one stays. */
function unmount(folder: string): void {
  for (const path of mountsBelow(folder).reverse()) {
    try {
      execFileSync('umount', ['--lazy', '--no-canonicalize', path], { stdio: 'ignore' })
    } catch {
      // Unmounted by another's end meanwhile; what stays is told below.
    }
  }
  const [rest] = mountsBelow(folder)
  if (rest !== undefined)
    throw new HelperError('sandbox/failed', `${rest} of an earlier sandbox cannot be unmounted.`, {
      hint: `sudo umount ${rest}`,
    })
}

function mountsBelow(folder: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => unescaped(line.split(' ')[1] ?? ''))
    .filter((path) => path === folder || path.startsWith(`${folder}/`))
}

/** The kernel writes a blank in a path as \040. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended by itself.
  }
}
