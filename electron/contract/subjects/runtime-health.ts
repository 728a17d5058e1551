import { z } from 'zod'
import { stream } from '../define'

/** Most readings of each kind that are kept: an hour at one every 15 s. */
const KEPT = 240

const Reader = z.strictObject({
  /** Readings of the past to begin with. */
  tail: z.int().min(0).max(KEPT).default(KEPT),
  /** Goes on behind the reading of this `seq` instead. */
  after: z.int().min(0).optional(),
})

export const HealthReading = z.object({
  seq: z.int(),
  at: z.string(),
  /** dockerd's process; another one than before is a restart. */
  pid: z.int().optional(),
  cpuPercent: z.number().optional(),
  rssBytes: z.number().optional(),
  fds: z.int().optional(),
  goroutines: z.int().optional(),
  /** Clients that listen to `/events`. */
  eventListeners: z.int().optional(),
})

/** Actions of one kind since dockerd started: how many, and how long they took together. */
export const Action = z.object({ action: z.string(), count: z.number(), seconds: z.number() })

/** What is charted of dockerd's metrics. Counters begin anew with each start of dockerd. */
export const MetricsValues = z.object({
  containers: z.object({ running: z.number(), paused: z.number(), stopped: z.number() }).optional(),
  containerActions: z.array(Action),
  networkActions: z.array(Action),
  healthChecks: z.number().optional(),
  healthChecksFailed: z.number().optional(),
  events: z.number().optional(),
  builds: z.number().optional(),
  buildsFailed: z.number().optional(),
  goroutines: z.number().optional(),
  heapBytes: z.number().optional(),
  fds: z.number().optional(),
  rssBytes: z.number().optional(),
  cpuSeconds: z.number().optional(),
})

export const MetricsReading = z.object({
  seq: z.int(),
  at: z.string(),
  /**
   * `off`: this dockerd serves no metrics; `elsewhere`: it does not run on this machine, so its address
   * means another; `failed`: nothing usable came from the address; `read`: `values` are there.
   */
  state: z.enum(['off', 'elsewhere', 'failed', 'read']),
  /** `metrics-addr` in force. */
  address: z.string().optional(),
  /** Why nothing was read, in English. */
  reason: z.string().optional(),
  values: MetricsValues.optional(),
})

export const runtimeHealth = {
  /**
   * dockerd's own health over time: the readings kept, then one every 15 s. Readings are taken while
   * somebody reads. `/info` gives goroutines and listeners, /proc the rest.
   */
  'runtime.health': stream({
    access: 'read',
    input: Reader,
    item: HealthReading,
    overflow: 'drop-oldest',
    resume: 'cursor',
  }),
  /**
   * dockerd's Prometheus metrics from the `metrics-addr` in force, as `runtime.health`. Asked of
   * addresses of this machine alone; never throws for a daemon that is down or serves none.
   */
  'runtime.metrics': stream({
    access: 'read',
    input: Reader,
    item: MetricsReading,
    overflow: 'drop-oldest',
    resume: 'cursor',
  }),
}
