import { nearest } from '../../rpc/nearest'

/** JSON value of an option as dockerd's decoder wants it (Go struct field types). */
export type ValueType =
  | 'bool'
  | 'int'
  | 'string'
  | 'strings'
  | 'size'
  | 'ip'
  | 'string-map'
  | 'bool-map'
  | 'map-of-string-maps'
  | 'runtimes'
  | 'ulimits'
  | 'pools'
  | 'builder'
  | 'nri'

/** One key of daemon.json. Versions are the engine's, `1.12` stands for that and anything older. */
export interface ConfigOption {
  key: string
  type: ValueType
  /** Long flag without dashes; null when the option exists in the file only. */
  flag: string | null
  short?: string
  since: string
  /** First version with the flag, where that is later than the key. */
  flagSince?: string
  flagRemoved?: string
  /** First version that refuses the key in the file. */
  removed?: string
  /** From here on the key is accepted and does nothing. */
  ignoredSince?: string
  /**
   * Set when SIGHUP applies the key: what a reload does when the key is not in the file any more.
   * `kept`: the running value stays; `reset`: it goes back to the default.
   */
  live?: 'kept' | 'reset'
  /** Only containers created afterwards see the change. */
  newContainers?: true
  /** The key counts only inside this object; at top level it is accepted and ignored. */
  inside?: 'proxies'
  default?: unknown
}

function option(
  key: string,
  type: ValueType,
  more: Partial<Omit<ConfigOption, 'key' | 'type'>> = {},
): ConfigOption {
  return { key, type, flag: key, since: '1.12', ...more }
}

/**
 * The keys of daemon.json, from the struct tags and flag sets of dockerd 1.12 to 29.7. Live keys
 * and what their removal does were seen on 20.10, 26, 28 and 29.
 */
export const OPTIONS: readonly ConfigOption[] = [
  // storage
  option('data-root', 'string', { since: '17.05', default: '/var/lib/docker' }),
  option('exec-root', 'string', { default: '/var/run/docker' }),
  option('storage-driver', 'string', { short: 's' }),
  option('storage-opts', 'strings', { flag: 'storage-opt', default: [] }),
  // general
  option('features', 'bool-map', {
    flag: 'feature',
    since: '18.09',
    flagSince: '27.3',
    live: 'reset',
    default: {},
  }),
  option('pidfile', 'string', { short: 'p', default: '/var/run/docker.pid' }),
  // api
  option('hosts', 'strings', { flag: 'host', short: 'H' }),
  option('group', 'string', { short: 'G', default: 'docker' }),
  option('tls', 'bool', { default: false }),
  option('tlsverify', 'bool', { default: false }),
  option('tlscacert', 'string'),
  option('tlscert', 'string'),
  option('tlskey', 'string'),
  option('authorization-plugins', 'strings', { flag: 'authorization-plugin', live: 'reset', default: [] }),
  option('min-api-version', 'string', { flag: null, since: '29.0' }),
  // monitoring
  option('metrics-addr', 'string', { since: '1.13', default: '' }),
  // general
  option('experimental', 'bool', { since: '1.13', default: false }),
  // logging
  option('debug', 'bool', { short: 'D', live: 'kept', default: false }),
  option('log-level', 'string', { short: 'l', default: 'info' }),
  option('log-format', 'string', { since: '25.0', default: 'text' }),
  option('raw-logs', 'bool', { default: false }),
  // container-logging
  option('log-driver', 'string', { default: 'json-file' }),
  option('log-opts', 'string-map', { flag: 'log-opt', default: {} }),
  // runtimes
  option('default-runtime', 'string', { live: 'kept', newContainers: true, default: 'runc' }),
  option('runtimes', 'runtimes', { flag: 'add-runtime', live: 'kept', default: {} }),
  option('cdi-spec-dirs', 'strings', {
    flag: 'cdi-spec-dir',
    since: '25.0',
    default: ['/etc/cdi', '/var/run/cdi'],
  }),
  option('nri-opts', 'nri', { since: '29.2', live: 'reset', default: {} }),
  option('exec-opts', 'strings', { flag: 'exec-opt', default: [] }),
  // container-defaults
  option('cgroup-parent', 'string'),
  option('default-cgroupns-mode', 'string', { since: '20.10', live: 'kept', newContainers: true }),
  option('default-ipc-mode', 'string', {
    since: '17.09',
    live: 'kept',
    newContainers: true,
    default: 'private',
  }),
  option('default-shm-size', 'size', { since: '17.04', live: 'kept', newContainers: true, default: '64M' }),
  option('default-ulimits', 'ulimits', { flag: 'default-ulimit', default: {} }),
  option('default-stop-timeout', 'int', { since: '29.7', live: 'kept', newContainers: true, default: 10 }),
  option('init', 'bool', { since: '1.13', default: false }),
  option('init-path', 'string', { since: '1.13', default: 'docker-init' }),
  // security
  option('no-new-privileges', 'bool', { since: '17.06', default: false }),
  option('seccomp-profile', 'string', { since: '1.13', default: 'builtin' }),
  option('selinux-enabled', 'bool', { default: false }),
  option('userns-remap', 'string', { default: '' }),
  // container-defaults
  option('cpu-rt-period', 'int', { since: '1.13', default: 0 }),
  option('cpu-rt-runtime', 'int', { since: '1.13', default: 0 }),
  // security
  option('rootless', 'bool', { since: '19.03' }),
  // network
  option('bridge', 'string', { short: 'b', default: 'docker0' }),
  option('bip', 'string'),
  option('bip6', 'string', { since: '28.0', default: '' }),
  option('fixed-cidr', 'string', { default: '' }),
  option('fixed-cidr-v6', 'string', { default: '' }),
  option('default-gateway', 'ip', { default: '' }),
  option('default-gateway-v6', 'ip', { default: '' }),
  option('default-address-pools', 'pools', { flag: 'default-address-pool', since: '18.06' }),
  option('default-network-opts', 'map-of-string-maps', {
    flag: 'default-network-opt',
    since: '24.0',
    default: {},
  }),
  option('mtu', 'int', { default: 1500 }),
  option('icc', 'bool', { default: true }),
  option('ip', 'ip', { default: '0.0.0.0' }),
  option('ip-forward', 'bool', { default: true }),
  option('ip-forward-no-drop', 'bool', { since: '28.0', default: false }),
  option('ip-masq', 'bool', { default: true }),
  option('iptables', 'bool', { default: true }),
  option('ip6tables', 'bool', { since: '20.10' }),
  option('ipv6', 'bool', { default: false }),
  option('firewall-backend', 'string', { since: '29.0' }),
  option('allow-direct-routing', 'bool', { since: '28.2', default: false }),
  option('bridge-accept-fwmark', 'string', { since: '29.0', default: '' }),
  option('userland-proxy', 'bool', { default: true }),
  option('userland-proxy-path', 'string', { since: '1.13' }),
  option('dns', 'strings', { default: [] }),
  option('dns-opts', 'strings', { flag: 'dns-opt', default: [] }),
  option('dns-search', 'strings', { default: [] }),
  option('host-gateway-ips', 'strings', { flag: 'host-gateway-ip', since: '28.0' }),
  option('host-gateway-ip', 'ip', { since: '20.10' }),
  option('network-control-plane-mtu', 'int', { since: '17.09', default: 1500 }),
  option('network-diagnostic-port', 'int', { since: '17.12', live: 'reset', default: 0 }),
  // registry
  option('registry-mirrors', 'strings', { flag: 'registry-mirror', live: 'kept', default: [] }),
  option('insecure-registries', 'strings', { flag: 'insecure-registry', live: 'kept', default: [] }),
  option('max-concurrent-downloads', 'int', { live: 'reset', default: 3 }),
  option('max-concurrent-uploads', 'int', { live: 'reset', default: 5 }),
  option('max-download-attempts', 'int', { since: '20.10', live: 'reset', default: 5 }),
  option('http-proxy', 'string', { since: '23.0', inside: 'proxies' }),
  option('https-proxy', 'string', { since: '23.0', inside: 'proxies' }),
  option('no-proxy', 'string', { since: '23.0', inside: 'proxies' }),
  // general
  option('live-restore', 'bool', { live: 'kept', default: false }),
  option('shutdown-timeout', 'int', { since: '1.13', live: 'kept', default: 15 }),
  option('labels', 'strings', { flag: 'label', live: 'kept', default: [] }),
  // containerd
  option('containerd', 'string'),
  option('containerd-namespace', 'string', { since: '19.03.3', default: 'moby' }),
  option('containerd-plugins-namespace', 'string', {
    since: '19.03.3',
    ignoredSince: '1.12',
    default: 'plugins.moby',
  }),
  option('cri-containerd', 'bool', { since: '18.09', default: false }),
  // builder
  option('builder', 'builder', { flag: null, since: '18.09', default: {} }),
  // swarm
  option('swarm-default-advertise-addr', 'string', { default: '' }),
  option('node-generic-resources', 'strings', { flag: 'node-generic-resource', since: '17.09', default: [] }),
  // removed
  option('graph', 'string', { removed: '23.0' }),
  option('cluster-store', 'string', { removed: '23.0', default: '' }),
  option('cluster-advertise', 'string', { removed: '23.0', default: '' }),
  option('cluster-store-opts', 'string-map', { flag: 'cluster-store-opt', removed: '23.0', default: {} }),
  option('oom-score-adjust', 'int', { removed: '26.0', default: 0 }),
  option('api-cors-header', 'string', { removed: '29.0', default: '' }),
  option('allow-nondistributable-artifacts', 'strings', {
    since: '17.06',
    flagRemoved: '29.0',
    ignoredSince: '28.0',
    live: 'kept',
    default: [],
  }),
  option('deprecated-key-path', 'string', { flag: null, since: '17.06', ignoredSince: '24.0' }),
  option('disable-legacy-registry', 'bool', { removed: '19.03', default: true }),
  option('api-enable-cors', 'bool', { removed: '17.09', default: false }),
]

/** Objects whose members dockerd does not lift to the top before it looks its keys up. */
export const KEPT_WHOLE: ReadonlySet<string> = new Set([
  'log-opts',
  'runtimes',
  'default-ulimits',
  'features',
  'builder',
  'default-network-opts',
  'nri-opts',
  'cluster-store-opts',
])

/** Flags that are no options and yet count as keys, because dockerd looks keys up among flag names. */
export const OTHER_FLAGS: readonly { flag: string; short?: string; since: string }[] = [
  { flag: 'config-file', since: '1.12' },
  { flag: 'help', short: 'h', since: '1.12' },
  { flag: 'version', short: 'v', since: '1.12' },
  { flag: 'validate', since: '23.0' },
]

/** An engine's version as numbers; a text without any (`dev`, `master`) counts as the newest. */
export function parseVersion(text: string): readonly [number, number, number] {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text)
  return match === null ? [999, 0, 0] : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
}

/** Whether an engine of `version` is `wanted` or newer, by year/major, minor and patch. */
export function atLeast(version: string, wanted: string): boolean {
  const a = parseVersion(version)
  const b = parseVersion(wanted)
  for (let i = 0; i < 3; i += 1) if (a[i] !== b[i]) return (a[i] ?? 0) > (b[i] ?? 0)
  return true
}

const byKey = new Map(OPTIONS.map((each) => [each.key, each]))
const byFlag = new Map<string, ConfigOption>()
for (const each of OPTIONS) {
  // `host-gateway-ip` is the flag of two keys: the list is the one flags fill since 28.0.
  if (each.flag !== null && !byFlag.has(each.flag)) byFlag.set(each.flag, each)
  if (each.short !== undefined) byFlag.set(each.short, each)
}

export function findOption(key: string): ConfigOption | undefined {
  return byKey.get(key)
}

/** The option a long or short flag (without dashes) sets. */
export function optionOfFlag(flag: string, version = ''): ConfigOption | undefined {
  const found = byFlag.get(flag)
  if (found?.key === 'host-gateway-ips' && !atLeast(version, '28.0')) return byKey.get('host-gateway-ip')
  return found
}

/** Whether an engine of `version` knows the key (it may still ignore it). */
export function knows(each: ConfigOption, version: string): boolean {
  return atLeast(version, each.since) && (each.removed === undefined || !atLeast(version, each.removed))
}

/** Whether dockerd of `version` has a flag of this name, which makes the name pass as a key. */
export function isFlag(name: string, version: string): boolean {
  const found = OPTIONS.some(
    (each) =>
      each.flag === name &&
      atLeast(version, each.flagSince ?? each.since) &&
      (each.removed === undefined || !atLeast(version, each.removed)) &&
      (each.flagRemoved === undefined || !atLeast(version, each.flagRemoved)),
  )
  return found || OTHER_FLAGS.some((each) => each.flag === name && atLeast(version, each.since))
}

/** What a change of a key does, as the contract says it. */
export function takesEffect(key: string, version: string): 'live' | 'restart' | 'new-containers' | 'ignored' {
  if (key === 'proxies') return atLeast(version, '23.0') ? 'restart' : 'ignored'
  const each = byKey.get(key)
  if (each === undefined || !knows(each, version) || each.inside !== undefined) return 'ignored'
  if (each.ignoredSince !== undefined && atLeast(version, each.ignoredSince)) return 'ignored'
  if (each.live === undefined) return 'restart'
  return each.newContainers === true ? 'new-containers' : 'live'
}

/** What brings a change of a key into force. */
export function needs(key: string, version: string): 'nothing' | 'reload' | 'restart' {
  const effect = takesEffect(key, version)
  if (effect === 'ignored') return 'nothing'
  return byKey.get(key)?.live === undefined ? 'restart' : 'reload'
}

/** The known key that is nearest to a misspelt one, when one is near. */
export function nearestKey(name: string, version: string): string | undefined {
  const keys = new Map<string, string>()
  for (const each of OPTIONS.filter((option) => knows(option, version))) {
    if (each.flag !== null) keys.set(each.flag, each.key)
    keys.set(each.key, each.key)
  }
  const near = nearest(name.replace(/[_\s.]/g, '-'), [...keys.keys()])
  return near === undefined ? undefined : keys.get(near)
}
