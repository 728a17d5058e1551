import { execFileSync } from 'node:child_process'
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isRootsOwn } from '../daemon'
import { trustedBinary, trustedDaemon } from '../paths'
import { sandboxText, startSandbox, type TriedConfig } from '../sandbox'
import { requireTracesEndpoint } from '../traces-environment'
import { keptFlags } from '../trial/copy'
import { HelperError, type Verb } from '../verb'
import { Input } from './input'
import { MAX_TEXT } from './validate'

interface SandboxInput {
  dockerdDir: string | undefined
  /** daemon.json to try; without one the sandbox is there to be explored. */
  text: string | undefined
  /** The running dockerd that the text is meant for. */
  pid: number | undefined
  /** Where its traces go: a port of this machine. */
  traces: string | undefined
}

/**
 * Runs the caller's private dockerd until it is asked to stop or the caller is gone; `{ ready }`
 * as progress says where it listens. It lies below the caller's home, which is looked up here and
 * never taken from the caller. Whoever may use a root dockerd's socket is as good as root: that is
 * what the password dialog grants. A text to try is written as the sandbox's own file and read by
 * nobody but its dockerd; one that names places of the real daemon is refused.
 */
export const sandbox: Verb<SandboxInput, object> = {
  name: 'sandbox',
  parse(input) {
    const fields = Input.of(input, ['dockerdDir', 'text', 'pid', 'traces'])
    const text = fields.optional('text', (name) => fields.text(name, MAX_TEXT))
    if (text !== undefined) requireTriable(text)
    return {
      dockerdDir: fields.optional('dockerdDir', (name) => fields.path(name)),
      text,
      pid: fields.optional('pid', (name) => fields.pid(name)),
      traces: fields.optional('traces', (name) => requireTracesEndpoint(fields.text(name, 64))),
    }
  },
  async run({ dockerdDir, text, pid, traces }, { caller, emit, signal }) {
    const engine = pid === undefined ? undefined : engineOf(pid)
    const folder = dockerdDir === undefined ? engine?.dockerdDir : rootsFolder(dockerdDir)
    const daemon = await startSandbox({
      state: { base: homeOf(caller.uid), below: ['.local', 'state'] },
      owner: caller,
      // pkexec becomes this program, so its parent is the Porthole that asked.
      holder: process.ppid,
      ...(folder === undefined ? {} : { dockerdDir: folder }),
      ...(text === undefined ? {} : { tried: { text, flags: engine?.flags ?? [] } }),
      ...(traces === undefined ? {} : { traces }),
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

/** Whoever asks takes out himself what cannot be tried, and so knows what is missing. */
function requireTriable(text: string): void {
  const { text: copy, leftOut } = sandboxText(text)
  if (copy === undefined) throw new HelperError('config/invalid', 'The text is not a JSON object.')
  const [first] = leftOut
  if (first !== undefined)
    throw new HelperError('helper/failed', `"${first.key}" cannot be tried in a sandbox.`)
}

/** The binary of a running dockerd, and what it is told on its command line. */
function engineOf(pid: number): { dockerdDir: string; flags: TriedConfig['flags'] } {
  const daemon = trustedDaemon(pid)
  return { dockerdDir: dirname(trustedBinary(daemon)), flags: keptFlags(daemon.argv) }
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
