import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { AppError } from '../../contract/errors'
import { sandboxPlaces, startSandbox, type SandboxPlaces } from '../../helper/sandbox'
import type { ServiceOptions } from '../options'
import { fromHelper, type Privileged } from '../privileged'
import { seed } from './seed'

export type { SandboxPlaces }

export interface SandboxDependencies {
  options: Pick<ServiceOptions, 'env' | 'log'> & { sandboxDockerd?: string }
  privileged: Privileged
}

/** A private dockerd to explore: its own socket, data-root and exec-root, nothing of the user's. */
export interface Sandbox {
  readonly places: SandboxPlaces
  /** Resolves when it answers. Rejects with `sandbox/unavailable`, `sandbox/failed`, `helper/*`. */
  readonly started: Promise<void>
  /** Resolves when its images and containers are there; never rejects: a bare daemon is usable too. */
  readonly seeded: Promise<void>
  /** Stops it and waits until nothing of it runs. */
  stop(): Promise<void>
}

/**
 * Starts a sandbox: as root in this process, else through the helper, which asks for a password
 * because whoever uses a root dockerd is as good as root.
 */
export function openSandbox({ options, privileged }: SandboxDependencies): Sandbox {
  const { env, log } = options
  const uid = process.getuid?.() ?? 0
  const owner = { uid, gid: process.getgid?.() ?? 0 }
  // The helper looks the home folder up itself, so only root may choose with XDG_STATE_HOME.
  const state = privileged.isRoot ? env['XDG_STATE_HOME'] || join(homedir(), '.local/state') : undefined
  const stateDir = join(state ?? join(homedir(), '.local/state'), 'porthole/sandbox')
  const places = sandboxPlaces(stateDir, uid)
  const dockerdDir = options.sandboxDockerd === undefined ? undefined : resolve(options.sandboxDockerd)
  const choice = dockerdDir === undefined ? {} : { dockerdDir }
  const cancel = new AbortController()
  const { signal } = cancel

  const running = privileged.isRoot
    ? startSandbox({ stateDir, owner, ...choice, signal }).then(
        (daemon) => () => daemon.stop(),
        (error: unknown) => {
          throw fromHelper(error)
        },
      )
    : throughHelper(privileged, choice, cancel)

  const started = running.then(() => undefined)
  const seeded = started
    .then(() => seed(places.socket, log, signal))
    .catch((error: unknown) => {
      if (!signal.aborted) log(`sandbox: ${error instanceof Error ? error.message : String(error)}`)
    })
  // Who needs the daemon is told by `started`; a program that never asks must not end for it.
  started.catch(() => undefined)

  return {
    places,
    started,
    seeded,
    async stop() {
      cancel.abort()
      await seeded
      const stop = await running.catch(() => undefined)
      await stop?.()
    },
  }
}

/** The helper's verb runs as long as the daemon does; ending it stops the daemon. */
function throughHelper(
  privileged: Privileged,
  input: { dockerdDir?: string },
  cancel: AbortController,
): Promise<() => Promise<void>> {
  if (!privileged.available())
    return Promise.reject(
      new AppError('sandbox/unavailable', 'A sandbox needs root, and there is no way to ask for it here.', {
        hint: 'Run Porthole as root, or install pkexec (npm run setup).',
      }),
    )
  return new Promise((resolve, reject) => {
    const run = privileged.run('sandbox', input, {
      signal: cancel.signal,
      onProgress: (progress) => {
        if (typeof progress === 'object' && progress !== null && 'ready' in progress)
          resolve(() =>
            run.then(
              () => undefined,
              () => undefined,
            ),
          )
      },
    })
    run.catch(reject)
  })
}
