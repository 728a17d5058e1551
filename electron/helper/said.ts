import { execFile } from 'node:child_process'
import { DaemonLog, errorsIn } from './daemon-log'
import { machine, type ManagedState, type ServiceManager } from './manager'

/** Ears on what dockerd writes from now on, over its restart. */
export interface Ears {
  /** Its errors since, at most the last five; none where its log cannot be read. */
  errors(): Promise<string[]>
  close(): void
}

/** Listens to the file the dockerd of `pid` writes to, else to the journal of its unit. */
export function listen(manager: ServiceManager, { pid }: Pick<ManagedState, 'pid'>): Ears {
  const file =
    (pid === undefined ? undefined : DaemonLog.open({ pid })) ??
    (manager.logFile === undefined ? undefined : DaemonLog.ofFile(manager.logFile))
  if (file !== undefined) return { errors: () => Promise.resolve(file.errors()), close: () => file.close() }
  const { unit } = manager
  if (unit === undefined || manager.kind === 'sysv')
    return { errors: () => Promise.resolve([]), close: () => undefined }
  const since = `--since=@${(Date.now() / 1_000).toFixed(3)}`
  const match = manager.kind === 'systemd-user' ? ['--user', `--user-unit=${unit}`] : [`--unit=${unit}`]
  return { errors: () => fromJournal([since, ...match]), close: () => undefined }
}

function fromJournal(words: string[]): Promise<string[]> {
  const args = ['--output=cat', '--no-pager', '--lines=1000', ...words]
  return new Promise((resolve) => {
    execFile(machine.journalctl, args, { timeout: 10_000, maxBuffer: 8 * 1024 * 1024 }, (_error, stdout) =>
      resolve(errorsIn(stdout)),
    )
  })
}
