import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { delimiter, join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { HelperError } from './verb'

/** Where a private dockerd has its things. */
export interface SandboxPlaces {
  socket: string
  dataRoot: string
  execRoot: string
  pidfile: string
  configFile: string
  logFile: string
}

export interface SandboxOptions {
  /** `…/porthole/sandbox`, below the user's state folder. */
  stateDir: string
  /** Who may use the socket and read the log. */
  owner: { uid: number; gid: number }
  /** Folder whose dockerd, containerd and shim are taken before those of PATH. */
  dockerdDir?: string
  signal: AbortSignal
}

/** A start that takes longer has failed, in milliseconds: a cold disk and containerd need some. */
const START_MS = 60_000
/** Containers of the sandbox stop within a second or two; a daemon that takes longer is killed. */
const STOP_MS = 20_000

/**
 * Places of the sandbox below `stateDir`. What listens lies below /run: a unix socket's path has
 * 107 bytes, which a home folder may use up alone. The name keeps sandboxes of one user apart.
 * daemon.json lies there too: the folder is root's, so the helper may change it for its user, and
 * each start begins with the same one.
 */
export function sandboxPlaces(stateDir: string, uid: number): SandboxPlaces {
  const run = join(
    '/run',
    `porthole-${uid}-${createHash('sha256').update(stateDir).digest('hex').slice(0, 8)}`,
  )
  return {
    socket: join(run, 'docker.sock'),
    dataRoot: join(stateDir, 'data'),
    execRoot: join(run, 'exec'),
    pidfile: join(run, 'docker.pid'),
    configFile: join(run, 'daemon.json'),
    logFile: join(stateDir, 'dockerd.log'),
  }
}

/**
 * Starts the private dockerd, after removing what an earlier one left when it was not stopped.
 * Its network is closed and the firewall untouched; the images of an earlier run are kept.
 * Throws `sandbox/unavailable` without a dockerd, `sandbox/failed` with dockerd's own last word.
 * @returns a function that stops it and removes everything but its images.
 */
export async function startSandbox(options: SandboxOptions): Promise<{
  places: SandboxPlaces
  pid: number
  /** Resolves when dockerd has ended, whoever ended it. */
  ended: Promise<void>
  stop(): Promise<void>
}> {
  const { stateDir, owner, dockerdDir, signal } = options
  const places = sandboxPlaces(stateDir, owner.uid)
  const run = join(places.socket, '..')
  const path = [...(dockerdDir === undefined ? [] : [dockerdDir]), process.env['PATH'] ?? ''].join(delimiter)
  const binary = path
    .split(delimiter)
    .map((folder) => join(folder, 'dockerd'))
    .find((file) => existsSync(file))
  if (binary === undefined || (dockerdDir !== undefined && binary !== join(dockerdDir, 'dockerd')))
    throw new HelperError(
      'sandbox/unavailable',
      `There is no dockerd ${dockerdDir === undefined ? 'on this machine' : `in ${dockerdDir}`}.`,
      {
        hint: 'Install Docker Engine (npm run setup, or package docker.io), or name its folder with --sandbox-dockerd.',
      },
    )

  makeFolders(stateDir, owner)
  await sweep(places)
  rmSync(run, { recursive: true, force: true })
  mkdirSync(run, { recursive: true, mode: 0o711 })
  mkdirSync(places.dataRoot, { recursive: true, mode: 0o710 })
  writeFileSync(
    places.configFile,
    `${JSON.stringify({ labels: ['porthole=sandbox'], 'max-concurrent-downloads': 3, 'shutdown-timeout': 5 }, null, 2)}\n`,
    { mode: 0o644, flag: 'wx' },
  )

  rmSync(places.logFile, { force: true })
  const log = openSync(places.logFile, 'wx', 0o640)
  chownSync(places.logFile, owner.uid, owner.gid)
  const child = spawn(
    binary,
    [
      ...['--config-file', places.configFile, '--host', `unix://${places.socket}`],
      ...['--data-root', places.dataRoot, '--exec-root', places.execRoot, '--pidfile', places.pidfile],
      ...['--bridge', 'none', '--iptables=false', '--ip6tables=false'],
    ],
    // A group of its own: Ctrl-C in the terminal is for Porthole, which then stops it in order.
    {
      stdio: ['ignore', log, log],
      env: { PATH: path, HOME: process.env['HOME'] ?? '/root' },
      detached: true,
    },
  )
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const stop = async () => {
    await end(child, ended)
    await sweep(places)
    rmSync(run, { recursive: true, force: true })
  }
  try {
    await answering(child, places.socket, signal)
    chownSync(places.socket, owner.uid, owner.gid)
    chmodSync(places.socket, 0o600)
  } catch (error) {
    await stop()
    if (error instanceof HelperError)
      throw new HelperError(error.code, `${error.message}${lastWord(places.logFile)}`, error.more)
    throw error
  }
  return { places, pid: child.pid ?? 0, ended, stop }
}

/** Makes the state folder for its owner. A link on the way would lead root elsewhere: refused. */
function makeFolders(stateDir: string, owner: { uid: number; gid: number }): void {
  let path = ''
  for (const part of stateDir.split('/').slice(1)) {
    path = `${path}/${part}`
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat === undefined) {
      mkdirSync(path, { mode: 0o755 })
      if (path !== stateDir) lchownSync(path, owner.uid, owner.gid)
    } else if (!stat.isDirectory())
      throw new HelperError('sandbox/failed', `${path} is not a folder, or a link to one.`, {
        hint: 'Name a plain folder with XDG_STATE_HOME.',
        detail: { path },
      })
  }
}

async function answering(child: ChildProcess, socket: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + START_MS
  while (Date.now() < deadline) {
    if (signal.aborted) throw new HelperError('rpc/cancelled', 'The start was cancelled.')
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
      throw new HelperError('sandbox/failed', 'The sandbox daemon did not start.')
    if (await pings(socket)) return
    await pause(50)
  }
  throw new HelperError('sandbox/failed', `The sandbox daemon did not answer within ${START_MS / 1000} s.`)
}

function pings(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ask = request({ socketPath: socket, path: '/_ping', timeout: 2_000 }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    ask.on('timeout', () => ask.destroy())
    ask.on('error', () => resolve(false))
    ask.end()
  })
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  child.kill('SIGTERM')
  await Promise.race([ended, pause(STOP_MS)])
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await ended
  }
}

/**
 * Ends every process and mount that an earlier sandbox in the same places left. A process is its
 * own when its command line names our exec-root or pidfile: a pid alone may be someone else's.
 */
async function sweep(places: SandboxPlaces): Promise<void> {
  const marks = [`${places.execRoot}/`, places.pidfile]
  // dockerd in order first, so that it can unmount and end its containers itself.
  const daemon = ownProcesses(marks).find(({ argv }) => argv.includes(places.pidfile))
  if (daemon !== undefined) {
    kill(daemon.pid, 'SIGTERM')
    for (let left = STOP_MS; left > 0 && alive(daemon.pid); left -= 50) await pause(50)
  }
  for (let round = 0; round < 20; round += 1) {
    const rest = ownProcesses(marks)
    if (rest.length === 0) break
    for (const { pid } of rest) kill(pid, 'SIGKILL')
    await pause(50)
  }
  const roots = [`${places.dataRoot}`, join(places.socket, '..')]
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    // Blanks in a path are written as \040 there.
    .map((line) =>
      (line.split(' ')[1] ?? '').replaceAll(/\\(\d{3})/g, (_, octal: string) =>
        String.fromCharCode(parseInt(octal, 8)),
      ),
    )
    .filter((path) => roots.some((root) => path === root || path.startsWith(`${root}/`)))
    .reverse()
  for (const path of mounts) {
    try {
      execFileSync('umount', ['-l', path], { stdio: 'ignore' })
    } catch {
      // Unmounted by another's end meanwhile.
    }
  }
}

function ownProcesses(marks: readonly string[]): { pid: number; argv: string[] }[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return []
    try {
      const text = readFileSync(`/proc/${entry}/cmdline`, 'utf8')
      return marks.some((mark) => text.includes(mark)) ? [{ pid: Number(entry), argv: text.split('\0') }] : []
    } catch {
      return []
    }
  })
}

function alive(pid: number): boolean {
  // A zombie waits for a parent that may never look; it holds nothing any more.
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended by itself.
  }
}

/** dockerd's last error, as part of a sentence. */
function lastWord(logFile: string): string {
  try {
    const lines = readFileSync(logFile, 'utf8').trim().split('\n')
    const last = lines.reverse().find((line) => /level=(fatal|error)|^failed|^unable/.test(line)) ?? lines[0]
    return last === undefined || last === '' ? '' : ` It said: ${last.slice(0, 500)}`
  } catch {
    return ''
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
