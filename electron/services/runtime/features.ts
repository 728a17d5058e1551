import type { RuntimeFeatures } from '.'

/** Key under which the engine (25 and newer) hands on what `RUNTIME features` printed. */
const KEY = 'org.opencontainers.runtime-spec.features'

/** Annotations in which runtimes write their own version. */
const VERSIONS = ['org.opencontainers.runc.version', 'run.oci.crun.version', 'dev.gvisor.version']

/**
 * What a runtime says of itself, from `status` of its entry in `/info` (OCI runtime-spec,
 * features.md). Undefined when the engine does not tell, or the text is none of that kind.
 */
export function readFeatures(status: unknown): RuntimeFeatures | undefined {
  const text = field(status, KEY)
  if (typeof text !== 'string') return undefined
  let features: unknown
  try {
    features = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof features !== 'object' || features === null) return undefined
  const linux = field(features, 'linux')
  const cgroup = field(linux, 'cgroup')
  const annotations = Object.fromEntries(
    Object.entries(object(field(features, 'annotations'))).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  )
  const version = VERSIONS.map((name) => annotations[name]).find((value) => value !== undefined)
  return {
    ...given('ociVersionMin', word(field(features, 'ociVersionMin'))),
    ...given('ociVersionMax', word(field(features, 'ociVersionMax'))),
    ...given('version', version),
    namespaces: texts(field(linux, 'namespaces')),
    capabilities: texts(field(linux, 'capabilities')).length,
    mountOptions: texts(field(features, 'mountOptions')).length,
    hooks: texts(field(features, 'hooks')),
    cgroup: {
      ...given('v1', flag(field(cgroup, 'v1'))),
      ...given('v2', flag(field(cgroup, 'v2'))),
      ...given('systemd', flag(field(cgroup, 'systemd'))),
      ...given('systemdUser', flag(field(cgroup, 'systemdUser'))),
    },
    ...given('seccomp', flag(field(field(linux, 'seccomp'), 'enabled'))),
    ...given('apparmor', flag(field(field(linux, 'apparmor'), 'enabled'))),
    ...given('selinux', flag(field(field(linux, 'selinux'), 'enabled'))),
    annotations,
  }
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function field(value: unknown, name: string): unknown {
  return object(value)[name]
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

function given<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T })
}
