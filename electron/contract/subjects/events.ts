import { z } from 'zod'
import { request, stream } from '../define'

/** Filters as dockerd knows them: `type`, `event`, `container`, `image`, `label`, `network`, `volume`, … */
export const EventFilters = z.record(z.string().max(64), z.array(z.string().max(512)).max(64))

export const EngineEvent = z.object({
  /** Counts events in this process, without holes. */
  seq: z.int(),
  /** `container`, `image`, `network`, `volume`, `daemon`, `builder`, … */
  type: z.string(),
  /** `start`, `die`, `exec_create: CMD`, … as dockerd spells it. */
  action: z.string(),
  actor: z.object({
    id: z.string(),
    name: z.string().optional(),
    attributes: z.record(z.string(), z.string()),
  }),
  /** ISO 8601 with milliseconds. */
  time: z.string(),
  /** Nanoseconds since 1970 as a decimal string: a JSON number cannot hold them. */
  timeNano: z.string(),
  /** An exec of a health check, or its verdict. */
  healthCheck: z.boolean(),
  /** The link was down before this event and the daemon may have forgotten some (it keeps 256). */
  gapBefore: z.boolean().optional(),
})

export const events = {
  /**
   * Events as they happen. `since` (ISO 8601, or seconds since 1970 with a fraction) replays what
   * the daemon and this process still have; `after` goes on behind a `seq` of this process.
   */
  'events.watch': stream({
    access: 'read',
    input: z.strictObject({
      since: z.string().max(64).optional(),
      after: z.int().min(0).optional(),
      filters: EventFilters.optional(),
      hideHealthChecks: z.boolean().optional(),
    }),
    item: EngineEvent,
    overflow: 'drop-oldest',
    resume: 'cursor',
    queueLimit: 20_000,
  }),
  /** What this process has seen and kept, newest first. `before` is a `seq`. */
  'events.history': request({
    access: 'read',
    input: z.strictObject({
      before: z.int().min(1).optional(),
      limit: z.int().min(1).max(1_000).default(100),
      filters: EventFilters.optional(),
      hideHealthChecks: z.boolean().optional(),
    }),
    output: z.object({
      events: z.array(EngineEvent),
      /** Whether older ones are kept. */
      more: z.boolean(),
      /** Oldest `seq` still kept. */
      oldestSeq: z.int().optional(),
    }),
  }),
}
