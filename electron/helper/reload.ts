import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Activated, Activation, Undone } from './activation'
import { alone } from './alone'
import { watchReloads, type ReloadEvent, type ReloadWatch } from './api'
import { bringUp, type DaemonBefore } from './bring-up'
import { runningContainers } from './containers'
import { isAlive, readDaemon, type DaemonProcess } from './daemon'
import { DaemonLog } from './daemon-log'
import { findManager } from './manager'
import { authorizationPlugins, missingPlugins, pluginError } from './plugins'
import { hasLiveRestore } from './restart'
import { StepLog, type ApplyProblem, type OnStep } from './steps'
import { HelperError } from './verb'

/** Milliseconds a reload may take; the engine tries a missing plugin for 15 s before it gives up. */
const RELOAD_MS = 5_000
const RELOAD_WITH_PLUGINS_MS = 20_000

export type ReloadOutcome =
  | { event: ReloadEvent }
  | {
      event?: undefined
      /** What the daemon wrote about it, one error a line. */
      said: string[]
      problem: ApplyProblem
    }

export interface ReloadResult {
  event?: ReloadEvent
  log: string[]
  problems?: ApplyProblem[]
}

/**
 * Has the daemon read its file again, with the same proof as an apply and nothing written. Throws
 * `config/busy` while the file is changed, and what {@link prepareReload} throws.
 */
export function reloadConfig(
  { path, text, ...daemon }: { path: string; pid: number; socketPath: string; text: string },
  onStep: OnStep = () => {},
): Promise<ReloadResult> {
  return alone(path, () => reloadNow(daemon, text, new StepLog(onStep)))
}

async function reloadNow(
  daemon: { pid: number; socketPath: string },
  text: string,
  log: StepLog,
): Promise<ReloadResult> {
  const reload = await prepareReload(daemon, text)
  try {
    const outcome = await reload.run(log)
    return outcome.event === undefined
      ? { log: log.log, problems: [outcome.problem] }
      : { event: outcome.event, log: log.log }
  } finally {
    reload.close()
  }
}

/** All that a reload needs, made ready before anything is written. */
export class Reload implements Activation {
  constructor(
    readonly daemon: DaemonProcess,
    private readonly watch: ReloadWatch,
    private readonly timeoutMs: number,
    /** How the engine comes back when the new file has ended it, where that is known. */
    private readonly before: DaemonBefore | undefined,
  ) {}

  close(): void {
    this.watch.close()
  }

  async activate(log: StepLog): Promise<Activated> {
    const outcome = await this.run(log)
    return outcome.event === undefined
      ? { problem: outcome.problem, said: outcome.said, evidence: {} }
      : { said: [], evidence: { event: outcome.event } }
  }

  async undo(log: StepLog): Promise<Undone> {
    const again = await this.signal(log)
    if (again.ended) return this.before === undefined ? {} : bringUp(this.before, log)
    if (again.event !== undefined) log.note('the engine took the previous file again')
    else log.note('the engine did not confirm the previous file yet')
    return {}
  }

  /** Signals and waits for the engine's own `daemon reload` event; says why when there is none. */
  async run(log: StepLog): Promise<ReloadOutcome> {
    const logged = DaemonLog.open(this.daemon)
    try {
      log.step('activate', 'running')
      const { event, ended } = await this.signal(log, () => {
        log.step('activate', 'done')
        log.step('verify', 'running')
      })
      if (event !== undefined) {
        log.step('verify', 'done')
        log.note('the engine sent its reload event')
        return { event }
      }
      const said = logged?.errors() ?? []
      for (const line of said) log.note(`the engine said: ${line}`)
      log.note(
        ended
          ? `dockerd (pid ${this.daemon.pid}) ended`
          : `no reload event within ${this.timeoutMs / 1_000} s`,
      )
      log.step('verify', 'failed', said.at(-1))
      return { said, problem: this.explain(ended, said) }
    } finally {
      logged?.close()
    }
  }

  /** SIGHUP, then the next reload event. */
  async signal(log: StepLog, sent: () => void = () => {}): Promise<{ event?: ReloadEvent; ended: boolean }> {
    this.watch.clear()
    if (!isAlive(this.daemon)) return { ended: true }
    log.note(await sendHangup(this.daemon))
    sent()
    const next = await this.watch.next(this.timeoutMs, () => isAlive(this.daemon))
    return typeof next === 'string' ? { ended: next === 'ended' } : { event: next, ended: false }
  }

  private explain(ended: boolean, said: string[]): ApplyProblem {
    if (ended)
      return {
        severity: 'error',
        code: 'apply/daemon-ended',
        message: 'dockerd ended while it read the new file.',
        hint: 'Look into its log and start it again.',
        source: 'apply',
      }
    const last = said.at(-1)
    const seconds = this.timeoutMs / 1_000
    if (last === undefined)
      return {
        severity: 'error',
        code: 'apply/no-proof',
        message: `The engine did not confirm the new file within ${seconds} s.`,
        detail: { seconds: String(seconds) },
        source: 'apply',
      }
    return {
      severity: 'error',
      code: 'apply/refused',
      message: `The engine refused the new file: ${last}`,
      detail: { said: last },
      source: 'apply',
    }
  }
}

/**
 * Finds the daemon, opens its events and refuses what would end it. `previous` is the text that
 * would be put back. Throws `engine/no-process`, `engine/unreachable`, `config/invalid`; then nothing
 * was changed.
 */
export async function prepareReload(
  { path, pid, socketPath }: { path?: string; pid?: number | undefined; socketPath?: string | undefined },
  text: string,
  previous = '',
): Promise<Reload> {
  const daemon = pid === undefined ? undefined : readDaemon(pid)
  if (daemon === undefined || socketPath === undefined)
    throw new HelperError('engine/no-process', 'There is no running dockerd on this machine to reload.', {
      hint: 'Save without activating, and start the engine afterwards.',
    })
  const plugins = authorizationPlugins(text)
  let watch: ReloadWatch | undefined
  try {
    watch = await watchReloads(socketPath)
    const missing = await missingPlugins(socketPath, plugins)
    if (missing.length > 0) throw pluginError(missing)
    // /info names those of the start only, whatever a reload has changed since (20.10 and 28).
    const asked = plugins.length > 0 || authorizationPlugins(previous).length > 0
    const before = path === undefined ? undefined : await daemonBefore(path, daemon, socketPath)
    return new Reload(daemon, watch, asked ? RELOAD_WITH_PLUGINS_MS : RELOAD_MS, before)
  } catch (error) {
    watch?.close()
    if (error instanceof HelperError) throw error
    throw new HelperError(
      'engine/unreachable',
      `The engine does not answer, so a reload could not be proved: ${error instanceof Error ? error.message : String(error)}.`,
      { hint: 'Nothing was changed. Wait for the engine, or save without activating.' },
    )
  }
}

/** A reload can end dockerd after all; then somebody must know how it was started. */
async function daemonBefore(
  path: string,
  { pid }: DaemonProcess,
  socketPath: string,
): Promise<DaemonBefore | undefined> {
  const manager = await findManager({ path, pid, socketPath }).catch(() => undefined)
  if (manager === undefined || !manager.controllable) return undefined
  const [containers, liveRestore] = await Promise.all([
    runningContainers(socketPath),
    hasLiveRestore(socketPath),
  ])
  return { manager, socketPath, containers, liveRestore }
}

/** By the service manager where one runs it, else straight to the process. */
async function sendHangup(daemon: DaemonProcess): Promise<string> {
  const { unit, pid } = daemon
  if (unit !== undefined && existsSync('/run/systemd/system') && process.geteuid?.() === 0 && !unit.user) {
    const done = await new Promise<boolean>((resolve) => {
      execFile('systemctl', ['reload', '--', unit.name], { timeout: 10_000 }, (error) =>
        resolve(error === null),
      )
    })
    if (done) return `systemctl reload ${unit.name}`
  }
  if (isAlive(daemon)) process.kill(pid, 'SIGHUP')
  return `SIGHUP to dockerd (pid ${pid})`
}
