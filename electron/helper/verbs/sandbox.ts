import { execFileSync } from 'node:child_process'
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isRootsOwn } from '../daemon'
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
    const daemon = await startSandbox({
      state: { base: homeOf(caller.uid), below: ['.local', 'state'] },
      owner: caller,
      // pkexec becomes this program, so its parent is the Porthole that asked.
      holder: process.ppid,
      ...(dockerdDir === undefined ? {} : { dockerdDir: rootsFolder(dockerdDir) }),
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

/**
 * Root runs what lies in the folder, so nobody else may have had a hand in any of it. Returns its
 * real path: a link on the way could lead elsewhere by the time something is run.
 */
function rootsFolder(folder: string): string {
  if (statSync(join(folder, 'dockerd'), { throwIfNoEntry: false }) === undefined)
    throw new HelperError('sandbox/unavailable', `There is no dockerd in ${folder}.`, {
      detail: { path: folder },
    })
  const real = realpathSync(folder)
  for (const path of [real, ...readdirSync(real).map((name) => join(real, name))])
    if (!isRootsOwnReally(path))
      throw new HelperError('helper/path-refused', `${path} could be changed by others than root.`, {
        hint: `sudo chown -R root: ${real} && sudo chmod -R go-w ${real}; the folders above it must be root's too.`,
        detail: { path },
      })
  return real
}

function isRootsOwnReally(path: string): boolean {
  try {
    return isRootsOwn(realpathSync(path))
  } catch {
    return false
  }
}
