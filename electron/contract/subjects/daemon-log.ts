import { z } from 'zod'
import { stream } from '../define'

/** logrus' levels, plus `unknown` for a line that does not say. */
export const LogLevel = z.enum(['trace', 'debug', 'info', 'warning', 'error', 'fatal', 'panic', 'unknown'])

export const LogSource = z.object({
  kind: z.enum(['journal', 'user-journal', 'file', 'sandbox']),
  /** Unit or path. */
  name: z.string(),
})

export const LogLine = z.object({
  /** Counts lines in this process, without holes. */
  seq: z.int(),
  /** ISO 8601; of the line itself, of the journal, or of its arrival, in this order. */
  time: z.string(),
  /** From the line, not from the journal's priority, which dockerd leaves at 6. */
  level: LogLevel,
  message: z.string(),
  /** Other key=value pairs of the line. */
  fields: z.record(z.string(), z.string()),
  source: z.string(),
  /** The line as it was written, with secrets masked. */
  raw: z.string(),
})

export const LogLink = z.object({
  /** `waiting`: the source is there and silent for now or being reopened; `none`: no source found. */
  state: z.enum(['live', 'waiting', 'denied', 'none']),
  source: LogSource.optional(),
  message: z.string().optional(),
  hint: z.string().optional(),
  detail: z.record(z.string(), z.string()).optional(),
  /** Every source that was looked at and what was found. */
  looked: z.array(
    z.object({
      source: LogSource,
      found: z.enum(['used', 'absent', 'denied', 'empty', 'other']),
    }),
  ),
})

export const daemonLog = {
  /**
   * dockerd's own log: the last `tail` lines, then new ones. `level` keeps that level and graver
   * ones, `text` lines that contain it (case-insensitive), `after` goes on behind a `seq`.
   */
  'daemonLog.watch': stream({
    access: 'read',
    input: z.strictObject({
      since: z.string().max(64).optional(),
      after: z.int().min(0).optional(),
      tail: z.int().min(0).max(10_000).optional(),
      level: LogLevel.exclude(['unknown']).optional(),
      text: z.string().max(512).optional(),
    }),
    item: LogLine,
    overflow: 'drop-oldest',
    resume: 'cursor',
    queueLimit: 10_000,
  }),
  /** Where the log is read from, and whether it flows. */
  'daemonLog.link': stream({
    access: 'read',
    input: z.strictObject({}),
    item: LogLink,
    overflow: 'latest',
    resume: 'restart',
  }),
}
