import { AppError } from '../../contract/errors'
import type { SandboxPlaces } from '../../helper/sandbox'
import type { Privileged } from '../privileged'
import type { Running } from './open'

export interface HelperChoice {
  /** What its verb takes: a folder with the dockerd to run, a text to try, the engine that is meant for, where its traces go. */
  input: { dockerdDir?: string; text?: string; pid?: number; traces?: string }
  /** Stops the start, and the daemon. */
  signal: AbortSignal
  /** Called when the password was given, or none was needed. */
  answered: () => void
}

/**
 * Starts a sandbox through the privileged helper. Its verb runs as long as the daemon does; ending
 * it stops the daemon. Throws `sandbox/unavailable` where nobody can be asked for a password.
 */
export function throughHelper(
  privileged: Privileged,
  { input, signal, answered }: HelperChoice,
): Promise<Running> {
  if (!privileged.available())
    return Promise.reject(
      new AppError('sandbox/unavailable', 'A sandbox needs root, and there is no way to ask for it here.', {
        hint: 'Run Porthole as root, install pkexec (npm run setup), or install rootless Docker.',
      }),
    )
  return new Promise((resolve, reject) => {
    const run = privileged.run('hello', {}).then(() => {
      // Nobody waits any more for what the password was asked for.
      if (signal.aborted) throw cancelled()
      answered()
      return privileged.run('sandbox', input, { signal, onProgress: take })
    })
    const ended = run.then(
      () => undefined,
      () => undefined,
    )
    function take(progress: unknown): void {
      const places = readyPlaces(progress)
      if (places !== undefined) resolve({ places, ended, stop: () => ended })
    }
    run.catch(reject)
    // While the password dialog stands there is nothing to stop, and nobody to wait for.
    signal.addEventListener('abort', () => {
      if (!privileged.open) reject(cancelled())
    })
  })
}

function cancelled(): AppError {
  return new AppError('rpc/cancelled', 'The start was cancelled.')
}

function readyPlaces(progress: unknown): SandboxPlaces | undefined {
  return typeof progress === 'object' && progress !== null && 'ready' in progress
    ? (progress.ready as SandboxPlaces)
    : undefined
}
