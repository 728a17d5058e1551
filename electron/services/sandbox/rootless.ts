import { execFileSync } from 'node:child_process'
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
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
  type TriedConfig,
} from '../../helper/sandbox'
import { HelperError } from '../../helper/verb'

/** Debian's docker.io keeps the script here; other packages put it on PATH. */
const DEBIAN_FOLDER = '/usr/share/docker.io/contrib'

export interface RootlessOptions {
  /** The user's state folder, for example `/home/jo/.local/state`. */
  base: string
  env: NodeJS.ProcessEnv
  dockerdDir?: string
  /** daemon.json to try, in a sandbox beside the one that is explored. */
  tried?: TriedConfig
  /** Stops the start. */
  signal: AbortSignal
}

/**
 * The start script of rootless dockerd, or what is missing of the things it needs in a few words.
 * Whether the kernel lets an ordinary user make namespaces is known only by trying.
 */
export function findRootless(env: NodeJS.ProcessEnv): { script: string } | { missing: string } {
  const path = env['PATH']
  const script = programOn('dockerd-rootless.sh', `${path ?? ''}:${DEBIAN_FOLDER}`)
  if (script === undefined) return { missing: 'dockerd-rootless.sh is not installed' }
  if (rootlesskit(path) === undefined) return { missing: 'rootlesskit is not installed' }
  for (const program of ['slirp4netns', 'newuidmap', 'newgidmap'])
    if (programOn(program, path) === undefined) return { missing: `${program} is not installed` }
  for (const file of ['/etc/subuid', '/etc/subgid'])
    if (!hasIds(file)) return { missing: `${file} has no ids for this user` }
  // RootlessKit without a network would do, but the /version of dockerd 23.0 and newer dies of that.
  return mayUse('/dev/net/tun') ? { script } : { missing: 'this user may not use /dev/net/tun' }
}

function rootlesskit(path: string | undefined): string | undefined {
  return programOn('docker-rootlesskit', path) ?? programOn('rootlesskit', path)
}

function mayUse(device: string): boolean {
  try {
    accessSync(device, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Whether a file of subordinate ids names this user, by name or by number. */
function hasIds(file: string): boolean {
  try {
    const name = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim()
    const wanted = [name, String(process.getuid?.())]
    return readFileSync(file, 'utf8')
      .split('\n')
      .some((line) => wanted.includes(line.split(':')[0] ?? ''))
  } catch {
    return false
  }
}

/**
 * Starts a private dockerd with this user's own right and no password, in namespaces that the
 * script of rootless dockerd makes. Throws as `startSandbox` of the helper does.
 */
export async function startRootless(
  script: string,
  { base, env, dockerdDir, tried, signal }: RootlessOptions,
): Promise<SandboxDaemon> {
  // An ordinary user's PATH may leave out where dockerd lies.
  const path = pathWith(dockerdDir, `${env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`)
  requireDockerd(path, dockerdDir)
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const name = tried === undefined ? 'sandbox-rootless' : 'tried-rootless'
  const folder = StateFolder.open(base, ['porthole', name], owner)
  const run = runFolder(folder.path, env)
  const why = unfit(run, folder.path, tried?.flags ?? [])
  if (why !== undefined) {
    folder.close()
    throw new HelperError('sandbox/failed', why)
  }
  return startDaemon({
    folder,
    places: placesIn(run, folder.path),
    owner,
    holder: process.pid,
    command: [script],
    env: {
      PATH: path,
      HOME: env['HOME'],
      XDG_RUNTIME_DIR: run,
      DOCKERD_ROOTLESS_ROOTLESSKIT_FLAGS: `--state-dir=${join(run, 'rootlesskit')}`,
    },
    mounted: false,
    // Root of its namespaces, to whom all belongs that dockerd wrote for its containers.
    remover: [rootlesskit(path) ?? 'rootlesskit', 'rm', '-rf', '--'],
    ...(tried === undefined ? {} : { tried }),
    signal,
  })
}

/** Why these folders and flags cannot be a rootless daemon's, if so. */
function unfit(run: string, state: string, flags: readonly string[]): string | undefined {
  if (Buffer.byteLength(run) > MAX_RUN_BYTES) return `The path of ${run} is too long for a socket.`
  // The script passes its arguments on without quotes.
  if (/\s/.test(`${run}${state}`)) return `There is a blank in the path of ${state}.`
  const blank = flags.find((flag) => /\s/.test(flag))
  return blank === undefined ? undefined : `There is a blank in the flag ${blank}.`
}

/** In the user's runtime folder, which is short and gone after a reboot; else beside the images. */
function runFolder(stateDir: string, env: NodeJS.ProcessEnv): string {
  const runtime = env['XDG_RUNTIME_DIR']
  const found = runtime === undefined ? undefined : statSync(runtime, { throwIfNoEntry: false })
  return runtime !== undefined && found?.isDirectory() === true && found.uid === process.getuid?.()
    ? join(runtime, `porthole-${runName(stateDir)}`)
    : join(stateDir, 'run')
}
