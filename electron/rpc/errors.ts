import { AppError, ERROR_CODES, type ErrorCode, type WireError } from '../contract/errors'

/** An error that came over the wire: same code, message, hint and values as on the other side. */
export class RemoteError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly detail: WireError['detail']

  constructor(error: WireError) {
    super(error.message)
    this.name = 'RemoteError'
    this.code = error.code
    this.hint = error.hint
    this.detail = error.detail
  }
}

/**
 * The wire form of anything thrown. What is not an AppError becomes `internal` with an id; the
 * error itself goes to `log` with that id, so nothing of the program's inside crosses.
 */
export function toWireError(error: unknown, log: (id: string, error: unknown) => void): WireError {
  if (error instanceof AppError || error instanceof RemoteError) {
    const wire: WireError = { code: error.code, message: error.message }
    if (error.hint !== undefined) wire.hint = error.hint
    if (error.detail !== undefined) wire.detail = error.detail
    return wire
  }
  const id = Math.random().toString(36).slice(2, 10)
  log(id, error)
  return {
    code: 'internal',
    message: `Porthole failed at this; the details are in its own log under ${id}.`,
    hint: 'Please report it with the lines around that id.',
    detail: { id },
  }
}

const known: ReadonlySet<string> = new Set(ERROR_CODES)

/** Reads a wire error from an untrusted frame. */
export function fromWireError(value: unknown): RemoteError {
  if (typeof value === 'object' && value !== null) {
    const { code, message, hint, detail } = value as Partial<WireError>
    if (typeof code === 'string' && known.has(code) && typeof message === 'string')
      return new RemoteError({
        code,
        message,
        ...(typeof hint === 'string' ? { hint } : {}),
        ...(typeof detail === 'object' && detail !== null ? { detail } : {}),
      })
  }
  return new RemoteError({ code: 'rpc/bad-frame', message: 'The other side sent an error nobody can read.' })
}
