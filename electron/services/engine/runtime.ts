import type { DaemonProcessInfo, EngineStatus } from '.'
import { aliasesOf, flagValues } from './process'
import { processTable, readStat, readStatus, type ProcessRow } from './process-table'

const SYSTEM_ADDRESS = '/run/containerd/containerd.sock'

/**
 * The containerd a dockerd works with, and how many shims belong to it. Managed: started by this
 * dockerd, or by an earlier one on the same exec-root (it outlives a dockerd that crashed).
 */
export function describeRuntime(
  daemon: DaemonProcessInfo,
  table: ProcessRow[] = processTable(),
): NonNullable<EngineStatus['runtime']> {
  const stated = flagValues(daemon.argv, 'containerd')[0]
  const execRoot = flagValues(daemon.argv, 'exec-root')[0] ?? defaultExecRoot(daemon)
  const own = table.filter((row) => row.name === 'containerd')
  const managed =
    stated === undefined
      ? own.find(
          (row) =>
            readStat(row.pid)?.ppid === daemon.pid ||
            flagValues(row.argv, 'config', 'c')[0]?.startsWith(`${execRoot}/`) === true,
        )
      : undefined
  const address = managed ? `${execRoot}/containerd/containerd.sock` : (stated ?? SYSTEM_ADDRESS)
  const aliases = aliasesOf(address)
  const found =
    managed ??
    own.find(
      (row) => aliases.has(flagValues(row.argv, 'address', 'a')[0] ?? SYSTEM_ADDRESS) && !isPrivate(row),
    )
  const status = found ? readStatus(found.pid) : undefined
  return {
    ...(found && status
      ? { containerd: { pid: found.pid, rssBytes: status.rssBytes, managed: managed !== undefined } }
      : {}),
    shims: table.filter(
      (row) => row.name.startsWith('containerd-shim') && aliases.has(shimFlag(row.argv, 'address') ?? ''),
    ).length,
  }
}

/** What a dockerd starts for itself is given the file `EXEC_ROOT/containerd/containerd.toml`. */
function isPrivate(row: ProcessRow): boolean {
  return flagValues(row.argv, 'config', 'c')[0]?.endsWith('/containerd/containerd.toml') === true
}

function defaultExecRoot(daemon: DaemonProcessInfo): string {
  return daemon.uid === 0 ? '/var/run/docker' : `/run/user/${daemon.uid}/docker`
}

/** Shims take Go's plain flags: one dash, the value behind a blank. */
function shimFlag(argv: readonly string[], name: string): string | undefined {
  const at = argv.indexOf(`-${name}`)
  return at < 0 ? undefined : argv[at + 1]
}
