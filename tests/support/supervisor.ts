import { spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machine } from '../../electron/helper/manager'
import type { Lab } from './lab'
import { until } from './until'

/** As the stock unit has it: three starts within a minute, and then no more. */
const START_LIMIT = 3
const START_LIMIT_MS = 60_000

export interface SupervisorOptions {
  /** Milliseconds between an end and the next start (`RestartSec=`). */
  restartMs?: number
  /** Starts within a minute before it gives up (`StartLimitBurst=`); 3 when not given. */
  startLimit?: number
  /** With a docker.socket beside the service. */
  socketUnit?: boolean
}

interface Answer {
  code: number
  stdout?: string
  stderr?: string
}

/**
 * A stand-in for systemd, which does not run on machines like those tests run on. It keeps one
 * real dockerd as the stock docker.service says (Restart=on-failure, start limit, a start is done
 * when the API answers) and is asked by a `systemctl` of its own, which knows show, start, stop,
 * restart, reload, reset-failed and daemon-reload, with systemd's words and exit codes; of drop-ins it
 * takes the `Environment=` lines. Real systemd differs at
 * least in this: it is told by sd_notify when dockerd is ready, it listens on docker.socket itself,
 * and it kills what does not stop in time.
 */
export class Supervisor {
  readonly unit = 'docker.service'
  readonly systemctl: string
  readonly journalctl: string
  readonly unitFolder: string
  /** What systemctl was asked, one call a line. */
  readonly calls: string[] = []
  activeState = 'inactive'
  subState = 'dead'
  result = 'success'
  restarts = 0
  socketActive: boolean
  readonly #dir = mkdtempSync(join(tmpdir(), 'porthole-unit-'))
  readonly #restartMs: number
  readonly #server: Server
  readonly #before = { ...machine }
  /** Drop-ins of the unit as they were at the last daemon-reload, and the variables they set. */
  #dropIns: string[] = []
  #variables: Record<string, string> = {}
  #child: ChildProcess | undefined
  #starts: number[] = []
  /** Where the log was when each start began. */
  #marks: { at: number; offset: number }[] = []
  #again: NodeJS.Timeout | undefined

  private constructor(
    private readonly lab: Lab,
    private readonly options: SupervisorOptions,
  ) {
    this.#restartMs = options.restartMs ?? 300
    this.socketActive = options.socketUnit === true
    this.systemctl = join(this.#dir, 'systemctl')
    this.journalctl = join(this.#dir, 'journalctl')
    this.unitFolder = join(this.#dir, 'system')
    mkdirSync(this.unitFolder, { mode: 0o755 })
    writeFileSync(join(this.#dir, this.unit), `[Service]\nExecStart=${lab.command.join(' ')}\n`)
    this.#server = createServer((socket) => {
      let text = ''
      socket.on('error', () => undefined)
      socket.setEncoding('utf8').on('data', (part: string) => {
        text += part
        if (!text.endsWith('\n')) return
        const [program, ...args] = text.trim().split('\t')
        const asked = program === 'systemctl' ? this.#systemctl(args) : this.#journalctl(args)
        void asked.then(({ code, stdout = '', stderr = '' }) => socket.end(`${code}\n${stdout}${stderr}`))
      })
    })
  }

  /** Ready to be asked; the daemon is not started yet. */
  static async over(lab: Lab, options: SupervisorOptions = {}): Promise<Supervisor> {
    const supervisor = new Supervisor(lab, options)
    const server = supervisor.#server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    for (const program of ['systemctl', 'journalctl'] as const) {
      writeFileSync(supervisor[program], client(program, port))
      chmodSync(supervisor[program], 0o755)
    }
    return supervisor
  }

  /** This process takes it for systemd from now on, until `end`. */
  install(): this {
    Object.assign(machine, this.machine)
    return this
  }

  /** What a program of its own has to put into `machine` to take it for systemd. */
  get machine(): Partial<typeof machine> {
    const { systemctl, journalctl, unitFolder } = this
    return { systemctl, journalctl, unitFolder, hasSystemd: () => true }
  }

  get pid(): number | undefined {
    const child = this.#child
    return child !== undefined && child.exitCode === null && child.signalCode === null ? child.pid : undefined
  }

  /** As at boot: starts the daemon and waits until it serves. */
  async boot(): Promise<this> {
    const { code, stderr } = await this.#start()
    if (code !== 0) throw new Error(`${stderr ?? ''} ${this.lab.log().slice(-2_000)}`)
    return this
  }

  /** Stops the daemon and everything of the stand-in. The lab is the caller's to remove. */
  async end(): Promise<void> {
    Object.assign(machine, this.#before)
    await this.#stop()
    await new Promise((resolve) => this.#server.close(resolve))
    rmSync(this.#dir, { recursive: true, force: true })
  }

  async #systemctl(args: string[]): Promise<Answer> {
    const words = args.filter((arg) => !arg.startsWith('--'))
    const [verb = '', ...units] = words
    this.calls.push(words.join(' '))
    const unknown = units.find(
      (unit) => unit !== this.unit && !(this.options.socketUnit && unit === 'docker.socket'),
    )
    if (verb === 'show') return { code: 0, stdout: unknown === undefined ? this.#show(args) : NOT_FOUND }
    if (args.includes('--user') || unknown !== undefined)
      return { code: 5, stderr: `Failed to ${verb} ${unknown ?? ''}: Unit ${unknown ?? ''} not found.` }
    const withSocket = units.includes('docker.socket')
    switch (verb) {
      case 'start':
        if (withSocket) this.socketActive = true
        return units.includes(this.unit) ? this.#start() : { code: 0 }
      case 'stop':
        if (withSocket) this.socketActive = false
        await this.#stop()
        return { code: 0 }
      case 'restart':
        await this.#stop()
        return this.#start()
      case 'reload':
        if (this.pid === undefined) return { code: 1, stderr: `${this.unit} is not active, cannot reload.` }
        process.kill(this.pid, 'SIGHUP')
        return { code: 0 }
      case 'daemon-reload':
        this.#readDropIns()
        return { code: 0 }
      case 'reset-failed':
        this.#starts = []
        this.restarts = 0
        if (this.activeState === 'failed') this.#set('inactive', 'dead', 'success')
        return { code: 0 }
      default:
        return { code: 1, stderr: `Unknown command verb ${verb}.` }
    }
  }

  #show(args: string[]): string {
    const wanted = args
      .find((arg) => arg.startsWith('--property='))
      ?.slice('--property='.length)
      .split(',')
    const command = this.lab.command
    const all: Record<string, string> = {
      LoadState: 'loaded',
      ActiveState: this.activeState,
      SubState: this.subState,
      Result: this.result,
      NRestarts: String(this.restarts),
      MainPID: String(this.pid ?? 0),
      ExecStart: `{ path=${command[0] ?? ''} ; argv[]=${command.join(' ')} ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=${this.pid ?? 0} ; code=(null) ; status=0/0 }`,
      FragmentPath: join(this.#dir, this.unit),
      DropInPaths: this.#dropIns.join(' '),
      TriggeredBy: this.options.socketUnit === true ? 'docker.socket' : '',
    }
    return Object.entries(all)
      .filter(([key]) => wanted?.includes(key) ?? true)
      .map(([key, value]) => `${key}=${value}\n`)
      .join('')
  }

  #readDropIns(): void {
    const folder = join(this.unitFolder, `${this.unit}.d`)
    const names = existsSync(folder) ? readdirSync(folder).sort() : []
    this.#dropIns = names.filter((name) => name.endsWith('.conf')).map((name) => join(folder, name))
    const lines = this.#dropIns.flatMap((path) => readFileSync(path, 'utf8').split('\n'))
    this.#variables = Object.fromEntries(
      lines.flatMap((line) => {
        const [, name, value] = /^Environment=(\w+)=(.*)$/.exec(line) ?? []
        return name === undefined || value === undefined ? [] : [[name, value]]
      }),
    )
  }

  /** `--unit=docker.service --since=@SECONDS --output=cat`: the file dockerd writes to, from that start on. */
  #journalctl(args: string[]): Promise<Answer> {
    const since = Number(args.find((arg) => arg.startsWith('--since=@'))?.slice('--since=@'.length) ?? 0)
    if (!args.includes(`--unit=${this.unit}`)) return Promise.resolve({ code: 0, stdout: '' })
    const mark = this.#marks.find(({ at }) => at >= since * 1_000)
    const log = readFileSync(this.lab.logFile)
    const from = since === 0 ? 0 : (mark?.offset ?? log.length)
    return Promise.resolve({ code: 0, stdout: log.subarray(from).toString('utf8') })
  }

  async #start(): Promise<Answer> {
    if (this.activeState === 'active') return { code: 0 }
    this.restarts = 0
    clearTimeout(this.#again)
    if (!this.#run())
      return {
        code: 1,
        stderr: `Job for ${this.unit} failed because start of the service was attempted too often.`,
      }
    const child = this.#child
    const ready = await until('dockerd to be ready or gone', () =>
      child !== this.#child || this.activeState !== 'activating' || this.subState === 'auto-restart'
        ? this.activeState
        : false,
    )
    if (ready === 'active') return { code: 0 }
    return {
      code: 1,
      stderr: `Job for ${this.unit} failed because the control process exited with error code.\nSee "systemctl status ${this.unit}" and "journalctl -xeu ${this.unit}" for details.`,
    }
  }

  /** One start; false when there were too many. */
  #run(): boolean {
    const now = Date.now()
    this.#starts = this.#starts.filter((at) => now - at < START_LIMIT_MS)
    if (this.#starts.length >= (this.options.startLimit ?? START_LIMIT)) {
      this.#set('failed', 'failed', 'start-limit-hit')
      return false
    }
    this.#starts.push(now)
    this.#marks.push({ at: now, offset: existsSync(this.lab.logFile) ? statSync(this.lab.logFile).size : 0 })
    this.#set('activating', 'start', 'success')
    const out = openSync(this.lab.logFile, 'a')
    const [program = '', ...args] = this.lab.command
    const env = { ...this.lab.env, ...this.#variables }
    const child = spawn(program, args, { stdio: ['ignore', out, out], env, detached: true })
    closeSync(out)
    this.#child = child
    child.once('exit', (code, signal) => this.#exited(child, code, signal))
    void this.#ready(child)
    return true
  }

  async #ready(child: ChildProcess): Promise<void> {
    while (child === this.#child && child.exitCode === null && this.subState === 'start') {
      const status = await this.lab.get('/_ping').then(
        (answer) => answer.status,
        () => 0,
      )
      if (status === 200 && child === this.#child && this.subState === 'start')
        this.#set('active', 'running', 'success')
      else await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  #exited(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (child !== this.#child || this.subState === 'stop-sigterm') return
    const clean = code === 0 || ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE'].includes(signal ?? '')
    if (clean) return this.#set('inactive', 'dead', 'success')
    this.#set('activating', 'auto-restart', signal === null ? 'exit-code' : 'signal')
    this.#again = setTimeout(() => {
      this.restarts += 1
      this.#run()
    }, this.#restartMs)
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#again)
    const { pid } = this
    if (pid !== undefined) {
      this.#set('deactivating', 'stop-sigterm', 'success')
      process.kill(pid, 'SIGTERM')
      await until('dockerd to end', () => this.pid === undefined)
    }
    if (this.activeState !== 'failed') this.#set('inactive', 'dead', 'success')
  }

  #set(activeState: string, subState: string, result: string): void {
    Object.assign(this, { activeState, subState, result })
  }
}

/** What `systemctl show` says of a unit that is not there: it exits 0. */
const NOT_FOUND = 'LoadState=not-found\nActiveState=inactive\nSubState=dead\nMainPID=0\n'

/**
 * A program that passes its arguments on to the stand-in and says what it is told. It is asked many
 * times a second, so it is one of bash, which opens the connection itself.
 */
function client(program: string, port: number): string {
  return `#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/${port} || exit 1
printf '%s\\t' ${program} "$@" >&3
echo >&3
read -r code <&3
if [ "$code" = 0 ]; then cat <&3; else cat <&3 >&2; fi
exit "$code"
`
}
