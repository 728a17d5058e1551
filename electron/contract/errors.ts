/**
 * The closed list of error codes. A page, a script or a test switches on the code; the English
 * message and hint are for people who read a terminal, the window has its own texts per code.
 */
export const ERROR_CODES = [
  'engine/unreachable',
  'engine/denied',
  'engine/not-docker',
  'engine/bad-endpoint',
  'engine/not-found',
  'engine/conflict',
  'engine/refused',
  'engine/too-old',
  'engine/no-process',
  'engine/no-manager',
  'engine/not-started',
  'engine/not-stopped',
  'config/invalid',
  'config/changed-underneath',
  'config/symlink',
  'config/unreadable',
  'config/not-writable',
  'config/busy',
  'config/no-backup',
  'config/foreign',
  'runtime/no-bundle',
  'runtime/rootless',
  'runtime/no-dump',
  'log/none',
  'log/denied',
  'flow/no-local-socket',
  'flow/path-refused',
  'flow/tap-running',
  'flow/context-failed',
  'flow/traces-running',
  'flow/port-taken',
  'flow/traces-elsewhere',
  'flow/drop-in-foreign',
  'flow/no-systemd',
  'recording/running',
  'recording/too-many',
  'recording/not-found',
  'recording/unreadable',
  'recording/failed',
  'recording/flag',
  'recording/drift',
  'helper/dismissed',
  'helper/denied',
  'helper/unavailable',
  'helper/failed',
  'helper/unknown-verb',
  'helper/path-refused',
  'sandbox/unavailable',
  'sandbox/failed',
  'sandbox/refused',
  'storage/remote',
  'storage/denied',
  'storage/busy',
  'storage/changed-underneath',
  'image/unreadable',
  'image/too-large',
  'image/no-path',
  'image/no-content',
  'image/no-archive',
  'image/not-open',
  'rpc/unknown',
  'rpc/bad-input',
  'rpc/bad-frame',
  'rpc/too-large',
  'rpc/denied',
  'rpc/too-many',
  'rpc/timeout',
  'rpc/disconnected',
  'rpc/cancelled',
  'internal',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** What an error is on the wire: never a stack, never a path of the program. */
export interface WireError {
  code: ErrorCode
  /** One plain English sentence. */
  message: string
  /** What the reader can do about it. */
  hint?: string
  /** Values a translated text needs (`path`, `group`, `line`, …), and `id` for `internal`. */
  detail?: Record<string, string | number | boolean>
}

/** An error that may cross to the other side: code, message, hint, values. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly detail: Record<string, string | number | boolean> | undefined

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      hint?: string | undefined
      detail?: Record<string, string | number | boolean> | undefined
      cause?: unknown
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'AppError'
    this.code = code
    this.hint = more.hint
    this.detail = more.detail
  }
}
