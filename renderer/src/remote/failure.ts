import type { ErrorCode } from '../../../electron/contract/errors'
import { RemoteError } from '../../../electron/rpc/errors'

/** An error as pages show it: the code picks the words, the message is what the core said. */
export interface Failure {
  code: ErrorCode
  message: string
  hint?: string
  detail?: Record<string, string | number | boolean>
}

/** Reads whatever a call rejected with. */
export function toFailure(error: unknown): Failure {
  if (error instanceof RemoteError)
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.detail === undefined ? {} : { detail: error.detail }),
    }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) }
}
