import { resolve } from 'node:path'
import { configFileFlag } from '../daemon'
import { HelperError } from '../verb'
import { isWithin, processName } from './ancestry'
import type { ManagedState, ManagerKind, Note, ServiceManager } from './manager'
import { showUnit, systemctl, type Answer, type UnitState } from './systemctl'
import { dockerdBelow } from './dockerd-below'
import { DEFAULT_FILE, rootlessFile, SNAP_FILE } from './usual-files'

/** Milliseconds a job of systemd is waited for; dockerd may first wait for its containers. */
const JOB_MS = 180_000

/** A dockerd that systemd runs, by the system's manager or a user's (rootless). */
export class SystemdManager implements ServiceManager {
  readonly #user: boolean
  readonly #command: readonly string[]

  /** `command` as its unit has it; empty where it could not be asked. */
  constructor(
    readonly kind: Extract<ManagerKind, 'systemd' | 'systemd-user' | 'snap'>,
    readonly unit: string,
    command: readonly string[],
    /** Why this process may not use it; found out by whoever finds the manager. */
    private readonly refusal?: HelperError,
  ) {
    this.#user = kind === 'systemd-user'
    this.#command = command
  }

  get controllable(): boolean {
    return this.refusal === undefined
  }

  async state(): Promise<ManagedState> {
    const shown = await showUnit(this.unit, this.#user)
    if (shown === undefined) return { manager: this.kind, unit: this.unit }
    const pid = shown.mainPid === undefined ? undefined : dockerdBelow(shown.mainPid)
    return {
      manager: this.kind,
      unit: this.unit,
      activeState: shown.activeState,
      subState: shown.subState,
      result: shown.result,
      restarts: shown.restarts,
      ...(shown.sockets[0] === undefined ? {} : { socketUnit: shown.sockets[0] }),
      ...(pid === undefined ? {} : { pid }),
    }
  }

  command(): Promise<readonly string[] | undefined> {
    return Promise.resolve(this.#command.length === 0 ? undefined : this.#command)
  }

  configFile(): Promise<string> {
    const flag = configFileFlag(this.#command)
    return Promise.resolve(flag === undefined ? usualFile(this.kind) : resolve('/', flag))
  }

  async start(note: Note): Promise<void> {
    const shown = await this.#shown()
    if (shown.activeState === 'active') return
    await this.#forgiven(note)
    // The socket first: systemd refuses to open it once its service runs.
    await this.#done('engine/not-started', ['start'], [...shown.sockets, this.unit], note)
  }

  async stop(note: Note): Promise<void> {
    const shown = await this.#shown()
    await this.#done('engine/not-stopped', ['stop'], [...shown.sockets, this.unit], note)
  }

  async restart(note: Note): Promise<void> {
    await this.#shown()
    await this.#forgiven(note)
    await this.#done('engine/not-started', ['restart'], [this.unit], note)
  }

  async reload(note: Note): Promise<void> {
    if (this.refusal !== undefined) throw this.refusal
    await this.#done('engine/no-process', ['reload'], [this.unit], note)
  }

  /** A unit that failed too often is not started again before it is told to forget that. */
  async #forgiven(note: Note): Promise<void> {
    const { ok } = await this.#run(['reset-failed'], [this.unit])
    if (ok) note(`systemctl reset-failed ${this.unit}`)
  }

  async #shown(): Promise<UnitState> {
    if (this.refusal !== undefined) throw this.refusal
    const shown = await showUnit(this.unit, this.#user)
    if (shown === undefined)
      throw new HelperError('engine/no-manager', `systemd knows no ${this.unit}.`, {
        detail: { unit: this.unit },
      })
    return shown
  }

  #run(words: string[], units: string[], timeoutMs?: number): Promise<Answer> {
    return systemctl(words, units, { user: this.#user, ...(timeoutMs === undefined ? {} : { timeoutMs }) })
  }

  async #done(code: string, words: string[], units: string[], note: Note): Promise<void> {
    const line = `systemctl ${this.#user ? '--user ' : ''}${[...words, ...units].join(' ')}`
    note(line)
    const { ok, stderr } = await this.#run(words, units, JOB_MS)
    if (!ok)
      throw new HelperError(code, `${line} failed: ${stderr.slice(-1_000)}`, {
        hint: `systemctl status ${this.unit}`,
        detail: { unit: this.unit },
      })
  }
}

/** Where the dockerd of such a unit looks when its command line does not say. */
export function usualFile(kind: SystemdManager['kind']): string {
  return { systemd: DEFAULT_FILE, snap: SNAP_FILE, 'systemd-user': rootlessFile() }[kind]
}

/** Whether a unit's main process is the daemon, or the rootless wrapper it runs in. */
export function isUnitOf(shown: UnitState, pid: number): boolean {
  return shown.mainPid !== undefined && processName(pid) !== undefined && isWithin(pid, shown.mainPid)
}
