import type { DaemonProcessInfo, EngineStatus } from '.'
import { aliasesOf, flagValues } from './process'
import { processTable, readStat, readStatus, readText, type ProcessRow } from './process-table'

const SYSTEM_ADDRESS = '/run/containerd/containerd.sock'

/** What works below a dockerd, as far as /proc shows it. */
export interface RuntimeBelow {
  /** `--exec-root`: where dockerd keeps what lives as long as its containers. */
  execRoot: string
  /** Socket of the containerd it works with. */
  address: string
  namespaces: { containers: string; plugins: string }
  containerd?: { pid: number; managed: boolean }
  /** Its shims: those on this address and in these namespaces. */
  shims: ProcessRow[]
}

/**
 * The containerd a dockerd works with, and its shims. Managed: started by this dockerd, or by an
 * earlier one on the same exec-root (it outlives a dockerd that crashed). A containerd of the
 * system serves others too (Kubernetes, nerdctl), in namespaces of their own.
 */
export function findRuntime(daemon: DaemonProcessInfo, table: ProcessRow[] = processTable()): RuntimeBelow {
  const setting = settings(daemon)
  const stated = setting('containerd')
  const execRoot = setting('exec-root') ?? defaultExecRoot(daemon)
  const namespaces = {
    containers: setting('containerd-namespace') ?? 'moby',
    plugins: setting('containerd-plugins-namespace') ?? 'plugins.moby',
  }
  // The daemon of a container has paths of the same names, which are other files.
  const nested = isNested(daemon.pid)
  const own = table.filter((row) => row.name === 'containerd' && isNested(row.pid) === nested)
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
  const found = managed ?? own.find((row) => aliases.has(listensOn(row) ?? SYSTEM_ADDRESS) && !isPrivate(row))
  const { containers, plugins } = namespaces
  return {
    execRoot,
    address,
    namespaces,
    ...(found ? { containerd: { pid: found.pid, managed: managed !== undefined } } : {}),
    shims: table.filter(
      (row) =>
        aliases.has(shimFlag(row.argv, 'address') ?? '') &&
        [containers, plugins].includes(shimFlag(row.argv, 'namespace') ?? '') &&
        !isErrand(row) &&
        isNested(row.pid) === nested,
    ),
  }
}

/** The same in the few words of `engine.status`. */
export function describeRuntime(
  daemon: DaemonProcessInfo,
  table: ProcessRow[] = processTable(),
): NonNullable<EngineStatus['runtime']> {
  const { containerd, shims } = findRuntime(daemon, table)
  const status = containerd ? readStatus(containerd.pid) : undefined
  return {
    ...(containerd && status ? { containerd: { ...containerd, rssBytes: status.rssBytes } } : {}),
    shims: shims.length,
  }
}

/** A setting of a daemon: from its command line, else from the file it reads. */
function settings(daemon: DaemonProcessInfo): (key: string) => string | undefined {
  let file: Record<string, unknown> | undefined
  const ofFile = (key: string): string | undefined => {
    file ??= readObject(flagValues(daemon.argv, 'config-file')[0] ?? '/etc/docker/daemon.json')
    const value = file[key]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  return (key) => flagValues(daemon.argv, key)[0] ?? ofFile(key)
}

function readObject(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readText(path) ?? '{}')
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Address a containerd was given: by flag, or in the file it was started with. */
function listensOn(row: ProcessRow): string | undefined {
  const flag = flagValues(row.argv, 'address', 'a')[0]
  if (flag !== undefined) return flag
  const config = readText(flagValues(row.argv, 'config', 'c')[0] ?? '/etc/containerd/config.toml')
  const grpc = /^\[grpc\]$([^[]*)/m.exec(config ?? '')?.[1]
  return /^\s*address\s*=\s*["']([^"']+)["']/m.exec(grpc ?? '')?.[1]
}

/** `shim … start` and `shim … delete` do one thing and end; the shim itself has no such word. */
function isErrand(row: ProcessRow): boolean {
  return ['start', 'delete'].includes(row.argv.at(-1) ?? '')
}

function isNested(pid: number): boolean {
  return readStatus(pid)?.nestedPid === true
}

/** What a dockerd starts for itself is given the file `EXEC_ROOT/containerd/containerd.toml`. */
function isPrivate(row: ProcessRow): boolean {
  return flagValues(row.argv, 'config', 'c')[0]?.endsWith('/containerd/containerd.toml') === true
}

function defaultExecRoot(daemon: DaemonProcessInfo): string {
  return daemon.uid === 0 ? '/var/run/docker' : `/run/user/${daemon.uid}/docker`
}

/** Shims take Go's plain flags: one dash, the value behind a blank. */
export function shimFlag(argv: readonly string[], name: string): string | undefined {
  const at = argv.indexOf(`-${name}`)
  return at < 0 ? undefined : argv[at + 1]
}
