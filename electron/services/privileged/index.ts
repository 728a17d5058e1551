import { verbs } from '../../helper/verbs'
import { AppError } from '../../contract/errors'
import { helperCommand, onPath } from './command'
import { asAppError, HelperSession } from './session'

export { onPath }

export interface RunOptions {
  /** Called for each progress item, in order. */
  onProgress?: (progress: unknown) => void
  signal?: AbortSignal
  /** This user may do it without the helper, for example because daemon.json is the user's own. */
  inProcess?: boolean
}

/** What needs more right than the program has, done by the privileged helper's closed list of verbs. */
export interface Privileged {
  /** This process is root already: verbs run in it, and nobody is asked for a password. */
  readonly isRoot: boolean
  /** A helper is running and authorised: a verb runs without a password dialog. */
  readonly open: boolean
  /** Whether verbs can be run at all: as root, or with pkexec and a helper. */
  available(): boolean
  /**
   * Runs a verb. The first one that needs the helper shows the system's password dialog. Throws
   * `helper/dismissed`, `helper/denied`, `helper/unavailable`, and the verb's own errors.
   */
  run(verb: string, input: unknown, options?: RunOptions): Promise<unknown>
  /** Ends the helper; a verb under way is finished or undone first. */
  dispose(): Promise<void>
}

/** Milliseconds an unused helper stays authorised and running. */
const IDLE_MS = 5 * 60_000

export function createPrivileged({
  env,
  log,
  helperCommand: given,
}: {
  env: NodeJS.ProcessEnv
  log: (line: string) => void
  /** Command line that runs the helper as root; found by itself when not given. */
  helperCommand?: string[]
}): Privileged {
  const isRoot = process.geteuid?.() === 0
  let session: HelperSession | undefined
  let idle: NodeJS.Timeout | undefined
  let running = 0

  const command = (): string[] | undefined => given ?? helperCommand(env)

  const connect = async (): Promise<HelperSession> => {
    if (session === undefined) {
      const line = command()
      if (line === undefined)
        throw new AppError('helper/unavailable', 'There is no privileged helper on this machine.', {
          hint:
            onPath('pkexec', env) === undefined
              ? 'Run Porthole as root, or install pkexec (package pkexec or polkit).'
              : 'Run Porthole as root, or install its package with the helper.',
        })
      log(`privileged helper: ${line.join(' ')}`)
      const started = new HelperSession(line, env, () => {
        if (session === started) session = undefined
      })
      session = started
    }
    const current = session
    await current.ready
    return current
  }

  return {
    isRoot,
    get open() {
      return isRoot || session?.open === true
    },
    available: () => isRoot || command() !== undefined,
    async run(verb, input, { onProgress = () => {}, signal, inProcess = false } = {}) {
      if (isRoot || inProcess) return runHere(verb, input, onProgress, signal)
      clearTimeout(idle)
      running += 1
      try {
        return await (await connect()).run(verb, input, onProgress, signal)
      } finally {
        running -= 1
        if (running === 0) {
          idle = setTimeout(() => session?.close(), IDLE_MS)
          idle.unref()
        }
      }
    },
    async dispose() {
      clearTimeout(idle)
      session?.close()
      return Promise.resolve()
    },
  }
}

/** The helper's own code in this process. */
async function runHere(
  name: string,
  input: unknown,
  emit: (progress: unknown) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<unknown> {
  const verb = verbs.find((each) => each.name === name)
  if (verb === undefined) throw new AppError('helper/unknown-verb', 'The helper has no such verb.')
  const caller = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  try {
    return await verb.run(verb.parse(input), { emit, signal, caller })
  } catch (error) {
    throw fromHelper(error)
  }
}

/** An error of the helper's code, run here or there, as one that may cross to the user. */
export function fromHelper(error: unknown): Error {
  if (error instanceof AppError) return error
  if (error instanceof Error && error.name === 'HelperError' && 'more' in error) {
    const { code, message, more } = error as Error & { code: unknown; more: object }
    return asAppError({ code, message, ...more })
  }
  return error instanceof Error ? error : new Error(String(error))
}
