import { execFileSync } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { startSandbox } from '../sandbox'
import { HelperError, type Verb } from '../verb'
import { Input } from './input'

interface SandboxInput {
  dockerdDir: string | undefined
}

/**
 * Runs the caller's private dockerd until it is asked to stop or the caller is gone; `{ ready }`
 * as progress says where it listens. It lies below the caller's home, which is looked up here and
 * never taken from the caller. Whoever may use a root dockerd's socket is as good as root: that is
 * what the password dialog grants.
 */
export const sandbox: Verb<SandboxInput, object> = {
  name: 'sandbox',
  parse(input) {
    const fields = Input.of(input, ['dockerdDir'])
    return { dockerdDir: fields.optional('dockerdDir', (name) => fields.path(name)) }
  },
  async run({ dockerdDir }, { caller, emit, signal }) {
    if (dockerdDir !== undefined) requireRootOwned(dockerdDir)
    const daemon = await startSandbox({
      stateDir: join(homeOf(caller.uid), '.local/state/porthole/sandbox'),
      owner: caller,
      ...(dockerdDir === undefined ? {} : { dockerdDir }),
      signal,
    })
    emit({ ready: daemon.places })
    try {
      await Promise.race([
        daemon.ended,
        new Promise<void>((resolve) => {
          if (signal.aborted) resolve()
          else signal.addEventListener('abort', () => resolve(), { once: true })
        }),
      ])
    } finally {
      await daemon.stop()
    }
    return {}
  },
}

function homeOf(uid: number): string {
  const home = execFileSync('getent', ['passwd', String(uid)], { encoding: 'utf8' }).split(':')[5] ?? ''
  if (!home.startsWith('/') || home === '/')
    throw new HelperError('sandbox/failed', 'This user has no home folder for a sandbox.')
  return home
}

/** Root runs what lies there: nobody else may have had a hand in it. */
function requireRootOwned(folder: string): void {
  for (const path of [folder, join(folder, 'dockerd')]) {
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat === undefined)
      throw new HelperError('sandbox/unavailable', `There is no dockerd in ${folder}.`, { detail: { path } })
    if (stat.uid !== 0 || (stat.mode & 0o022) !== 0)
      throw new HelperError('helper/path-refused', `${path} could be changed by others than root.`, {
        hint: `sudo chown -R root: ${folder} && sudo chmod -R go-w ${folder}`,
        detail: { path },
      })
  }
}
