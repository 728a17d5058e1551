import { existsSync, readFileSync } from 'node:fs'
import { isAlive, readDaemon, type DaemonProcess } from '../daemon'
import { HelperError } from '../verb'
import { processName } from './ancestry'
import { launch } from './launcher'
import type { ManagedState, Note, ServiceManager } from './manager'
import { recipeOf, saveRecipe, type Recipe } from './recipe'
import { shutdownMs } from './settings'
import { waitFor } from './wait'

/** Supervisors that start again what ends, after a delay of their own. */
const SUPERVISORS = new Set(['runsv', 's6-supervise', 'supervisord', 'supervise', 'supervise-daemo', 'monit'])
/** Milliseconds a known supervisor is waited for, and any other parent. */
const KNOWN_GRACE_MS = 30_000
const UNKNOWN_GRACE_MS = 2_000
/** Milliseconds until a started shell has become dockerd. */
const LAUNCH_MS = 15_000

/** A dockerd that somebody started by hand or by a script, started again exactly as it was. */
export class ProcessManager implements ServiceManager {
  readonly kind = 'process'
  readonly controllable = true
  #daemon: DaemonProcess | undefined

  constructor(
    private readonly recipe: Recipe,
    daemon?: DaemonProcess,
  ) {
    this.#daemon = daemon
  }

  get logFile(): string {
    return this.recipe.stderr
  }

  state(): Promise<ManagedState> {
    const daemon = this.#running()
    return Promise.resolve({
      manager: this.kind,
      activeState: daemon === undefined ? 'inactive' : 'active',
      ...(daemon === undefined ? {} : { pid: daemon.pid }),
    })
  }

  command(): Promise<readonly string[]> {
    return Promise.resolve(this.recipe.argv)
  }

  configFile(): Promise<string> {
    return Promise.resolve(this.recipe.configPath)
  }

  reload(note: Note): Promise<void> {
    const daemon = this.#running()
    if (daemon === undefined)
      return Promise.reject(new HelperError('engine/no-process', 'dockerd does not run.'))
    process.kill(daemon.pid, 'SIGHUP')
    note(`SIGHUP to dockerd (pid ${daemon.pid})`)
    return Promise.resolve()
  }

  async start(note: Note): Promise<void> {
    if (this.#running() !== undefined) return
    await saveRecipe(this.recipe)
    await this.#launched(this.#launch(undefined), LAUNCH_MS, note)
  }

  async stop(note: Note): Promise<void> {
    const daemon = this.#running()
    if (daemon === undefined) return
    await saveRecipe(this.recipe)
    this.#terminate(daemon, note)
    await this.#ended(daemon, 'It is still stopping its containers; nothing was killed.')
    note('dockerd has ended')
    const { parent } = this.recipe
    if (parent === undefined || processName(parent.pid)?.startTicks !== parent.startTicks) return
    // Whether its parent starts it again cannot be asked, only seen.
    const again = await waitFor(() => this.#running(), UNKNOWN_GRACE_MS)
    if (again !== undefined)
      throw new HelperError(
        'engine/not-stopped',
        `${parent.name} (pid ${parent.pid}) started dockerd again.`,
        {
          hint: `Stop it with ${parent.name}.`,
          detail: { parent: parent.name, pid: parent.pid },
        },
      )
  }

  async restart(note: Note): Promise<void> {
    const daemon = this.#running()
    if (daemon === undefined) return this.start(note)
    await saveRecipe(this.recipe)
    // First the one that brings it back, then the signal.
    const launcher = this.#launch(daemon)
    this.#terminate(daemon, note)
    await this.#ended(
      daemon,
      `It is started again as soon as it has ended (pid ${launcher.pid} waits for that).`,
    )
    await this.#launched(launcher, LAUNCH_MS + this.#supervisor().graceMs, note)
  }

  #terminate(daemon: DaemonProcess, note: Note): void {
    if (isAlive(daemon)) process.kill(daemon.pid, 'SIGTERM')
    note(`SIGTERM to dockerd (pid ${daemon.pid})`)
  }

  async #ended(daemon: DaemonProcess, hint: string): Promise<void> {
    const ms = shutdownMs(this.recipe.argv, this.recipe.cwd)
    if ((await waitFor(() => !isAlive(daemon), ms)) === undefined)
      throw new HelperError(
        'engine/not-stopped',
        `dockerd (pid ${daemon.pid}) has not ended within ${ms / 1_000} s.`,
        {
          hint,
          detail: { pid: daemon.pid, seconds: ms / 1_000 },
        },
      )
  }

  #launch(after: DaemonProcess | undefined): ReturnType<typeof launch> {
    const { exe, argv, cwd, env, stdout, stderr, pidfile, maxFiles } = this.recipe
    return launch({
      command: [exe, ...argv.slice(1)],
      cwd,
      env,
      stdout,
      stderr,
      ...(after === undefined ? {} : { after }),
      ...(pidfile === undefined ? {} : { pidfile }),
      ...(maxFiles === undefined ? {} : { maxFiles }),
      supervisor: this.#supervisor(),
    })
  }

  /** Only a parent that is still there can start the daemon by itself. */
  #supervisor(): { pid: number; graceMs: number } {
    const { parent } = this.recipe
    if (parent === undefined || processName(parent.pid)?.startTicks !== parent.startTicks)
      return { pid: 0, graceMs: 0 }
    return { pid: parent.pid, graceMs: SUPERVISORS.has(parent.name) ? KNOWN_GRACE_MS : UNKNOWN_GRACE_MS }
  }

  /** The launcher has become dockerd, or has left it to another that is there already. */
  async #launched(launcher: ReturnType<typeof launch>, ms: number, note: Note): Promise<void> {
    const daemon = await waitFor(() => {
      const itself = readDaemon(launcher.pid)
      if (itself !== undefined) return itself
      if (processName(launcher.pid) !== undefined || launcher.exitCode === null) return undefined
      // It ends well only to leave it to another, which may not have written its pidfile yet.
      return this.#holder() ?? (launcher.exitCode === 0 ? undefined : 'ended')
    }, ms)
    if (daemon === undefined || daemon === 'ended')
      throw new HelperError('engine/not-started', `${this.recipe.exe} could not be started.`, {
        hint: `What it said is in ${this.recipe.stderr}.`,
        detail: { path: this.recipe.exe, log: this.recipe.stderr },
      })
    this.#daemon = daemon
    note(
      daemon.pid === launcher.pid
        ? `started ${this.recipe.exe} (pid ${daemon.pid})`
        : `dockerd was started again by its own supervisor (pid ${daemon.pid})`,
    )
  }

  #running(): DaemonProcess | undefined {
    const known = this.#daemon
    if (known !== undefined && isAlive(known)) return known
    return (this.#daemon = this.#holder())
  }

  /** The dockerd whose pid the pidfile holds, started with the same arguments. */
  #holder(): DaemonProcess | undefined {
    const { pidfile, argv } = this.recipe
    if (pidfile === undefined || !existsSync(pidfile)) return undefined
    const pid = Number(readFileSync(pidfile, 'utf8').trim())
    const daemon = readDaemon(pid)
    return daemon !== undefined && daemon.argv.slice(1).join('\0') === argv.slice(1).join('\0')
      ? daemon
      : undefined
  }
}

/** The manager of a running plain process; undefined when it could not be started again as it is. */
export function processManager(
  configPath: string,
  daemon: DaemonProcess,
  socketPath?: string,
): ProcessManager | undefined {
  const recipe = recipeOf(daemon, configPath, socketPath)
  return recipe === undefined ? undefined : new ProcessManager(recipe, daemon)
}
