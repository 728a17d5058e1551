/** The parts of `/info` that tell a running value. */
export interface Info {
  Debug?: boolean
  LiveRestoreEnabled?: boolean
  DefaultRuntime?: string
  LoggingDriver?: string
  ExperimentalBuild?: boolean
  DockerRootDir?: string
  Driver?: string
  CgroupVersion?: string
  /** Of `/version`. */
  MinAPIVersion?: string | undefined
  InitBinary?: string
  HttpProxy?: string
  HttpsProxy?: string
  NoProxy?: string
  Labels?: string[] | null
  SecurityOptions?: string[] | null
  Runtimes?: Record<string, { path?: string; runtimeArgs?: string[] | null }> | null
  DefaultAddressPools?: { Base?: string; Size?: number }[] | null
  RegistryConfig?: {
    Mirrors?: string[] | null
    InsecureRegistryCIDRs?: string[] | null
    IndexConfigs?: Record<string, { Secure?: boolean }> | null
  } | null
}

/** Runtimes the engine lists without being told of them. */
const BUILT_IN = new Set(['runc', 'io.containerd.runc.v2', 'io.containerd.runtime.v1.linux'])

/** Options whose running value `/info` tells. Those it leaves out are not in the map. */
export function toldByInfo(info: Info): Map<string, unknown> {
  const all: [string, unknown][] = [
    ['debug', info.Debug],
    ['live-restore', info.LiveRestoreEnabled],
    ['default-runtime', info.DefaultRuntime],
    ['log-driver', info.LoggingDriver],
    ['experimental', info.ExperimentalBuild],
    ['data-root', info.DockerRootDir],
    ['storage-driver', info.Driver],
    ['labels', info.Labels ?? []],
    ['http-proxy', info.HttpProxy],
    ['https-proxy', info.HttpsProxy],
    ['no-proxy', info.NoProxy],
    ...runtimes(info),
    ...registries(info),
    ...security(info),
    ...pools(info),
    ['min-api-version', info.MinAPIVersion],
  ]
  return new Map(all.filter(([, value]) => value !== undefined && value !== ''))
}

/** Paths and arguments; a runtime given by its type shows as an empty object. */
function runtimes({ Runtimes: listed }: Info): [string, unknown][] {
  if (!listed) return []
  const added = Object.entries(listed).filter(([name]) => !BUILT_IN.has(name))
  return [
    [
      'runtimes',
      Object.fromEntries(
        added.map(([name, { path, runtimeArgs }]) => [
          name,
          {
            ...(path === undefined ? {} : { path }),
            ...(runtimeArgs?.length ? { runtimeArgs } : {}),
          },
        ]),
      ),
    ],
  ]
}

function registries({ RegistryConfig: registry }: Info): [string, unknown][] {
  if (registry === undefined) return []
  const insecure = [
    ...(registry?.InsecureRegistryCIDRs ?? []),
    ...Object.entries(registry?.IndexConfigs ?? {}).flatMap(([name, index]) =>
      index.Secure === false ? [name] : [],
    ),
  ].filter((each) => !isLoopback(each))
  return [
    ['registry-mirrors', registry?.Mirrors ?? []],
    ['insecure-registries', insecure],
  ]
}

/** Always insecure, whatever the file says. */
export function isLoopback(registry: string): boolean {
  return registry === '127.0.0.0/8' || registry === '::1/128'
}

/** `SecurityOptions` name what is on and are silent of what is off. */
function security({ SecurityOptions: options, CgroupVersion: cgroup }: Info): [string, unknown][] {
  if (!options) return []
  const on = new Set(options.map((each) => /^name=([^,]+)/.exec(each)?.[1] ?? each))
  const seccomp = options.map((each) => /^name=seccomp,profile=(.+)$/.exec(each)?.[1]).find(Boolean)
  return [
    ['no-new-privileges', on.has('no-new-privileges')],
    ['selinux-enabled', on.has('selinux')],
    ['rootless', on.has('rootless')],
    ['default-cgroupns-mode', cgroup === undefined ? undefined : on.has('cgroupns') ? 'private' : 'host'],
    // 20.10 calls its own profile `default`.
    ['seccomp-profile', seccomp === 'default' ? 'builtin' : seccomp],
  ]
}

function pools({ DefaultAddressPools: listed }: Info): [string, unknown][] {
  if (!listed || listed.length === 0) return []
  return [['default-address-pools', listed.map(({ Base, Size }) => ({ base: Base, size: Size }))]]
}
