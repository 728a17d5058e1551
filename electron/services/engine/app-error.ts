import type { EngineLink } from '.'
import { AppError, type ErrorCode } from '../../contract/errors'

const BY_REASON: Partial<Record<NonNullable<EngineLink['reason']>, ErrorCode>> = {
  permission: 'engine/denied',
  'not-docker': 'engine/not-docker',
  'too-old': 'engine/too-old',
  'bad-endpoint': 'engine/bad-endpoint',
}

/** What a caller gets who needs an engine while the link is down. */
export function linkError(link: EngineLink): AppError {
  const code = (link.reason && BY_REASON[link.reason]) ?? 'engine/unreachable'
  return new AppError(code, link.message ?? 'The Docker engine has not answered yet.', {
    hint: link.hint,
    detail: { ...link.detail, ...(link.reason ? { reason: link.reason } : {}) },
  })
}

/**
 * The coded form of an error of dockerode or of Node's sockets. An AppError comes back as it is,
 * and so does what is neither: the host gives that an id and logs it.
 */
export function toAppError(error: unknown): Error {
  if (error instanceof AppError) return error
  if (!(error instanceof Error)) return new Error(String(error))
  const { code, statusCode } = error as Error & { code?: unknown; statusCode?: unknown }
  if (typeof statusCode === 'number') return fromStatus(statusCode, engineSentence(error), error)
  if (error.name === 'AbortError' || code === 'ABORT_ERR')
    return new AppError('rpc/cancelled', 'The request was cancelled.', { cause: error })
  if (typeof code !== 'string') return error
  if (code === 'EACCES' || code === 'EPERM')
    return new AppError('engine/denied', 'This user may not open the Docker socket.', {
      hint: 'See engine.status for the group that may.',
      cause: error,
    })
  if (SOCKET_CODES.has(code) || code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL'))
    return new AppError('engine/unreachable', 'The Docker engine cannot be reached.', {
      hint: 'See engine.status for the reason.',
      detail: { code },
      cause: error,
    })
  if (code.startsWith('HPE_'))
    return new AppError('engine/not-docker', 'What answers is not the Docker Engine API.', {
      hint: 'Check the endpoint.',
      cause: error,
    })
  return error
}

/** The coded form of an answer of the Engine API with a status of 400 or more. */
export function fromStatus(status: number, sentence: string, cause?: unknown): AppError {
  const more = { detail: { status }, ...(cause === undefined ? {} : { cause }) }
  if (status === 404) return new AppError('engine/not-found', sentence, more)
  if (status === 409) return new AppError('engine/conflict', sentence, more)
  if (status === 400 && /client version \S+ is too (old|new)/.test(sentence))
    return new AppError('engine/too-old', sentence, more)
  return new AppError('engine/refused', sentence, more)
}

const SOCKET_CODES = new Set([
  'ENOENT',
  'ENOTDIR',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** docker-modem wraps the engine's own sentence: `(HTTP code 404) no such container - …`. */
function engineSentence(error: Error): string {
  const json = (error as Error & { json?: unknown }).json
  const message =
    typeof json === 'object' && json !== null ? (json as { message?: unknown }).message : undefined
  if (typeof message === 'string' && message !== '') return message
  return (
    error.message.replace(/^\(HTTP code \d+\) .*? - /, '').trim() || 'The engine refused without a reason.'
  )
}
