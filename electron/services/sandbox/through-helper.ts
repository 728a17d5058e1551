import { AppError } from '../../contract/errors'
import type { SandboxPlaces } from '../../helper/sandbox'
import type { Privileged } from '../privileged'
import type { Running } from './index'

export interface HelperChoice {
  /** Folder with the dockerd to run; must be root's own. */
  dockerdDir?: string
  /** Stops the start, and the daemon. */
  signal: AbortSignal
}

/**
 * Starts a sandbox through the privileged helper. Its verb runs as long as the daemon does; ending
 * it stops the daemon. Throws `sandbox/unavailable` where nobody can be asked for a password.
 */
export function throughHelper(privileged: Privileged, { signal, ...input }: HelperChoice): Promise<Running> {
  if (!privileged.available())
    return Promise.reject(
      new AppError('sandbox/unavailable', 'A sandbox needs root, and there is no way to ask for it here.', {
        hint: 'Run Porthole as root, install pkexec (npm run setup), or install rootless Docker.',
      }),
    )
  return new Promise((resolve, reject) => {
    const run = privileged.run('sandbox', input, {
      signal,
      onProgress: (progress) => {
        const places = readyPlaces(progress)
        if (places !== undefined)
          resolve({
            places,
            stop: () =>
              run.then(
                () => undefined,
                () => undefined,
              ),
          })
      },
    })
    run.catch(reject)
    // While the password dialog stands there is nothing to stop, and nobody to wait for.
    signal.addEventListener('abort', () => {
      if (!privileged.open) reject(new AppError('rpc/cancelled', 'The start was cancelled.'))
    })
  })
}

function readyPlaces(progress: unknown): SandboxPlaces | undefined {
  return typeof progress === 'object' && progress !== null && 'ready' in progress
    ? (progress.ready as SandboxPlaces)
    : undefined
}
