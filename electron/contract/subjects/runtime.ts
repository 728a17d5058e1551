import { z } from 'zod'
import { request } from '../define'
import { ContainerRef, EngineProcess, Unseen } from './topology'

/** What a runtime says of itself (`runc features`), shortened to what differs between runtimes. */
export const RuntimeFeatures = z.object({
  ociVersionMin: z.string().optional(),
  ociVersionMax: z.string().optional(),
  /** The runtime's own version, where its annotations tell it. */
  version: z.string().optional(),
  namespaces: z.array(z.string()),
  capabilities: z.int(),
  mountOptions: z.int(),
  hooks: z.array(z.string()),
  cgroup: z.object({
    v1: z.boolean().optional(),
    v2: z.boolean().optional(),
    systemd: z.boolean().optional(),
    systemdUser: z.boolean().optional(),
  }),
  seccomp: z.boolean().optional(),
  apparmor: z.boolean().optional(),
  selinux: z.boolean().optional(),
  /** Everything else it wanted to say, by its own keys. */
  annotations: z.record(z.string(), z.string()),
})

export const Runtime = z.object({
  name: z.string(),
  isDefault: z.boolean(),
  /** Program, as registered; absent for one that is registered by its shim (`runtimeType`). */
  path: z.string().optional(),
  args: z.array(z.string()),
  /** Absent on engines that do not tell (before 25) and for a runtime that could not be asked. */
  features: RuntimeFeatures.optional(),
  /** How many containers were made with it, running or not, and the first 200 of them. */
  users: z.int(),
  containers: z.array(ContainerRef.extend({ running: z.boolean() })),
  /** Used by containers and not registered (any more): their next start fails. */
  missing: z.boolean(),
})

/** Shares of time in which something waited (Linux PSI): percent over 10 s, 60 s and 300 s. */
export const Pressure = z.object({ avg10: z.number(), avg60: z.number(), avg300: z.number() })

/** `some`: at least one task waited; `full`: all of them did. */
export const PressureOf = z.object({ some: Pressure, full: Pressure.optional() })

/** A container's control group. A limit that is absent is not set. */
export const ControlGroup = z.object({
  /** 1, or 2; with 1 the pressure still comes from version 2 where both are mounted. */
  version: z.union([z.literal(1), z.literal(2)]),
  /** As the kernel names it, below the hierarchy's root. */
  path: z.string(),
  memory: z.object({
    usedBytes: z.number().optional(),
    limitBytes: z.number().optional(),
    /** Below this it is spared when memory gets short (`--memory-reservation`). */
    reservationBytes: z.number().optional(),
    /** Memory and swap together in version 1, swap alone in version 2, as the kernel counts them. */
    swapLimitBytes: z.number().optional(),
    oomKills: z.int().optional(),
  }),
  cpu: z.object({
    /** Most CPUs at a time: quota divided by period. */
    cpus: z.number().optional(),
    /** Share against its neighbours: `cpu.shares` (1024 is usual) in version 1, `cpu.weight` (100) in version 2. */
    weight: z.int().optional(),
    cpuset: z.string().optional(),
    /** Periods so far, and those in which the quota was used up. */
    periods: z.int().optional(),
    throttledPeriods: z.int().optional(),
  }),
  pids: z.object({ current: z.int().optional(), limit: z.int().optional() }),
  pressure: z
    .object({ cpu: PressureOf.optional(), memory: PressureOf.optional(), io: PressureOf.optional() })
    .optional(),
})

export const RuntimeContainer = z.object({
  id: z.string(),
  name: z.string(),
  image: z.string(),
  /** As the engine says: `running`, `exited`, `paused`, … */
  state: z.string(),
  runtime: z.string(),
  /** First process, while there is one. */
  pid: z.int().optional(),
  shimPid: z.int().optional(),
  /** Folder of its OCI bundle with `config.json`, while it runs. */
  bundle: z.string().optional(),
  /** Folder of the low-level runtime's own state, while it runs. */
  stateDir: z.string().optional(),
  /** Absent for one that does not run and where /proc or the hierarchy cannot be read. */
  cgroup: ControlGroup.optional(),
})

export const Containerd = z.object({
  pid: z.int().optional(),
  version: z.string().optional(),
  address: z.string(),
  managed: z.boolean(),
  /** Its namespaces for containers and plugins. */
  namespaces: z.object({ containers: z.string(), plugins: z.string() }),
  startedAt: z.string().optional(),
  rssBytes: z.number().optional(),
  cpuPercent: z.number().optional(),
})

export const Shim = EngineProcess.pick({
  pid: true,
  name: true,
  startedAt: true,
  cpuPercent: true,
  rssBytes: true,
  container: true,
  namespace: true,
})

/** What a look at the program of a runtime came to, before it is registered. */
export const RuntimeCheck = z.object({
  /**
   * `answers`: there, may be run, and said its version; `not-found`; `not-a-program`: no file, or none
   * that may be run; `unsafe`: not run, because others could have put it there; `no-answer`: it did
   * not end in time, or with an error.
   */
  verdict: z.enum(['answers', 'not-found', 'not-a-program', 'unsafe', 'no-answer']),
  /** Where it was found, links resolved. */
  path: z.string().optional(),
  owner: z.string().optional(),
  /** Octal permission bits, for example `0755`. */
  mode: z.string().optional(),
  /** Nobody but root can exchange the program that dockerd will run as root. */
  rootsOwn: z.boolean().optional(),
  /** First lines of what it said, at most 500 characters. */
  said: z.string().optional(),
})

/** Equal goroutines of a dump. */
export const GoroutineGroup = z.object({
  count: z.int(),
  /** Such as `running`, `select`, `chan receive`, `semacquire`. */
  state: z.string(),
  /** Of the one that has waited longest; Go tells whole minutes. */
  minutes: z.int(),
  /** Innermost first, at most 40. */
  frames: z.array(z.object({ call: z.string(), at: z.string() })),
})

const FullId = z.string().regex(/^[0-9a-f]{64}$/, 'A full container id has 64 hexadecimal digits.')

export const runtime = {
  /**
   * The runtimes registered, the default, what each says it can and which containers use it;
   * containerd; the shims; each container's bundle, state folder, control group and pressure.
   * Throws `engine/*` while the engine is not there.
   */
  'runtime.list': request({
    access: 'read',
    input: z.strictObject({}),
    output: z.object({
      at: z.string(),
      defaultRuntime: z.string(),
      cgroupDriver: z.string(),
      runtimes: z.array(Runtime),
      /** Absent where no dockerd of this machine stands behind the endpoint. */
      containerd: Containerd.optional(),
      shims: z.array(Shim),
      containers: z.array(RuntimeContainer),
      /** Containers that did not fit into 1 MiB; those that run come first. */
      omitted: z.int(),
      unseen: z.array(Unseen),
    }),
  }),
  /**
   * Every process of the engine and of its containers, parents before children, as a tree by
   * `under`: dockerd, containerd, shims, first processes and what they started. An answer may hold
   * 1 MiB; `omitted` counts what did not fit, started processes before others. Never throws for a daemon that is down.
   */
  'runtime.processes': request({
    access: 'read',
    input: z.strictObject({}),
    output: z.object({
      at: z.string(),
      processes: z.array(EngineProcess.extend({ depth: z.int() })),
      omitted: z.int(),
      /** Memory of this machine, for a scale. */
      memoryBytes: z.number(),
      cpus: z.int(),
      unseen: z.array(Unseen),
    }),
  }),
  /**
   * `config.json` of a running container's OCI bundle: what the low-level runtime was told. Every
   * value of an environment is masked before it leaves the privileged helper. Throws
   * `runtime/no-bundle`, `runtime/rootless`, `engine/no-process`, `helper/*`.
   */
  'runtime.bundle': request({
    access: 'admin',
    input: z.strictObject({ container: FullId }),
    output: z.object({
      path: z.string(),
      /** The JSON, indented. */
      text: z.string(),
      /** Values that were masked in it. */
      masked: z.int(),
    }),
    timeoutMs: 300_000,
  }),
  /**
   * Whether a runtime's program is there and answers `--version`. A name without a slash is looked
   * up on the usual PATH, as dockerd does. Runs as Porthole's own user, never through the helper, and
   * only a program that nobody but root and that user could have put there.
   */
  'runtime.check': request({
    access: 'admin',
    input: z.strictObject({
      path: z
        .string()
        .max(4096)
        .regex(
          /^(\/|[A-Za-z0-9][A-Za-z0-9._+-]*$)[^\0]*$/,
          'An absolute path, or a name to look up on PATH.',
        ),
    }),
    output: RuntimeCheck,
  }),
  /**
   * A look into dockerd for when it hangs: every goroutine with its stack, a heap profile, or a CPU
   * profile of `seconds` (5). Asked over the API, which serves `/debug/pprof` whatever `debug`
   * says; goroutines of a dockerd that does not answer are had by SIGUSR1 through the helper.
   * Throws `runtime/no-dump`, `engine/*`, `helper/*`.
   */
  'runtime.dump': request({
    access: 'admin',
    input: z.strictObject({
      kind: z.enum(['goroutines', 'heap', 'cpu']),
      seconds: z.int().min(1).max(30).default(5),
    }),
    output: z.object({
      /** For a file: `dockerd-goroutines-….txt.gz`, `dockerd-heap-….pb.gz`. */
      name: z.string(),
      /** The file, a gzip, in base64. */
      base64: z.string(),
      /** Stacks beyond what fits into an answer were left out of the file. */
      truncated: z.boolean(),
      through: z.enum(['api', 'signal']),
      /** The file dockerd wrote by itself, when it was asked by a signal. */
      path: z.string().optional(),
      /** Of a goroutine dump. */
      goroutines: z
        .object({
          total: z.int(),
          /** The longest waiting first, then the most. At most 200. */
          groups: z.array(GoroutineGroup),
        })
        .optional(),
    }),
    timeoutMs: 300_000,
  }),
}
