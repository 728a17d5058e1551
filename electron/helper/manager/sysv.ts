import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { configFileFlag, isAlive, readDaemon, type DaemonProcess } from '../daemon'
import { SYSTEM_PATH } from '../validate'
import { HelperError } from '../verb'
import { processName } from './ancestry'
import { filledIn, readAssignments } from './assignments'
import { launch } from './launcher'
import { machine } from './machine'
import type { ManagedState, Note, ServiceManager } from './manager'
import { shutdownMs } from './settings'
import { DEFAULT_FILE } from './usual-files'
import { waitFor } from './wait'

/** Milliseconds the script may take, and its daemon until it is there. */
const SCRIPT_MS = 30_000

/**
 * A dockerd of an init script, as Debian and Docker ship one (`/etc/init.d/docker`). The script's
 * own `stop` sends SIGKILL after ten seconds, less than dockerd gives its containers: so dockerd
 * is asked to end first, and the script is called when it has.
 */
export class SysvManager implements ServiceManager {
  readonly kind = 'sysv'
  readonly unit = machine.initScript

  readonly logFile = machine.initLog

  constructor(readonly controllable: boolean) {}

  state(): Promise<ManagedState> {
    const pid = scriptDaemon()?.pid
    return Promise.resolve({
      manager: this.kind,
      unit: this.unit,
      activeState: pid === undefined ? 'inactive' : 'active',
      ...(pid === undefined ? {} : { pid }),
    })
  }

  command(): Promise<string[]> {
    return Promise.resolve(scriptCommand())
  }

  configFile(): Promise<string> {
    const flag = configFileFlag(scriptCommand())
    return Promise.resolve(flag === undefined ? DEFAULT_FILE : resolve('/', flag))
  }

  reload(note: Note): Promise<void> {
    const daemon = scriptDaemon()
    if (daemon === undefined)
      return Promise.reject(new HelperError('engine/no-process', 'dockerd does not run.'))
    process.kill(daemon.pid, 'SIGHUP')
    note(`SIGHUP to dockerd (pid ${daemon.pid})`)
    return Promise.resolve()
  }

  async start(note: Note): Promise<void> {
    this.#require()
    if (scriptDaemon() !== undefined) return
    note(`${this.unit} start`)
    await this.#started(run('start'))
  }

  async stop(note: Note): Promise<void> {
    this.#require()
    const daemon = scriptDaemon()
    if (daemon === undefined) return
    await this.#end(daemon, note, 'It is still stopping its containers; nothing was killed.')
    note(`${this.unit} stop`)
    // It has nothing left to do but to tidy up its own pidfile.
    const script = run('stop')
    await waitFor(() => processName(script.pid) === undefined, SCRIPT_MS)
  }

  async restart(note: Note): Promise<void> {
    this.#require()
    const daemon = scriptDaemon()
    if (daemon === undefined) return this.start(note)
    const script = run('start', daemon)
    await this.#end(daemon, note, `${this.unit} start follows as soon as it has ended.`)
    note(`${this.unit} start`)
    await this.#started(script)
  }

  #require(): void {
    if (!this.controllable)
      throw new HelperError('engine/no-manager', `Only root may run ${this.unit}.`, {
        detail: { unit: this.unit },
      })
  }

  async #end(daemon: DaemonProcess, note: Note, hint: string): Promise<void> {
    if (isAlive(daemon)) process.kill(daemon.pid, 'SIGTERM')
    note(`SIGTERM to dockerd (pid ${daemon.pid})`)
    const ms = shutdownMs(daemon.argv, '/')
    if ((await waitFor(() => !isAlive(daemon), ms)) === undefined)
      throw new HelperError(
        'engine/not-stopped',
        `dockerd (pid ${daemon.pid}) has not ended within ${ms / 1_000} s.`,
        {
          hint,
          detail: { pid: daemon.pid, seconds: ms / 1_000 },
        },
      )
    note('dockerd has ended')
  }

  async #started(script: { pid: number }): Promise<void> {
    await waitFor(() => processName(script.pid) === undefined, SCRIPT_MS)
    if ((await waitFor(scriptDaemon, SCRIPT_MS)) === undefined)
      throw new HelperError('engine/not-started', `${this.unit} start brought no dockerd up.`, {
        hint: `Look into ${machine.initLog}.`,
        detail: { unit: this.unit },
      })
  }
}

/** The dockerd whose pid the script's start-stop-daemon wrote down. */
export function scriptDaemon(): DaemonProcess | undefined {
  try {
    return readDaemon(Number(readFileSync(machine.initPidfile, 'utf8').trim()))
  } catch {
    return undefined
  }
}

/**
 * The command line the script puts together: its own variables at the top, which its file of
 * defaults replaces.
 */
export function scriptCommand(): string[] {
  const values = new Map([...readAssignments(machine.initScript), ...readAssignments(machine.initDefaults)])
  const pidfile = values.get('DOCKER_PIDFILE') ?? '/var/run/docker.pid'
  const words = ['$DOCKERD', '-p', pidfile.replace('$BASE', values.get('BASE') ?? 'docker'), '$DOCKER_OPTS']
  return filledIn(words, new Map([['DOCKERD', 'dockerd'], ...values]))
}

/** Calls the script in a session of its own, after a process has ended when one is given. */
function run(word: 'start' | 'stop', after?: DaemonProcess): { pid: number } {
  return launch({
    command: [machine.initScript, word],
    cwd: '/',
    // What service(8) passes on: nothing of the caller.
    env: { PATH: SYSTEM_PATH, LC_ALL: 'C', TERM: 'dumb' },
    stdout: null,
    stderr: null,
    ...(after === undefined ? {} : { after }),
  })
}
