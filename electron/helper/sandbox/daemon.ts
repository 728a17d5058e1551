import { spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchownSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { HelperError } from '../verb'
import type { Owner, StateFolder } from './folder'
import { lastWord } from './last-word'
import { removeLeftovers, STOP_MS } from './leftovers'
import type { SandboxPlaces } from './places'
import { programOn } from './programs'
import { untilNoSuccessor } from './successor'
import type { TriedConfig } from './tried'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants

/** A start that takes longer has failed, in milliseconds: a cold disk and containerd need some. */
const START_MS = 60_000

/**
 * What a sandbox begins with that is there to be explored. Its containers end within moments; on a busy
 * machine dockerd needs far longer to see that, and would leave behind those it has not seen to by then.
 */
const CONFIG = { labels: ['porthole=sandbox'], 'max-concurrent-downloads': 3, 'shutdown-timeout': 60 }

export interface DaemonPlan {
  /** Where images and log are kept. Locked here, and closed when the daemon has ended. */
  folder: StateFolder
  places: SandboxPlaces
  /** Who may use the socket and read the log. */
  owner: Owner
  /** Process id of the Porthole it is for, told to another that wants the same sandbox. */
  holder: number
  /** dockerd, or what runs it, with arguments that come before dockerd's flags. */
  command: readonly [program: string, ...args: string[]]
  env: NodeJS.ProcessEnv
  /** Whether dockerd reaches the folder through a mount in its run folder. */
  mounted: boolean
  /** daemon.json to try. Such a sandbox begins empty, and keeps neither images nor log. */
  tried?: TriedConfig
  /** Program that removes what dockerd wrote, where that belongs to ids this process does not reach. */
  remover?: readonly string[]
  /** Stops the start. */
  signal: AbortSignal
}

/** A private dockerd that answers. */
export interface SandboxDaemon {
  places: SandboxPlaces
  /** Resolves when dockerd has ended, whoever ended it, and was not started again. */
  ended: Promise<void>
  /** Stops it and removes what it does not keep. Stopping twice is stopping once. */
  stop(): Promise<void>
}

/**
 * Starts dockerd after removing what an earlier one left when it was not stopped. Its network is
 * closed and the firewall untouched. Throws `sandbox/unavailable` when another Porthole has this
 * sandbox open, `sandbox/refused` with dockerd's last word as `said` when it ends with what is tried,
 * `sandbox/failed` with it otherwise.
 */
export async function startDaemon(plan: DaemonPlan): Promise<SandboxDaemon> {
  const { folder, places, owner, tried, remover, signal } = plan
  if (!folder.lock()) {
    folder.close()
    throw inUse(places)
  }
  let child: ChildProcess | undefined
  let exited: Promise<void> = Promise.resolve()
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      try {
        if (child !== undefined) await end(child, exited)
        await removeLeftovers(places)
        if (tried !== undefined) await folder.discard(owner, remover)
      } finally {
        folder.close()
      }
    })()
    return stopped
  }
  try {
    await removeLeftovers(places)
    if (tried !== undefined) await folder.empty(remover)
    prepare(plan)
    child = launch(plan)
    const running = child
    exited = new Promise((resolve) => {
      running.once('exit', () => resolve())
      running.once('error', () => resolve())
    })
    await answering(running, places.socket, signal)
    chownSync(places.socket, owner.uid, owner.gid)
    chmodSync(places.socket, 0o600)
  } catch (error) {
    const said = child === undefined ? undefined : lastWord(places.logFile)
    await stop()
    throw withLastWord(error, said, tried !== undefined)
  }
  const ended = exited.then(() => untilNoSuccessor(places, () => stopped !== undefined))
  return { places, ended, stop }
}

/** Why it did not start, with what dockerd said; the fault of what is tried where dockerd ended by itself. */
function withLastWord(error: unknown, said: string | undefined, tried: boolean): unknown {
  if (!(error instanceof HelperError) || error.code !== 'sandbox/failed' || said === undefined) return error
  const message = `${error.message} It said: ${said}`
  return tried && error instanceof EndedAtStart
    ? new HelperError('sandbox/refused', message, { detail: { said } })
    : new HelperError(error.code, message, error.more)
}

class EndedAtStart extends HelperError {
  constructor() {
    super('sandbox/failed', 'The sandbox daemon did not start.')
  }
}

function holderFile(places: SandboxPlaces): string {
  return join(places.run, 'porthole.pid')
}

function inUse(places: SandboxPlaces): HelperError {
  let pid: string | undefined
  try {
    pid = /^\d+/.exec(readFileSync(holderFile(places), 'utf8'))?.[0]
  } catch {
    // It is just opening or closing it.
  }
  return new HelperError(
    'sandbox/unavailable',
    `Another Porthole${pid === undefined ? '' : ` (process ${pid})`} has this sandbox open.`,
    { hint: `Look into the same one with --endpoint unix://${places.socket}, or close the other first.` },
  )
}

/** Makes the run folder, daemon.json and an empty log. */
function prepare({ folder, places, owner, holder, mounted, tried }: DaemonPlan): void {
  mkdirSync(places.run, { mode: 0o711 })
  writeFileSync(holderFile(places), `${holder}\n`, { flag: 'wx' })
  if (tried === undefined)
    writeFileSync(places.configFile, `${JSON.stringify(CONFIG, null, 2)}\n`, { mode: 0o644, flag: 'wx' })
  else {
    // It is somebody's own, and may hold a password of a proxy.
    writeFileSync(places.configFile, tried.text, { mode: 0o600, flag: 'wx' })
    chownSync(places.configFile, owner.uid, owner.gid)
  }
  if (mounted) folder.mountAt(join(places.dataRoot, '..'))
  mkdirSync(places.dataRoot, { recursive: true, mode: 0o710 })
  rmSync(places.logFile, { force: true })
  const log = openSync(places.logFile, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o640)
  fchownSync(log, owner.uid, owner.gid)
  closeSync(log)
}

function launch({ places, command, env, tried }: DaemonPlan): ChildProcess {
  // A Porthole that is killed takes its daemon along, which still stops its containers in order.
  const setpriv = programOn('setpriv', env['PATH'])
  const [program, ...args] = [
    ...(setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'TERM', '--']),
    ...command,
    ...['--config-file', places.configFile, '--host', `unix://${places.socket}`],
    ...['--data-root', places.dataRoot, '--exec-root', places.execRoot, '--pidfile', places.pidfile],
    ...['--bridge', 'none', '--iptables=false', '--ip6tables=false'],
    ...(tried?.flags ?? []),
  ]
  const log = openSync(places.logFile, O_WRONLY | O_APPEND | O_NOFOLLOW)
  try {
    // A group of its own: Ctrl-C in the terminal is for Porthole, which then stops it in order.
    return spawn(program ?? '', args, { stdio: ['ignore', log, log], env, cwd: '/', detached: true })
  } finally {
    closeSync(log)
  }
}

async function answering(child: ChildProcess, socket: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + START_MS
  while (Date.now() < deadline) {
    if (signal.aborted) throw new HelperError('rpc/cancelled', 'The start was cancelled.')
    if (!runs(child)) throw new EndedAtStart()
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

function runs(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

/** In order; a daemon that takes too long is killed, and what it leaves is removed afterwards. */
async function end(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (!runs(child)) return
  child.kill('SIGTERM')
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await exited
  clearTimeout(impatience)
}
