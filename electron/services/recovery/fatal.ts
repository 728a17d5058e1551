/** What a line dockerd ended with means. */
export interface Fatal {
  /** Stable name; the window has a sentence for each. */
  code: FatalCode
  detail: Record<string, string>
  /** Plain English sentence. */
  message: string
  /** Keys of daemon.json that are at fault when the file holds them, likeliest first. */
  keys: string[]
}

interface Known {
  code: string
  pattern: RegExp
  /** Names of the pattern's groups, in order; the sentence may hold them in braces. */
  names: readonly string[]
  message: string
  keys: readonly string[] | ((detail: Record<string, string>) => string[])
}

const listed =
  (name: string) =>
  (detail: Record<string, string>): string[] =>
    (detail[name] ?? '').split(', ').filter((key) => key !== '')

/**
 * The ways dockerd is known to end at its start, most telling first. Wordings of 20.10 to 29, as
 * seen on running daemons or read in moby's sources (daemon/config, cmd/dockerd, libnetwork).
 */
const KNOWN = [
  {
    code: 'flag-conflict',
    pattern: /specified both as a flag and in the configuration file: (.*)$/,
    names: ['conflicts'],
    message: 'These options stand both in daemon.json and on dockerd’s command line: {keys}.',
    keys: listed('keys'),
  },
  {
    code: 'unknown-key',
    pattern: /directives don't match any configuration option: (.*)$/,
    names: ['keys'],
    message: 'daemon.json holds keys this engine does not know: {keys}.',
    keys: listed('keys'),
  },
  {
    code: 'wrong-type',
    pattern:
      /cannot unmarshal (\w+)(?: \S+)? into Go struct field (?:\w+\.)*([\w-]+)(?:\.[\w-]+)? of type (\w+)/,
    names: ['found', 'key', 'wanted'],
    message: '“{key}” in daemon.json is a {found}, where dockerd wants a {wanted}.',
    keys: listed('key'),
  },
  {
    code: 'file-missing',
    pattern: /configure the Docker daemon with file (\S+): open .*: no such file or directory/,
    names: ['path'],
    message: '{path} is not there, and dockerd was told to read it.',
    keys: [],
  },
  {
    code: 'file-denied',
    pattern:
      /configure the Docker daemon with file (\S+): (?:open|read) .*: (?:permission denied|is a directory)/,
    names: ['path'],
    message: 'dockerd cannot read {path}.',
    keys: [],
  },
  {
    code: 'json',
    pattern:
      /configure the Docker daemon with file (\S+): ((?:invalid JSON|invalid character|unexpected EOF|unexpected end|EOF|failed to decode|json:).*)$/,
    names: ['path', 'why'],
    message: '{path} is not JSON that dockerd can read: {why}.',
    keys: [],
  },
  {
    code: 'default-runtime',
    pattern: /specified default runtime '([^']*)' does not exist/,
    names: ['runtime'],
    message: 'The default runtime “{runtime}” is not there.',
    keys: ['default-runtime'],
  },
  {
    code: 'runtime',
    pattern: /(?:runtime name '([^']*)' is reserved|runtime (\S+): (?:either|cannot) .*)/,
    names: ['runtime', 'runtime'],
    message: 'The runtime “{runtime}” is not described as dockerd wants it.',
    keys: ['runtimes'],
  },
  {
    code: 'file-refused',
    pattern: /configure the Docker daemon with file (\S+): (.*)$/,
    names: ['path', 'why'],
    message: 'dockerd refuses {path}: {why}.',
    keys: [],
  },
  {
    code: 'metrics-port',
    pattern: /metrics.*listen tcp (\S+): bind: address already in use/,
    names: ['address'],
    message: 'The address for metrics, {address}, is taken by another program.',
    keys: ['metrics-addr'],
  },
  {
    code: 'metrics-address',
    pattern: /failed to start metrics server: (.*)$/,
    names: ['why'],
    message: 'Metrics cannot be served at the address that is set: {why}.',
    keys: ['metrics-addr'],
  },
  {
    code: 'address-in-use',
    pattern: /listen (?:tcp\d?|unix) (\S+): bind: address already in use/,
    names: ['address'],
    message: 'The address {address} is taken by another program.',
    keys: ['hosts', 'metrics-addr'],
  },
  {
    code: 'listen',
    pattern: /failed to load listeners: (.*)$/,
    names: ['why'],
    message: 'dockerd cannot listen where it is told to: {why}.',
    keys: ['hosts'],
  },
  {
    code: 'authorization-plugin',
    pattern: /authorization plugin: plugin \\?"([^"\\]*)\\?" not found/,
    names: ['plugin'],
    message: 'The authorization plugin “{plugin}” is not installed or not running.',
    keys: ['authorization-plugins'],
  },
  {
    code: 'already-running',
    pattern:
      /(?:pid file found, ensure docker is not running or delete (\S+)|process with PID (\d+) is still running)/,
    names: ['holder', 'holder'],
    message: 'Another dockerd is running already ({holder}).',
    keys: ['pidfile'],
  },
  {
    code: 'disk-full',
    pattern: /(?:\w+ )?(\/[^\s:]+)?: ?no space left on device/,
    names: ['path'],
    message: 'There is no space left on the disk of {path}.',
    keys: ['data-root', 'exec-root'],
  },
  {
    code: 'read-only',
    pattern: /(\/[^\s:]+): read-only file system/,
    names: ['path'],
    message: '{path} lies on a file system that is mounted read-only.',
    keys: ['data-root', 'exec-root'],
  },
  {
    code: 'not-a-folder',
    pattern: /(\/[^\s:]+): (?:not a directory|file exists)/,
    names: ['path'],
    message: '{path} is not a folder.',
    keys: ['data-root', 'exec-root'],
  },
  {
    code: 'storage-driver',
    pattern: /driver not supported(?:: (\S+))?/,
    names: ['driver'],
    message: 'The storage driver that is set cannot be used here.',
    keys: ['storage-driver', 'storage-opts'],
  },
  {
    code: 'storage',
    pattern: /(?:error initializing graphdriver|\[graphdriver\] ERROR): (.*)$/,
    names: ['why'],
    message: 'The storage of images and containers cannot be opened: {why}.',
    keys: ['storage-driver', 'storage-opts', 'data-root'],
  },
  {
    code: 'log-opts',
    pattern: /failed to set log opts: (.*)$/,
    names: ['why'],
    message: 'The log driver does not take these options: {why}.',
    keys: ['log-opts', 'log-driver'],
  },
  {
    code: 'cgroup-driver',
    pattern: /native\.cgroupdriver option (\S+) (?:not supported|is not)/,
    names: ['driver'],
    message: 'There is no cgroup driver “{driver}”.',
    keys: ['exec-opts'],
  },
  {
    code: 'seccomp',
    pattern: /opening seccomp profile \((.*?)\) failed/,
    names: ['path'],
    message: 'The seccomp profile {path} cannot be opened.',
    keys: ['seccomp-profile'],
  },
  {
    code: 'userns',
    pattern: /(?:uid lookup for|subordinate (?:uid|gid)s?.*for|Can't create ID mappings.*:) \\?"?([^"\\\s]+)/,
    names: ['user'],
    message: 'The user “{user}” for user namespaces is not there, or has no subordinate ids.',
    keys: ['userns-remap'],
  },
  {
    code: 'containerd',
    pattern:
      /(?:failed to dial \\?"([^"\\]+)|failed to start containerd|timeout waiting for containerd|containerd\.sock.*(?:refused|no such file|deadline))/,
    names: ['address'],
    message: 'containerd cannot be reached, and dockerd does not run without it.',
    keys: ['containerd'],
  },
  {
    code: 'tls',
    pattern: /(?:[Cc]ould not load X509 key pair|could not read CA certificate|TLS configuration)(.*)$/,
    names: ['why'],
    message: 'The TLS files cannot be used{why}.',
    keys: ['tlscert', 'tlskey', 'tlscacert', 'tls', 'tlsverify'],
  },
  {
    code: 'no-subnet',
    pattern: /non-overlapping IPv4 address pool|all predefined address pools have been fully subnetted/,
    names: [],
    message: 'No free address range is left for the bridge network.',
    keys: ['default-address-pools', 'bip'],
  },
  {
    code: 'iptables',
    pattern: /(?:iptables|ip6tables|nft)\b.*(?:failed|not found|No chain|permission|exit status)/,
    names: [],
    message: 'dockerd could not set up the firewall.',
    keys: ['iptables', 'ip6tables', 'firewall-backend'],
  },
  {
    code: 'network',
    pattern: /[Ee]rror initializing network controller: (.*)$/,
    names: ['why'],
    message: 'The networks could not be set up: {why}.',
    keys: ['bip', 'bridge', 'fixed-cidr', 'default-address-pools'],
  },
  {
    code: 'not-root',
    pattern: /needs to be (?:started|run) with root/,
    names: [],
    message: 'dockerd was not started as root.',
    keys: [],
  },
  {
    code: 'unknown-flag',
    pattern: /unknown (?:shorthand )?flag: '?(\S+?)'?(?: in \S+)?$/,
    names: ['flag'],
    message: 'This dockerd knows no flag {flag}; it stands on its command line, not in daemon.json.',
    keys: [],
  },
  {
    code: 'permission',
    pattern: /(\/[^\s:]+): permission denied/,
    names: ['path'],
    message: 'dockerd may not use {path}.',
    keys: ['data-root', 'exec-root', 'hosts'],
  },
  {
    code: 'start-limit',
    pattern: /Start request repeated too quickly/,
    names: [],
    message: 'dockerd ended too often in a row, and the service manager has given up starting it.',
    keys: [],
  },
  {
    code: 'panic',
    pattern: /^panic: (.*)$/,
    names: ['why'],
    message: 'dockerd itself crashed: {why}.',
    keys: [],
  },
  {
    code: 'other',
    pattern: /^(?:failed to start daemon: )?(.*)$/,
    names: ['why'],
    message: 'dockerd ended: {why}.',
    keys: [],
  },
] as const satisfies readonly Known[]

export type FatalCode = (typeof KNOWN)[number]['code']
/** Every name {@link explainFatal} can give. */
export const FATAL_CODES: readonly FatalCode[] = KNOWN.map(({ code }) => code)

/** What a line of dockerd that was its last says, in plain words. Always finds something. */
export function explainFatal(line: string): Fatal {
  for (const known of KNOWN as readonly (Known & { code: FatalCode })[]) {
    const match = known.pattern.exec(line.trim())
    if (match === null) continue
    const detail: Record<string, string> = {}
    known.names.forEach((name, i) => {
      const value = match[i + 1]?.trim().replace(/\.$/, '')
      if (value !== undefined && value !== '') detail[name] = value
    })
    if (known.code === 'flag-conflict') detail['keys'] = conflictKeys(detail['conflicts'] ?? '')
    return {
      code: known.code,
      detail,
      message: known.message.replace(/\{(\w+)\}/g, (_, name: string) => detail[name] ?? ''),
      keys: typeof known.keys === 'function' ? known.keys(detail) : [...known.keys],
    }
  }
  return { code: 'other', detail: { why: '' }, message: 'dockerd ended.', keys: [] }
}

/** `hosts: (from flag: [fd://], from file: [unix:///a]), labels: (…)` */
function conflictKeys(text: string): string {
  return [...text.matchAll(/([\w-]+): \(from flag: /g)].map((match) => match[1] ?? '').join(', ')
}
