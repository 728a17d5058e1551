import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { dirname, join } from 'node:path'
import { keptFlags, scratchText } from './trial/copy'
import { removePlace, sweepPlaces, TRIALS } from './trial/place'
import { SYSTEM_PATH } from './validate'

export interface TrialRequest {
  /** Absolute path of dockerd: the binary that will read the file. */
  binary: string
  /** Command line of the running daemon, program first; empty when there is none. */
  argv: readonly string[]
  text: string
  /** Path to write in messages instead of the scratch one. */
  path: string
  /** Milliseconds the scratch daemon has; 20 s when not given. */
  limitMs?: number
  signal?: AbortSignal
}

export interface TrialResult {
  /** `timeout` when it neither started nor ended; `unknown` when it could not be tried, or was cancelled. */
  verdict: 'started' | 'refused' | 'timeout' | 'unknown'
  /** From the start of the scratch daemon to its verdict. */
  durationMs: number
  /** Top-level keys that were not tried. */
  leftOut: string[]
  /** Lines of the scratch daemon worth reading. */
  log: string[]
  /** Its last word when it was refused, or why it was not tried. */
  message: string
}

const LIMIT_MS = 20_000
/** Milliseconds between two looks whether it answers. */
const LOOK_MS = 25
/** Most lines of its log that are kept. */
const MOST_LINES = 50

/**
 * Starts a scratch dockerd with a copy of the file and ends it as soon as it answers. It has mounts,
 * processes and a network of its own, so that whatever it makes goes with it, at the latest when
 * this process dies. Needs root. Changes nothing of the running daemon.
 */
export async function tryConfig(asked: TrialRequest): Promise<TrialResult> {
  const { text, leftOut } = scratchText(asked.text, asked.argv.length > 0)
  if (text === undefined) return untried('The text is not a JSON object.', leftOut)
  await mkdir(TRIALS, { recursive: true, mode: 0o711 })
  await sweepPlaces()
  const place = await mkdtemp(join(TRIALS, `${process.pid}-`))
  try {
    // A daemon with userns-remap gives up root inside, and must still get in.
    await chmod(place, 0o711)
    const file = join(place, 'daemon.json')
    await writeFile(file, text, { mode: 0o600 })
    const began = performance.now()
    const daemon = start(asked, place, file)
    const verdict = await verdictOf(daemon, join(place, 'docker.sock'), asked)
    const durationMs = Math.round(performance.now() - began)
    await daemon.end()
    const lines = daemon.said().replaceAll(file, asked.path).replaceAll(place, '').split('\n').filter(Boolean)
    return { verdict, durationMs, leftOut, log: worthReading(lines), message: lastWord(lines) }
  } finally {
    await removePlace(place)
  }
}

function untried(message: string, leftOut: string[]): TrialResult {
  return { verdict: 'unknown', durationMs: 0, leftOut, log: [], message }
}

interface Scratch {
  ended(): boolean
  whenEnded: Promise<void>
  said(): string
  end(): Promise<void>
}

function start({ binary, argv }: TrialRequest, place: string, file: string): Scratch {
  const own = [
    ...['--config-file', file, '--host', `unix://${join(place, 'docker.sock')}`],
    ...['--data-root', join(place, 'data'), '--exec-root', join(place, 'exec')],
    ...['--pidfile', join(place, 'docker.pid'), '--bridge', 'none', '--iptables=false', '--ip6tables=false'],
  ]
  // Dies with this process; and as the first process of its own, takes containerd along.
  const wrap = [
    ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--net', '--pid', '--fork', '--kill-child'],
    ...['--mount-proc', '--propagation', 'private'],
  ]
  const child: ChildProcess = spawn('setpriv', [...wrap, binary, ...own, ...keptFlags(argv)], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: `${dirname(binary)}:${SYSTEM_PATH}`, HOME: '/root', LC_ALL: 'C' },
  })
  let said = ''
  const keep = (part: Buffer): void => {
    said = (said + part.toString('utf8')).slice(-64 * 1024)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  let ended = false
  const whenEnded = new Promise<void>((resolve) => {
    const done = (): void => {
      ended = true
      resolve()
    }
    child.on('error', (error) => {
      said += error.message
      done()
    })
    child.on('close', done)
  })
  return {
    ended: () => ended,
    whenEnded,
    said: () => said,
    end: async () => {
      if (!ended) child.kill('SIGKILL')
      await whenEnded
    },
  }
}

async function verdictOf(
  daemon: Scratch,
  socket: string,
  { limitMs = LIMIT_MS, signal }: TrialRequest,
): Promise<TrialResult['verdict']> {
  const deadline = Date.now() + limitMs
  for (;;) {
    if (daemon.ended()) return 'refused'
    if (signal?.aborted === true) return 'unknown'
    const left = deadline - Date.now()
    if (left <= 0) return 'timeout'
    if (await answers(socket, Math.min(left, 1_000))) return 'started'
    await Promise.race([daemon.whenEnded, new Promise((resolve) => setTimeout(resolve, LOOK_MS))])
  }
}

/** Whether the API answers; with an authorization plugin also when it says no. */
function answers(socketPath: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const req = request({ socketPath, path: '/_ping', timeout: timeoutMs }, (res) => {
      res.resume()
      resolve(true)
    })
    req.on('timeout', () => req.destroy())
    req.on('error', () => resolve(false))
    req.end()
  })
}

/** The sentence dockerd ends with has no level; what its containerd still writes may come after it. */
function lastWord(lines: readonly string[]): string {
  return lines.findLast((line) => !/level=|"level":/.test(line)) ?? lines.at(-1) ?? ''
}

/** Warnings, errors, and what is no log line at all: the daemon's last words. */
function worthReading(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !/level=(info|debug|trace)|"level":"(info|debug|trace)"/.test(line))
    .slice(-MOST_LINES)
}
