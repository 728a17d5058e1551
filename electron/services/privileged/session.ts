import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { AppError, ERROR_CODES, type ErrorCode } from '../../contract/errors'

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
  onProgress: (progress: unknown) => void
}

const known: ReadonlySet<string> = new Set(ERROR_CODES)

/** An error of the helper as one of ours; what it may say of itself is not taken on trust. */
export function asAppError(error: unknown): AppError {
  const { code, message, hint, detail } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as Partial<Record<'code' | 'message' | 'hint', unknown>> & {
    detail?: Record<string, string | number | boolean>
  }
  return new AppError(
    typeof code === 'string' && known.has(code) ? (code as ErrorCode) : 'helper/failed',
    typeof message === 'string' ? message : 'The privileged helper failed.',
    {
      hint: typeof hint === 'string' ? hint : undefined,
      detail: typeof detail === 'object' ? detail : undefined,
    },
  )
}

/**
 * One running helper, started with pkexec and spoken to in JSON lines. `ready` settles when the
 * person has answered the password dialog: `helper/dismissed`, `helper/denied` and
 * `helper/unavailable` are its ways to fail.
 */
export class HelperSession {
  readonly ready: Promise<void>
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  #ids = 0
  #stderr = ''
  #open = true
  #answered = false

  constructor(command: readonly string[], env: NodeJS.ProcessEnv, onEnd: () => void) {
    const [program = '', ...args] = command
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = `${this.#stderr}${text}`.slice(-4_096)
    })
    // Writing to a helper that has just ended is told by its end, not by EPIPE.
    this.#child.stdin?.on('error', () => undefined)
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(line))
    const end = (error: AppError): void => {
      if (!this.#open) return
      this.#open = false
      for (const pending of this.#pending.values()) pending.reject(error)
      this.#pending.clear()
      onEnd()
    }
    this.#child.on('error', (error) =>
      end(
        new AppError('helper/unavailable', `The privileged helper could not be started: ${error.message}.`),
      ),
    )
    this.#child.on('close', (code) => end(this.#why(code)))
    this.ready = this.run('hello', {}).then(() => {
      this.#answered = true
    })
  }

  get open(): boolean {
    return this.#open && this.#answered
  }

  run(
    verb: string,
    input: unknown,
    onProgress: (progress: unknown) => void = () => {},
    signal?: AbortSignal,
  ): Promise<unknown> {
    if (!this.#open) return Promise.reject(this.#why(this.#child.exitCode))
    this.#ids += 1
    const id = this.#ids
    return new Promise((resolve, reject) => {
      const stop = (): void => this.#send({ stop: id })
      const settle = (): void => signal?.removeEventListener('abort', stop)
      this.#pending.set(id, {
        resolve: (value) => {
          settle()
          resolve(value)
        },
        reject: (error) => {
          settle()
          reject(error)
        },
        onProgress,
      })
      signal?.addEventListener('abort', stop)
      this.#send({ id, verb, input })
    })
  }

  /**
   * Ends the input; the helper ends when its running verbs have. A password dialog that still stands
   * is taken down: nobody waits for its answer any more.
   */
  close(): void {
    this.#child.stdin?.end()
    if (!this.#answered) this.#child.kill()
  }

  #send(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`)
  }

  #take(line: string): void {
    let message: { id?: unknown; progress?: unknown; ok?: unknown; error?: unknown }
    try {
      message = JSON.parse(line) as typeof message
    } catch {
      return
    }
    const pending = typeof message.id === 'number' ? this.#pending.get(message.id) : undefined
    if (pending === undefined) return
    if ('progress' in message) return pending.onProgress(message.progress)
    this.#pending.delete(message.id as number)
    if ('error' in message) pending.reject(asAppError(message.error))
    else pending.resolve(message.ok)
  }

  /** pkexec's own exit codes: 126 for a dismissed dialog, 127 for no right (or no program). */
  #why(code: number | null): AppError {
    const detail = { stderr: this.#stderr.trim().slice(-500) }
    if (this.#answered) return new AppError('helper/failed', 'The privileged helper ended.', { detail })
    if (code === 126)
      return new AppError('helper/dismissed', 'The password dialog was closed. Nothing was changed.', {
        hint: 'Try again and enter the password.',
      })
    if (code === 127 && !/No such file|not found/i.test(this.#stderr))
      return new AppError('helper/denied', 'This user is not allowed to act as administrator here.', {
        hint: 'Ask an administrator, or log in at the machine itself: remote sessions may have no password dialog.',
        detail,
      })
    return new AppError('helper/unavailable', 'The privileged helper could not be started.', {
      hint: 'Run Porthole as root, or install its package with the helper.',
      detail,
    })
  }
}
