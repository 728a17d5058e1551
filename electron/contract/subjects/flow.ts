import { z } from 'zod'
import { request, stream } from '../define'
import { Lifecycle } from './engine-service'

/**
 * Who saw a request. `trace`: dockerd's own spans; `tap`: the socket Porthole forwards; `log`: the
 * debug lines of dockerd, which tell of a request's start and seldom of its end.
 */
export const FlowObserver = z.enum(['trace', 'tap', 'log'])

/** Why an observer cannot be used here. */
export const FlowObstacle = z.enum([
  'engine-down',
  'engine-too-old',
  'not-a-local-socket',
  'log-none',
  'log-denied',
  'port-taken',
  'own-network',
])

export const FlowTap = z.object({
  /** Path of the socket to connect to. */
  socket: z.string(),
  /** What DOCKER_HOST has to be: `unix://…`. */
  endpoint: z.string(),
  /** Path of dockerd's own socket. */
  upstream: z.string(),
  /** The docker context that was made for it. */
  context: z.string().optional(),
  since: z.string(),
  /** Connections that stand now. */
  connections: z.int(),
  /** Connections whose bytes were forwarded and not understood (HTTP/2 from the start, say). */
  blind: z.int(),
})

export const FlowTraces = z.object({
  /** What OTEL_EXPORTER_OTLP_ENDPOINT has to be in dockerd's environment: `http://127.0.0.1:4318`. */
  endpoint: z.string(),
  since: z.string(),
  /** When the first ones came; absent before. */
  heardAt: z.string().optional(),
  /** Those of a sandbox, whose dockerd sends them ever since it began, and nobody else's. */
  sandbox: z.boolean().optional(),
})

/** What has systemd start dockerd with its traces sent to Porthole. */
export const FlowSending = z.object({
  /** The unit that a drop-in would be for, or is. */
  unit: z.string(),
  /** Porthole's drop-in, while it stands. With nobody listening at `endpoint` dockerd drops what it would send. */
  dropIn: z.object({ path: z.string(), endpoint: z.string() }).optional(),
})

/** One hop's part of a request's work. */
export const FlowSpan = z.object({
  id: z.string(),
  parentId: z.string().optional(),
  /** As dockerd and containerd name it: `daemon.containerStart`, `containerd.services.tasks.v1.Tasks/Create`. */
  name: z.string(),
  kind: z.enum(['internal', 'server', 'client', 'producer', 'consumer']),
  /** The program that told of it. */
  service: z.string().optional(),
  /** 0 for the request itself. */
  depth: z.int(),
  /** From the start of the request. */
  startMs: z.number(),
  durationMs: z.number(),
  failed: z.boolean(),
  message: z.string().optional(),
})

export const FlowObservers = z.object({
  /** The best one that works now; `events` when no request can be seen, absent without a daemon. */
  standsOn: z.enum(['trace', 'tap', 'log', 'events']).optional(),
  /** Best first. */
  observers: z.array(
    z.object({
      kind: z.enum(['trace', 'tap', 'log', 'events']),
      /** `possible`: it would work after what `needs` says; `impossible`: not here, see `obstacle`. */
      state: z.enum(['on', 'possible', 'impossible']),
      /**
       * `start-tap`, `start-traces`: see these requests; `send-traces`: dockerd has to be started with
       * the address that is listened at, by this request where there is `sending`; `debug`: its debug
       * mode has to be switched on.
       */
      needs: z.enum(['start-tap', 'start-traces', 'send-traces', 'debug']).optional(),
      obstacle: FlowObstacle.optional(),
    }),
  ),
  tap: FlowTap.optional(),
  traces: FlowTraces.optional(),
  /** Absent where dockerd is no service of systemd, and its environment is somebody else's to set. */
  sending: FlowSending.optional(),
})

export const FlowRequest = z.object({
  /** Counts updates in this process. */
  seq: z.int(),
  /** The same in each update of one request. */
  id: z.string(),
  method: z.string(),
  /** As it was sent, with the values of parameters that may be secret as `*****`. */
  path: z.string(),
  /** Without version, query, names and ids: `/containers/{id}/json`. */
  route: z.string(),
  /** ISO 8601 with milliseconds. */
  startedAt: z.string(),
  /** `cut`: the connection ended before the answer did; `unseen`: nobody saw whether it has ended. */
  state: z.enum(['open', 'ended', 'cut', 'unseen']),
  /** Until the answer's last byte; for an upgraded connection, until dockerd closed it. */
  durationMs: z.number().optional(),
  status: z.int().optional(),
  /** Of the bodies, or of what went over an upgraded connection. */
  requestBytes: z.int().optional(),
  responseBytes: z.int().optional(),
  /** Content types, without parameters. */
  requestType: z.string().optional(),
  responseType: z.string().optional(),
  /** What the connection became: `tcp`, `h2c`. */
  upgrade: z.string().optional(),
  client: z
    .object({ pid: z.int().optional(), process: z.string().optional(), userAgent: z.string().optional() })
    .optional(),
  /** Asked by this Porthole. */
  own: z.boolean().optional(),
  /** A `/_ping`: somebody asks whether the daemon lives. */
  healthCheck: z.boolean().optional(),
  observedBy: z.array(FlowObserver),
  /** dockerd's own words, from its log, masked. */
  error: z.string().optional(),
  /** Trace of the request, where dockerd's log names one. */
  traceId: z.string().optional(),
})

/** How a change of what dockerd sends ended; `rolled-back`: its unit and dockerd are as before. */
const Sent = Lifecycle.extend({ outcome: z.enum(['done', 'rolled-back']) })

export const flow = {
  /** How requests are seen now, what else could see them, and what that would need. */
  'flow.observers': stream({
    access: 'read',
    input: z.strictObject({}),
    item: FlowObservers,
    overflow: 'latest',
    resume: 'restart',
  }),
  /**
   * Requests to the Engine API as they start, and again when more is known of them: whoever gets an
   * `id` twice keeps the later one. First the last `tail` ones (200), then what comes; `after` goes on
   * behind a `seq`. Updates of a request the reader has not taken yet are joined into one. A request
   * that several observers saw is one request. `minStatus` and `minDurationMs` leave out what is not
   * known to have either. `by` reads those observers only.
   */
  'flow.requests': stream({
    access: 'read',
    input: z.strictObject({
      after: z.int().min(0).optional(),
      tail: z.int().min(0).max(5_000).optional(),
      by: z.array(FlowObserver).min(1).max(3).optional(),
      methods: z.array(z.string().max(16)).max(16).optional(),
      /** Part of path or route, upper and lower case alike. */
      path: z.string().max(512).optional(),
      /** Part of the client's process or user agent, or its pid. */
      client: z.string().max(128).optional(),
      /** This status and higher ones. */
      minStatus: z.int().min(100).max(599).optional(),
      minDurationMs: z.number().min(0).optional(),
      hideOwn: z.boolean().optional(),
      hideHealthChecks: z.boolean().optional(),
    }),
    item: FlowRequest,
    overflow: 'drop-oldest',
    resume: 'cursor',
    queueLimit: 20_000,
  }),
  /**
   * Opens a socket that forwards to dockerd's, byte for byte, and sees the requests that pass. `admin`,
   * for whoever may open it has the whole daemon: it is 0600 of this user, by itself in a private
   * folder. `context` makes a docker context for it, removed with the tap. A tap that stands already
   * is answered when nothing else is asked for. Throws `flow/no-local-socket`, `flow/path-refused`,
   * `flow/tap-running`, `flow/context-failed`.
   */
  'flow.startTap': request({
    access: 'admin',
    input: z.strictObject({
      socket: z.string().min(1).max(4_096).optional(),
      context: z
        .string()
        .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$/)
        .max(128)
        .optional(),
    }),
    output: FlowTap,
  }),
  /** Closes the tap, its connections and its docker context. False when there was none. */
  'flow.stopTap': request({
    access: 'admin',
    input: z.strictObject({}),
    output: z.object({ stopped: z.boolean() }),
  }),
  /**
   * Listens on 127.0.0.1 for what dockerd (25 and newer) and containerd tell of their own work, as
   * OTLP over HTTP. They send it when they were started with OTEL_EXPORTER_OTLP_ENDPOINT set to
   * `endpoint`; a daemon that runs has to be restarted for that. Whatever comes is taken for the
   * engine's in use. While a drop-in of `flow.sendTraces` stands, its port is listened at by itself as
   * soon as requests are looked at, and is the one that is meant here without `port`; else 4318. Throws
   * `flow/traces-running` while another port is listened at, and `flow/port-taken`.
   */
  'flow.startTraces': request({
    access: 'admin',
    input: z.strictObject({ port: z.int().min(0).max(65_535).optional() }),
    output: FlowTraces,
  }),
  /**
   * Has dockerd (25 and newer) send its traces from now on, where systemd runs it: listens, writes a
   * drop-in for its unit, has systemd read that, restarts dockerd and proves it; without the proof the
   * drop-in goes and dockerd is as before. What a restart stops, `config.check` tells as `impact`; one
   * that sends there already is not restarted. The drop-in stands until `flow.endTraces`, and so does
   * its port. Steps are told by `config.progress`. Throws `flow/no-systemd`, `flow/port-taken`,
   * `flow/traces-running`, `flow/traces-elsewhere`, `flow/drop-in-foreign`, `engine/too-old`,
   * `engine/no-process`, `config/invalid`, `config/busy`, `helper/*`; then nothing was changed.
   */
  'flow.sendTraces': request({
    access: 'admin',
    input: z.strictObject({ port: z.int().min(1_024).max(65_535).optional() }),
    output: Sent,
    timeoutMs: 300_000,
  }),
  /**
   * Takes the drop-in away again, with the same proof, and listens no more. A dockerd that is down
   * stays so. Throws as `flow.sendTraces` does.
   */
  'flow.endTraces': request({
    access: 'admin',
    input: z.strictObject({}),
    output: Sent,
    timeoutMs: 300_000,
  }),
  /** Listens no more; what was seen stays. False when nothing was listened for, and for a sandbox's. */
  'flow.stopTraces': request({
    access: 'admin',
    input: z.strictObject({}),
    output: z.object({ stopped: z.boolean() }),
  }),
  /**
   * What one request set in motion, hop by hop, parents before children: the request itself first.
   * Empty for a request of which no trace was told, and for one that is no longer kept.
   */
  'flow.spans': request({
    access: 'read',
    input: z.strictObject({ id: z.string().max(64) }),
    output: z.object({ spans: z.array(FlowSpan) }),
  }),
}
