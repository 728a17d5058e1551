import { createHash } from 'node:crypto'
import { join } from 'node:path'

/** Where a private dockerd has its things. */
export interface SandboxPlaces {
  /** Folder of all that is there only while it runs. */
  run: string
  socket: string
  dataRoot: string
  execRoot: string
  pidfile: string
  configFile: string
  logFile: string
}

/**
 * Longest path of a run folder, in bytes: a unix socket's path has 107, and containerd's longest
 * name below the exec-root takes its share.
 */
export const MAX_RUN_BYTES = 107 - '/exec/containerd/containerd-debug.sock'.length

/** Name of the run folder: it keeps the sandboxes of one user apart. */
export function runName(stateDir: string): string {
  return createHash('sha256').update(stateDir).digest('hex').slice(0, 8)
}

/**
 * Places of a sandbox that root runs for user `uid`, whose images lie in `stateDir`. What listens
 * lies below /run, because a home folder may use up a socket's path alone; daemon.json too: the
 * folder is root's, so the helper may change it for its user, and each start begins with the same
 * one. dockerd sees the images through a mount there (`StateFolder.mountAt`).
 */
export function sandboxPlaces(stateDir: string, uid: number): SandboxPlaces {
  const run = join('/run', `porthole-${uid}-${runName(stateDir)}`)
  return placesIn(run, join(run, 'state'))
}

/** Places of a sandbox from its two folders: what runs, and what is kept. */
export function placesIn(run: string, state: string): SandboxPlaces {
  return {
    run,
    socket: join(run, 'docker.sock'),
    execRoot: join(run, 'exec'),
    pidfile: join(run, 'docker.pid'),
    configFile: join(run, 'daemon.json'),
    dataRoot: join(state, 'data'),
    logFile: join(state, 'dockerd.log'),
  }
}
