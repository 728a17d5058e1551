/**
 * The shape of a verb of the privileged helper. Verbs are a closed list (`verbs/index.ts`); each
 * checks its own input again, because the program that asks runs with less right than this one.
 */
export interface Verb<I, O> {
  readonly name: string
  /** Reads untrusted input. Throws {@link HelperError} `helper/failed` for what it does not accept. */
  parse(input: unknown): I
  run(input: I, context: VerbContext): Promise<O>
}

export interface VerbContext {
  /** Sends progress to the caller; ignored when the caller is gone. */
  emit(progress: unknown): void
  /** Fires when the caller asked to stop this verb. A verb that changes things finishes or undoes first. */
  signal: AbortSignal
  /** The ordinary user on whose behalf this runs (PKEXEC_UID), or the process's own ids. */
  caller: { uid: number; gid: number }
}

/** An error of a verb that may be told to the caller; `code` is one of the contract's codes. */
export class HelperError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly more: { hint?: string; detail?: Record<string, string | number | boolean> } = {},
  ) {
    super(message)
    this.name = 'HelperError'
  }
}
