import { join } from 'node:path'
import { tracesEnvironment } from '../traces-environment'
import { HelperError } from '../verb'
import { startDaemon, type SandboxDaemon } from './daemon'
import { StateFolder, type Owner } from './folder'
import { sandboxPlaces } from './places'
import { pathWith, programOn } from './programs'
import type { TriedConfig } from './tried'

export { startDaemon, type SandboxDaemon } from './daemon'
export { StateFolder } from './folder'
export { MAX_RUN_BYTES, placesIn, runName, sandboxPlaces, type SandboxPlaces } from './places'
export { pathWith, programOn } from './programs'
export { sandboxText, type LeftOut, type TriedConfig } from './tried'

export interface SandboxOptions {
  /** The user's state folder, for example `/home/jo` with `.local/state`. Links below `base` are refused. */
  state: { base: string; below: readonly string[] }
  /** For whom: may use the socket and read the log. */
  owner: Owner
  /** Process id of the Porthole that asked. */
  holder: number
  /** Folder whose dockerd, containerd and shim are taken before those of PATH. */
  dockerdDir?: string
  /** daemon.json to try, in a sandbox beside the one that is explored. */
  tried?: TriedConfig
  /** Where dockerd is to send its traces. */
  traces?: string
  /** Stops the start. */
  signal: AbortSignal
}

/**
 * Starts a private dockerd as root. Throws `sandbox/unavailable` without a dockerd or when another
 * Porthole has this sandbox open, `helper/path-refused` for a state folder that others could turn
 * against root, `sandbox/refused` and `sandbox/failed` with dockerd's own last word.
 */
export async function startSandbox(options: SandboxOptions): Promise<SandboxDaemon> {
  const { state, owner, holder, dockerdDir, tried, traces, signal } = options
  const path = pathWith(dockerdDir, process.env['PATH'])
  const dockerd = requireDockerd(path, dockerdDir)
  const name = tried === undefined ? 'sandbox' : 'tried'
  const folder = StateFolder.open(state.base, [...state.below, 'porthole', name], owner)
  return startDaemon({
    folder,
    places: sandboxPlaces(folder.path, owner.uid),
    owner,
    holder,
    command: [dockerd],
    env: {
      PATH: path,
      HOME: process.env['HOME'] ?? '/root',
      ...(traces === undefined ? {} : tracesEnvironment(traces)),
    },
    mounted: true,
    ...(tried === undefined ? {} : { tried }),
    signal,
  })
}

/** dockerd of a folder, or of a list of them. Throws `sandbox/unavailable`. */
export function requireDockerd(path: string, dockerdDir?: string): string {
  const program = programOn('dockerd', path)
  if (program === undefined || (dockerdDir !== undefined && program !== join(dockerdDir, 'dockerd')))
    throw new HelperError(
      'sandbox/unavailable',
      `There is no dockerd ${dockerdDir === undefined ? 'on this machine' : `in ${dockerdDir}`}.`,
      {
        hint: 'Install Docker Engine (npm run setup, or package docker.io), or name its folder with --sandbox-dockerd.',
      },
    )
  return program
}
