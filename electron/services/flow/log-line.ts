import type { LogLine } from '../daemon-log'
import { maskedPath } from './path'

/** What a line of dockerd's log says of a request. */
export type LogSaying =
  | { kind: 'start'; method: string; path: string; at: number; traceId?: string }
  /** dockerd answered with an error; the status is in the line from Docker 28 on. */
  | { kind: 'error'; method: string; path: string; at: number; error: string; status?: number }

const METHOD = '(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH)'
/** Docker up to 27: `Calling GET /v1.41/info` (api/server/middleware/debug.go). */
const CALLING = new RegExp(`^Calling ${METHOD} (/\\S*)$`)
/** Docker 28 and newer: the target is the field `request-url`. */
const HANDLING = new RegExp(`^handling ${METHOD} request$`)
/** Every version, for a status of 500 and higher (api/server/server.go). */
const HANDLER = new RegExp(`^Handler for ${METHOD} (/\\S*) returned error: (.+)$`, 's')
/** Docker 28 and newer, for a status of 400 and higher, with debug. */
const RESPONSE = new RegExp(`^error response for ${METHOD} request$`)
const MAX_ERROR = 1_024

/** Reads a line, whichever version wrote it; undefined when it is about something else. */
export function readLogLine(
  line: Pick<LogLine, 'level' | 'message' | 'fields' | 'time'>,
): LogSaying | undefined {
  const { message, fields } = line
  const at = Date.parse(line.time)
  const url = fields['request-url'] ?? ''
  if (line.level === 'debug') {
    const calling = CALLING.exec(message)
    if (calling) return start(calling[1] ?? '', calling[2] ?? '', at, fields)
    const handling = HANDLING.exec(message)
    if (handling && fields['module'] === 'api' && url.startsWith('/'))
      return start(handling[1] ?? '', url, at, fields)
  }
  const response = RESPONSE.exec(message)
  if (response && url.startsWith('/')) {
    const status = Number(fields['status'])
    return {
      kind: 'error',
      method: response[1] ?? '',
      path: maskedPath(url),
      at,
      error: (fields['error-response'] ?? '').slice(0, MAX_ERROR),
      ...(Number.isInteger(status) && status >= 400 && status < 600 ? { status } : {}),
    }
  }
  const handler = line.level === 'error' ? HANDLER.exec(message) : null
  if (!handler) return undefined
  return {
    kind: 'error',
    method: handler[1] ?? '',
    path: maskedPath(handler[2] ?? ''),
    at,
    error: (handler[3] ?? '').slice(0, MAX_ERROR),
  }
}

function start(method: string, target: string, at: number, fields: Record<string, string>): LogSaying {
  const traceId = fields['traceID']
  return {
    kind: 'start',
    method,
    path: maskedPath(target),
    at,
    ...(traceId !== undefined && /^[0-9a-f]{32}$/.test(traceId) ? { traceId } : {}),
  }
}
