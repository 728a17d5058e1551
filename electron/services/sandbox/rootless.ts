import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  MAX_RUN_BYTES,
  pathWith,
  placesIn,
  programOn,
  requireDockerd,
  runName,
  startDaemon,
  StateFolder,
  type SandboxDaemon,
} from '../../helper/sandbox'
import { HelperError } from '../../helper/verb'

/** Debian's docker.io keeps the script here; other packages put it on PATH. */
const DEBIAN_FOLDER = '/usr/share/docker.io/contrib'

export interface RootlessOptions {
  /** The user's state folder, for example `/home/jo/.local/state`. */
  base: string
  env: NodeJS.ProcessEnv
  dockerdDir?: string
  signal: AbortSignal
}

/** What rootless dockerd needs of a machine: its start script, rootlesskit, and ids to map. */
export interface RootlessTools {
  script: string
}

/**
 * The tools of rootless dockerd, or what is missing of them in a few words. Whether the kernel
 * lets an ordinary user make namespaces is known only by trying.
 */
export function findRootless(env: NodeJS.ProcessEnv): RootlessTools | { missing: string } {
  const path = env['PATH']
  const script = programOn('dockerd-rootless.sh', `${path ?? ''}:${DEBIAN_FOLDER}`)
  if (script === undefined) return { missing: 'dockerd-rootless.sh is not installed' }
  if ((programOn('docker-rootlesskit', path) ?? programOn('rootlesskit', path)) === undefined)
    return { missing: 'rootlesskit is not installed' }
  for (const program of ['newuidmap', 'newgidmap'])
    if (programOn(program, path) === undefined)
      return { missing: `${program} is not installed (package uidmap)` }
  for (const file of ['/etc/subuid', '/etc/subgid'])
    if (!hasIds(file)) return { missing: `${file} has no ids for this user` }
  return { script }
}

/** Whether a file of subordinate ids names this user, by name or by number. */
function hasIds(file: string): boolean {
  try {
    const names = new Set([
      execFileSync('id', ['-un'], { encoding: 'utf8' }).trim(),
      String(process.getuid?.()),
    ])
    return readFileSync(file, 'utf8')
      .split('\n')
      .some((line) => names.has(line.split(':')[0] ?? ''))
  } catch {
    return false
  }
}

/**
 * Starts a private dockerd with this user's own right and no password. It lives in a user namespace
 * on this machine's network, of which it makes nothing: no bridge, no port, no firewall rule.
 * Throws as `startSandbox` of the helper does.
 */
export async function startRootless(
  { script }: RootlessTools,
  options: RootlessOptions,
): Promise<SandboxDaemon> {
  const { base, env, dockerdDir, signal } = options
  // The script's folders too: an ordinary PATH leaves out where dockerd and iptables lie.
  const path = pathWith(dockerdDir, `${env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`)
  requireDockerd(path, dockerdDir)
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const folder = StateFolder.open(base, ['porthole', 'sandbox-rootless'], owner)
  const run = runFolder(folder.path, env)
  const why = unfit(run, folder.path)
  if (why !== undefined) {
    folder.close()
    throw new HelperError('sandbox/failed', why)
  }
  return startDaemon({
    folder,
    places: placesIn(run, folder.path),
    owner,
    holder: process.pid,
    program: script,
    env: {
      PATH: path,
      HOME: env['HOME'],
      XDG_RUNTIME_DIR: run,
      DOCKERD_ROOTLESS_ROOTLESSKIT_NET: 'host',
      DOCKERD_ROOTLESS_ROOTLESSKIT_PORT_DRIVER: 'none',
      DOCKERD_ROOTLESS_ROOTLESSKIT_FLAGS: `--state-dir=${join(run, 'rootlesskit')}`,
    },
    mounted: false,
    signal,
  })
}

/** Why these folders cannot be a rootless daemon's, if so. */
function unfit(run: string, state: string): string | undefined {
  if (Buffer.byteLength(run) > MAX_RUN_BYTES) return `The path of ${run} is too long for a socket.`
  // The script passes its arguments on without quotes.
  return /\s/.test(`${run}${state}`) ? `There is a blank in the path of ${state}.` : undefined
}

/** In the user's runtime folder, which is short and gone after a reboot; else beside the images. */
function runFolder(stateDir: string, env: NodeJS.ProcessEnv): string {
  const runtime = env['XDG_RUNTIME_DIR']
  const found = runtime === undefined ? undefined : statSync(runtime, { throwIfNoEntry: false })
  return runtime !== undefined && found?.isDirectory() === true && found.uid === process.getuid?.()
    ? join(runtime, `porthole-${runName(stateDir)}`)
    : join(stateDir, 'run')
}
