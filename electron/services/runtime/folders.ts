import { existsSync } from 'node:fs'
import { flagValues, readLink, readText } from '../engine'
import type { Snapshot } from '../topology'

const DEFAULT_STATE = '/run/containerd'
/** containerd's plug-in that keeps bundles. */
const TASKS = 'io.containerd.runtime.v2.task'

/**
 * Folder of a container's OCI bundle. A shim works in it, which root and the shim's owner see;
 * for others it follows from where containerd keeps its state.
 */
export function bundleOf(snapshot: Snapshot, id: string, shimPid: number): string {
  const { below } = snapshot
  const cwd = readLink(`/proc/${shimPid}/cwd`)
  if (cwd?.endsWith(`/${id}`) === true) return cwd
  return `${containerdState(snapshot)}/${TASKS}/${below.namespaces.containers}/${id}`
}

/**
 * Folder of the state of a low-level runtime that was registered by its path: dockerd has all of
 * them keep it in one place. Undefined when it can be seen that there is none.
 */
export function stateDirOf({ below }: Snapshot, id: string): string | undefined {
  const root = `${below.execRoot}/runtime-runc/${below.namespaces.containers}`
  const visible = existsSync(root)
  return visible && !existsSync(`${root}/${id}`) ? undefined : `${root}/${id}`
}

function containerdState({ below, rows }: Snapshot): string {
  if (below.containerd?.managed === true) return `${below.execRoot}/containerd/daemon`
  const argv = rows.get(below.containerd?.pid ?? 0)?.argv ?? []
  const flag = flagValues(argv, 'state')[0]
  if (flag !== undefined) return flag
  const config = readText(flagValues(argv, 'config', 'c')[0] ?? '/etc/containerd/config.toml')
  return /^state\s*=\s*["']([^"']+)["']/m.exec(config ?? '')?.[1] ?? DEFAULT_STATE
}
