import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { until } from './until'

/** `system` is the dockerd on PATH; `next` the one in the folder PORTHOLE_TEST_DOCKERD names. */
export type Generation = 'system' | 'next'

/** Bin folder of the newer generation, or undefined when the machine has none. */
export const nextBin: string | undefined = process.env['PORTHOLE_TEST_DOCKERD'] || undefined

/** Generations that can be started here, for `describe.each`. */
export const generations: Generation[] = nextBin === undefined ? ['system'] : ['system', 'next']

/** The newest of them, for what is the same whatever the engine: each start of one costs seconds. */
export const newest: Generation = nextBin === undefined ? 'system' : 'next'

export interface LabOptions {
  generation?: Generation
  /** Content of daemon.json; `{}` when not given. */
  config?: string
  /** More flags for dockerd. */
  flags?: string[]
  env?: Record<string, string>
}

/** A private dockerd: own socket, data-root, exec-root, pidfile, daemon.json and log. */
export class Lab {
  readonly dir: string
  readonly socket: string
  readonly endpoint: string
  readonly dataRoot: string
  readonly execRoot: string
  readonly pidfile: string
  readonly configFile: string
  readonly logFile: string
  readonly generation: Generation
  readonly #flags: string[]
  readonly #env: Record<string, string>
  #child: ChildProcess | undefined

  private constructor(options: LabOptions) {
    this.generation = options.generation ?? 'system'
    // Short: a unix socket's path has 107 bytes.
    this.dir = mkdtempSync(join(tmpdir(), 'porthole-lab-'))
    this.socket = join(this.dir, 'docker.sock')
    this.endpoint = `unix://${this.socket}`
    this.dataRoot = join(this.dir, 'data')
    this.execRoot = join(this.dir, 'exec')
    this.pidfile = join(this.dir, 'docker.pid')
    this.configFile = join(this.dir, 'daemon.json')
    this.logFile = join(this.dir, 'dockerd.log')
    this.#flags = options.flags ?? []
    this.#env = options.env ?? {}
    mkdirSync(this.dataRoot)
    writeFileSync(this.configFile, options.config ?? '{}\n', { mode: 0o644 })
    appendFileSync(this.logFile, '')
  }

  /** Folders and files of a daemon that somebody else will start, or nobody. */
  static prepare(options: LabOptions = {}): Lab {
    return new Lab(options)
  }

  /** Starts a daemon and waits until its API answers. */
  static async start(options: LabOptions = {}): Promise<Lab> {
    const lab = new Lab(options)
    try {
      await lab.up()
    } catch (error) {
      await lab.stop()
      throw error
    }
    return lab
  }

  get pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined || this.#child?.exitCode !== null) throw new Error('The lab daemon is not running.')
    return pid
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** What dockerd has written so far. */
  log(): string {
    return readFileSync(this.logFile, 'utf8')
  }

  /** PATH a program needs to find this generation's binaries first. */
  get path(): string {
    const base = process.env['PATH'] ?? ''
    return this.generation === 'next' && nextBin !== undefined ? `${nextBin}${delimiter}${base}` : base
  }

  /** Path of its dockerd. */
  get binary(): string {
    const name = this.command[0] ?? ''
    return name.includes('/') ? name : execFileSync('which', [name], { encoding: 'utf8' }).trim()
  }

  /** Command line of its dockerd, program first. */
  get command(): string[] {
    return [
      this.generation === 'next' && nextBin !== undefined ? join(nextBin, 'dockerd') : 'dockerd',
      '--config-file',
      this.configFile,
      '--host',
      this.endpoint,
      '--data-root',
      this.dataRoot,
      '--exec-root',
      this.execRoot,
      '--pidfile',
      this.pidfile,
      '--bridge',
      'none',
      '--iptables=false',
      '--ip6tables=false',
      ...this.#flags,
    ]
  }

  /** Environment of its dockerd. */
  get env(): NodeJS.ProcessEnv {
    return { ...process.env, PATH: this.path, ...this.#env }
  }

  /** Starts dockerd (again) on the same folders. */
  async up(): Promise<void> {
    // After a kill, 20.10's containerd may need longer than dockerd waits for it: a service
    // manager would simply start it again, and so does this.
    for (let attempt = 1; !(await this.#startOnce()); attempt += 1)
      if (attempt === 3) throw new Error(`dockerd ended: ${this.log().slice(-2_000)}`)
  }

  async #startOnce(): Promise<boolean> {
    if (this.running) return true
    const out = openSync(this.logFile, 'a')
    const [program = '', ...args] = this.command
    const child = spawn(program, args, { stdio: ['ignore', out, out], env: this.env })
    closeSync(out)
    this.#child = child
    const answers = await until('dockerd to answer', async () =>
      this.running ? (await this.get('/_ping')).status === 200 : 'ended',
    )
    return answers !== 'ended'
  }

  /** A plain API call, outside any code under test. */
  get(path: string, method = 'GET', body?: unknown): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const req = request(
        {
          socketPath: this.socket,
          path,
          method,
          headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
        },
        (res) => {
          let text = ''
          res.setEncoding('utf8').on('data', (part: string) => (text += part))
          res.on('end', () => resolve({ status: res.statusCode ?? 0, body: text }))
        },
      )
      req.on('error', reject)
      req.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  async info(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.get('/info')).body) as Record<string, unknown>
  }

  /** Runs the docker command line against this daemon. */
  docker(...args: string[]): string {
    return execFileSync('docker', ['-H', this.endpoint, ...args], {
      encoding: 'utf8',
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** A tiny image from the system's static busybox; returns its name. */
  importBusybox(name = 'busybox:lab'): string {
    const root = join(this.dir, 'rootfs')
    mkdirSync(join(root, 'bin'), { recursive: true })
    execFileSync('sh', [
      '-c',
      'cp "$(command -v busybox)" "$1/bin/busybox" && for a in sh echo sleep true cat ls touch; do ln -sf busybox "$1/bin/$a"; done && tar -C "$1" -c . | docker -H "$2" import - "$3" >/dev/null',
      'sh',
      root,
      this.endpoint,
      name,
    ])
    return name
  }

  /**
   * Ends dockerd and waits until it is gone. After SIGKILL its containerd, shims and containers
   * live on, as after a real crash; `up` finds them again.
   */
  async down(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.running) return
    child.kill(signal)
    await until('dockerd to end', () => !this.running, { timeoutMs: 60_000 })
  }

  /** Stops the daemon and removes everything of it: processes, mounts, files. */
  async stop(): Promise<void> {
    await this.down()
    this.#sweep()
    rmSync(this.dir, { recursive: true, force: true })
  }

  /** Ends what a killed dockerd leaves: its containerd, shims, containers, and mounts below the folder. */
  #sweep(): void {
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue
      let cmdline: string
      try {
        cmdline = readFileSync(`/proc/${entry}/cmdline`, 'utf8')
      } catch {
        continue
      }
      if (cmdline.includes(`${this.execRoot}/`)) for (const pid of [...childrenOf(entry), entry]) kill(pid)
    }
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((path) => path.startsWith(`${this.dir}/`))
      .reverse()
    for (const path of mounts) if (existsSync(path)) execFileSync('umount', ['-l', path])
  }
}

/** A shim's containers outlive it: they are no part of its command line. */
function childrenOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  } catch {
    return []
  }
}

function kill(pid: string): void {
  try {
    process.kill(Number(pid), 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}
