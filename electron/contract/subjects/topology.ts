import { z } from 'zod'
import { request } from '../define'

/** A container as a process or a runtime refers to it. The name is absent while the engine is silent. */
export const ContainerRef = z.object({ id: z.string(), name: z.string().optional() })

/**
 * `dockerd`; `containerd`, its own or the system's; `shim`, one beside each container; `init`, the
 * container's first process; `proxy`, a docker-proxy that carries one published port; `process`,
 * anything an init or a `docker exec` has started.
 */
export const ProcessRole = z.enum(['dockerd', 'containerd', 'shim', 'init', 'proxy', 'process'])

export const EngineProcess = z.object({
  pid: z.int(),
  role: ProcessRole,
  /**
   * Whom it works for: dockerd for containerd and docker-proxy, containerd for a shim, else its
   * parent. A shim's parent by the kernel is pid 1, so that it outlives containerd.
   */
  under: z.int().optional(),
  /** Parent by the kernel. */
  ppid: z.int(),
  /** Last part of argv[0], cut at 64 characters. */
  name: z.string(),
  /** Command line, cut at 300 characters; what can be a secret is masked. */
  command: z.string(),
  /** ISO 8601. */
  startedAt: z.string(),
  /** Of one CPU; since the previous reading, since its start for the first. */
  cpuPercent: z.number(),
  rssBytes: z.number(),
  uid: z.int(),
  container: ContainerRef.optional(),
  /** Of containerd: started by dockerd, and not a service of its own. */
  managed: z.boolean().optional(),
  /** Of a shim: the containerd namespace; `moby` holds containers, `plugins.moby` plugins. */
  namespace: z.string().optional(),
  /** Of a docker-proxy: what it carries. */
  port: z
    .object({
      protocol: z.string(),
      hostIp: z.string(),
      hostPort: z.int(),
      containerIp: z.string(),
      containerPort: z.int(),
    })
    .optional(),
})

/** What could not be looked at, and why the picture is smaller for it. */
export const Unseen = z.enum([
  /** No dockerd of this machine stands behind the endpoint, or /proc is hidden from this user. */
  'dockerd',
  /** The engine did not answer: names and first processes are read from /proc alone. */
  'engine',
  /** There is no `ss` (iproute2): who is connected to a socket is not known. */
  'ss',
  /** Not root: of sockets only one's own processes are known. */
  'others-sockets',
])

export const EngineSocket = z.object({
  kind: z.enum(['api', 'containerd', 'shim']),
  path: z.string(),
  /** Who listens, as far as this user may know; under socket activation systemd listens too. */
  listener: z.int().optional(),
  /** Processes at the other end, each with the number of its connections. */
  peers: z.array(
    z.object({
      pid: z.int(),
      name: z.string(),
      connections: z.int(),
      /** This very program. */
      self: z.boolean().optional(),
    }),
  ),
  /** Connections whose other end may not be seen. */
  unknownPeers: z.int(),
})

export const Topology = z.object({
  at: z.string(),
  processes: z.array(EngineProcess),
  sockets: z.array(EngineSocket),
  /** Processes and sockets left out, from the end, when an answer would be above 1 MiB. */
  omitted: z.int().optional(),
  unseen: z.array(Unseen),
})

export const topology = {
  /**
   * The processes and sockets a request passes, from the clients of the API to the containers:
   * dockerd, its containerd, a shim and a first process for each container that runs, docker-proxies.
   * From /proc, and names from the engine when it answers. Never throws for a daemon that is down:
   * `unseen` says what is missing and why.
   */
  'flow.topology': request({ access: 'read', input: z.strictObject({}), output: Topology }),
}
