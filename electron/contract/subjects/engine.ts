import { z } from 'zod'
import { request, stream } from '../define'

/** State of the link to dockerd. */
export const LinkState = z.enum(['unknown', 'connected', 'unreachable', 'denied'])

/**
 * Why the link is not there. `no-socket`: the socket file is missing; `permission`: EACCES on it;
 * `refused`: the file is there and nobody listens; `silent`: somebody accepts and does not answer;
 * `not-docker`: what answers is not the Engine API; `tls`: the TLS handshake or its files failed;
 * `too-old`: no API version in common; `bad-endpoint`: the address cannot be used;
 * `network`: a remote address did not answer; `stopped`: a sandbox daemon that ended.
 */
export const LinkReason = z.enum([
  'no-socket',
  'permission',
  'refused',
  'silent',
  'not-docker',
  'tls',
  'too-old',
  'bad-endpoint',
  'network',
  'stopped',
])

/** Where the endpoint in use was taken from. */
export const EndpointSource = z.enum(['flag', 'environment', 'context', 'default', 'sandbox', 'chosen'])

export const EngineLink = z.object({
  state: LinkState,
  reason: LinkReason.optional(),
  /** English sentence for a terminal; the window has its own per reason. */
  message: z.string().optional(),
  hint: z.string().optional(),
  /** Values for a translated text: `path`, `group`, `user`, `service`, `address`, `version`. */
  detail: z.record(z.string(), z.string()).optional(),
  /** URL, for example `unix:///run/docker.sock`. */
  endpoint: z.string(),
  source: EndpointSource,
  /** Name of the docker context in use, when one is. */
  context: z.string().optional(),
  /** When this state began, ISO 8601. */
  since: z.string(),
  /** When the next attempt is made, ISO 8601, while the link is down. */
  retryAt: z.string().optional(),
  /** Whether the one event stream behind `events.watch` is open. */
  events: z.enum(['live', 'waiting']),
})

export const DaemonProcess = z.object({
  pid: z.int(),
  /** ISO 8601. */
  startedAt: z.string(),
  rssBytes: z.number(),
  /** Of one CPU; averaged since the previous reading, since its start for the first. */
  cpuPercent: z.number(),
  /** Open descriptors; needs to be its owner or root, else the engine's own figure. */
  fds: z.int().optional(),
  goroutines: z.int().optional(),
  /** Real command line (`/proc/PID/cmdline`); values that can be secrets are masked. */
  argv: z.array(z.string()),
  /** Path of the binary, when it can be read. */
  exe: z.string().optional(),
})

export const EngineStatus = EngineLink.omit({ retryAt: true }).extend({
  engine: z
    .object({
      id: z.string(),
      /** Host name the engine gives itself. */
      name: z.string(),
      version: z.string(),
      /** Version spoken here, for example `1.41`. */
      apiVersion: z.string(),
      /** Highest version this engine speaks. */
      maxApiVersion: z.string(),
      minApiVersion: z.string(),
      os: z.string(),
      arch: z.string(),
      kernel: z.string(),
      operatingSystem: z.string(),
      storageDriver: z.string(),
      imageStore: z.enum(['graphdriver', 'containerd']),
      dataRoot: z.string(),
      loggingDriver: z.string(),
      cgroupVersion: z.string(),
      liveRestore: z.boolean(),
      debug: z.boolean(),
      containers: z.object({ total: z.int(), running: z.int(), paused: z.int(), stopped: z.int() }),
      images: z.int(),
      defaultRuntime: z.string(),
      runtimes: z.array(z.string()),
      containerdVersion: z.string().optional(),
      runcVersion: z.string().optional(),
      eventListeners: z.int().optional(),
      rootless: z.boolean(),
      desktop: z.boolean(),
    })
    .optional(),
  process: DaemonProcess.optional(),
  /** containerd and the shims, as far as /proc shows them. */
  runtime: z
    .object({
      containerd: z.object({ pid: z.int(), rssBytes: z.number(), managed: z.boolean() }).optional(),
      shims: z.int(),
    })
    .optional(),
  /** systemd unit that runs dockerd, when one does (from its cgroup). */
  unit: z.string().optional(),
  /** What the engine itself warns of, and what Porthole noticed. */
  warnings: z.array(z.string()),
})

export const Vitals = z.object({
  at: z.string(),
  cpuPercent: z.number().optional(),
  rssBytes: z.number().optional(),
  fds: z.int().optional(),
  goroutines: z.int().optional(),
  /** Clients that listen to `/events`. */
  eventListeners: z.int().optional(),
})

export const Endpoint = z.object({
  url: z.string(),
  source: EndpointSource,
  /** Context name, `rootless`, `desktop`, `sandbox` or `system`. */
  name: z.string(),
  /** Whether something is there (a socket file; not asked of remote ones). */
  present: z.boolean().optional(),
  active: z.boolean(),
  /** Why it cannot be used, when that is known without trying. */
  problem: z.string().optional(),
})

export const engine = {
  /** The daemon as it is now: link, engine, process, unit. Never throws for a daemon that is down. */
  'engine.status': request({ access: 'read', input: z.strictObject({}), output: EngineStatus }),
  /** Every change of the link's state, beginning with the present one. */
  'engine.link': stream({
    access: 'read',
    input: z.strictObject({}),
    item: EngineLink,
    overflow: 'latest',
    resume: 'restart',
  }),
  /** CPU, memory, descriptors, goroutines and event listeners of dockerd, one item each `everyMs`. */
  'engine.vitals': stream({
    access: 'read',
    input: z.strictObject({ everyMs: z.int().min(500).max(60_000).default(2_000) }),
    item: Vitals,
    overflow: 'drop-oldest',
    resume: 'restart',
  }),
  /** Endpoints known on this machine: contexts, rootful, rootless, Desktop, sandbox. */
  'engine.contexts': request({
    access: 'read',
    input: z.strictObject({}),
    output: z.object({ endpoints: z.array(Endpoint) }),
  }),
  /** Turns the whole program to another of the known endpoints. Throws `engine/bad-endpoint`. */
  'engine.use': request({
    access: 'write',
    input: z.strictObject({ url: z.string().min(1).max(4096), name: z.string().max(256).optional() }),
    output: EngineLink,
  }),
}
