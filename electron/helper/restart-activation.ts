import type { Activated, Activation, Undone } from './activation'
import { bringUp, type DaemonBefore } from './bring-up'
import { runningContainers } from './containers'
import { readDaemon, type DaemonProcess } from './daemon'
import { findManager } from './manager'
import { flagOf } from './manager/settings'
import { authorizationPlugins, missingPlugins, pluginError } from './plugins'
import { hasLiveRestore, restartAndProve } from './restart'
import type { ApplyProblem, StepLog } from './steps'
import { HelperError } from './verb'

export interface RestartQuestion {
  path: string
  text: string | null
  pid?: number | undefined
  socketPath?: string | undefined
}

/**
 * Finds who restarts the daemon, and what runs on it now. Throws `engine/no-manager`,
 * `engine/unreachable`, `config/invalid` for an authorization plugin that is not there; then
 * nothing was changed.
 */
export async function prepareRestart({ path, text, pid, socketPath }: RestartQuestion): Promise<Activation> {
  if (socketPath === undefined)
    throw new HelperError('engine/no-manager', 'This engine is not one of this machine.', {
      hint: 'Save without activating, and restart it where it runs.',
    })
  const daemon = pid === undefined ? undefined : readDaemon(pid)
  const manager = await findManager({ path, pid: daemon?.pid, socketPath })
  // Whatever cannot be started again says itself why; nothing has been touched.
  if (!manager.controllable) await manager.restart(() => undefined)
  if (daemon === undefined)
    return new Restart({ manager, socketPath, containers: [], liveRestore: false }, false, false)
  const plugins = authorizationPlugins(text ?? '')
  const [missing, containers, liveRestore] = await Promise.all([
    missingPlugins(socketPath, plugins),
    runningContainers(socketPath),
    hasLiveRestore(socketPath),
  ]).catch((error: unknown) => {
    throw new HelperError(
      'engine/unreachable',
      `The engine does not answer, so nobody knows what a restart would stop: ${error instanceof Error ? error.message : String(error)}.`,
      { hint: 'Nothing was changed. Restart the engine by itself, or save without activating.' },
    )
  })
  if (missing.length > 0) throw pluginError(missing)
  const promised = liveRestore && staysLive(text, daemon)
  return new Restart({ manager, socketPath, containers, liveRestore }, true, promised)
}

class Restart implements Activation {
  constructor(
    private readonly before: DaemonBefore,
    private readonly ran: boolean,
    /** live-restore is on before and after: every container outlives the restart. */
    private readonly promised: boolean,
  ) {}

  close(): void {
    // Nothing is held open.
  }

  async activate(log: StepLog): Promise<Activated> {
    const { manager, socketPath, containers } = this.before
    try {
      const { ok, evidence, said, why } = await restartAndProve(
        { manager, socketPath, containersBefore: containers, liveRestore: this.promised },
        log,
      )
      return { ...(ok ? {} : { problem: notProven(why, said) }), said, evidence: { restart: evidence } }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      log.note(why)
      return { problem: notProven(why, []), said: [], evidence: {} }
    }
  }

  async undo(log: StepLog): Promise<Undone> {
    if (this.ran) return bringUp(this.before, log)
    log.note('the engine was down before, and is left so')
    return {}
  }
}

/** Whether the new file, or a flag, still has live-restore on: without it dockerd ends what it finds. */
function staysLive(text: string | null, { argv }: DaemonProcess): boolean {
  try {
    const config = JSON.parse((text ?? '{}').replace(/^\uFEFF/, '')) as Record<string, unknown> | null
    const value = config?.['live-restore']
    if (value !== undefined) return value === true
  } catch {
    // What dockerd makes of it, its start will tell.
  }
  const flag = flagOf(argv, 'live-restore')
  return argv.includes('--live-restore') || (flag !== undefined && /^(1|t|true)$/i.test(flag))
}

function notProven(why: string | undefined, said: readonly string[]): ApplyProblem {
  const last = said.at(-1)
  return {
    severity: 'error',
    code: 'apply/not-started',
    message:
      last === undefined
        ? `The engine did not come up with the new file: ${why ?? 'it does not answer'}.`
        : `The engine did not come up with the new file: ${last}`,
    detail: { why: last ?? why ?? '' },
    source: 'apply',
  }
}
