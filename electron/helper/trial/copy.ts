/**
 * Keys a scratch daemon cannot try: those it has flags of its own for, those that name what the real
 * daemon holds (its sockets, ports, containerd, plugins), and those that need a network.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...['data-root', 'graph', 'exec-root', 'pidfile', 'hosts', 'group'],
  ...['tls', 'tlsverify', 'tlscacert', 'tlscert', 'tlskey'],
  ...['bridge', 'bip', 'bip6', 'fixed-cidr', 'fixed-cidr-v6', 'default-gateway', 'default-gateway-v6'],
  ...['icc', 'iptables', 'ip6tables', 'ip-masq', 'ipv6', 'firewall-backend'],
  ...['containerd', 'containerd-namespace', 'metrics-addr', 'network-diagnostic-port'],
  ...['rootless', 'cluster-store', 'cluster-advertise', 'cluster-store-opts'],
])

/** Storage that depends on the disk the real data lies on. */
const BY_DISK = /^(btrfs|zfs)\b|(^|\.)size=/

/** Log drivers that need no plugin. */
const LOG_DRIVERS: ReadonlySet<unknown> = new Set([
  ...[
    'json-file',
    'local',
    'journald',
    'syslog',
    'gelf',
    'fluentd',
    'awslogs',
    'splunk',
    'gcplogs',
    'none',
    '',
  ],
  undefined,
])

/**
 * Copy of a file for a scratch daemon; no text for one that is not a JSON object. Plugins lie in the
 * data of the running daemon, where a scratch daemon has none: with `plugins` keys that name them are left out.
 */
export function scratchText(text: string, plugins: boolean): { text: string | undefined; leftOut: string[] } {
  const leftOut: string[] = []
  let config: unknown
  try {
    config = text.trim() === '' ? {} : JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return { text: undefined, leftOut }
  }
  if (typeof config !== 'object' || Array.isArray(config)) return { text: undefined, leftOut }
  const kept = Object.entries(config ?? {}).filter(([key, value]) => {
    if (!LEFT_OUT.has(key) && !dependsOnDisk(key, value) && !(plugins && mayNeedPlugin(key, config)))
      return true
    leftOut.push(key)
    return false
  })
  return { text: JSON.stringify(Object.fromEntries(kept)), leftOut }
}

function mayNeedPlugin(key: string, config: object | null): boolean {
  if (key === 'authorization-plugins') return true
  const driver: unknown = (config as Record<string, unknown>)['log-driver']
  return ['log-driver', 'log-opts'].includes(key) && !LOG_DRIVERS.has(driver)
}

function dependsOnDisk(key: string, value: unknown): boolean {
  if (key === 'storage-driver') return typeof value === 'string' && BY_DISK.test(value)
  return key === 'storage-opts' && Array.isArray(value) && value.some((each) => BY_DISK.test(String(each)))
}

/** Flags of the running daemon without which the file means something else; each takes a value. */
const KEPT: ReadonlySet<string> = new Set([
  ...['--log-driver', '--log-opt', '--storage-driver', '--add-runtime', '--default-runtime', '--exec-opt'],
  ...['--cgroup-parent', '--userns-remap', '--feature'],
])

/** The running daemon's flags that a scratch daemon should have too; `argv` begins with the program. */
export function keptFlags(argv: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 1; i < argv.length; i += 1) {
    const arg = argv[i] ?? ''
    const [name = ''] = arg.split('=', 1)
    if (arg === '--experimental' || arg.startsWith('--experimental=')) kept.push(arg)
    else if (KEPT.has(name)) {
      if (arg.includes('=')) kept.push(arg)
      else kept.push(arg, argv[(i += 1)] ?? '')
    }
  }
  return kept
}
