import { existsSync, readFileSync } from 'node:fs'
import { isIP, isIPv4 } from 'node:net'
import type { Node } from 'jsonc-parser'
import { effectiveMembers, type Member } from './document'
import { flagValue } from './flags'
import type { Findings, Target } from './keys'
import { atLeast, findOption, type ConfigOption } from './options'

/**
 * What dockerd says to values of the right type: at once when it loads the file, or some seconds
 * later while it starts (those `dockerd --validate` does not see). Each rule names the version
 * from which, or up to which, it holds.
 */
export function checkValues(target: Target, findings: Findings): void {
  const members = effectiveMembers(findings.document)
  const file: File = { members, target, findings }
  for (const rule of RULES) rule(file)
}

interface File {
  members: Map<string, Member>
  target: Target
  findings: Findings
}

type Rule = (file: File) => void

/** Value of a key, from the file or the command line. */
function valueOf({ members, target }: File, key: string): unknown {
  const member = members.get(key)
  if (member !== undefined) return member.value
  const option: ConfigOption | undefined = findOption(key)
  return option === undefined ? undefined : flagValue(target.flags, option)
}

function string(file: File, key: string): string | undefined {
  const value = file.members.get(key)?.value
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Text items of a list with their nodes. */
function items(file: File, key: string): { text: string; node: Node }[] {
  const node = file.members.get(key)?.node
  if (node?.type !== 'array') return []
  return (node.children ?? []).flatMap((child) =>
    child.type === 'string' ? [{ text: String(child.value), node: child }] : [],
  )
}

function error(
  file: File,
  key: string,
  code: string,
  message: string,
  more: { node?: Node; hint?: string } = {},
): void {
  report(file, 'error', key, code, message, more)
}

function report(
  file: File,
  severity: 'error' | 'warning' | 'info',
  key: string,
  code: string,
  message: string,
  more: { node?: Node; hint?: string } = {},
): void {
  const where = more.node ?? file.members.get(key)?.node
  if (where === undefined) return
  file.findings.at(where, {
    severity,
    code,
    message,
    key,
    ...(more.hint === undefined ? {} : { hint: more.hint }),
  })
}

/** One of a few words. */
function word(key: string, allowed: readonly string[], since = '1.12', lowerCase = false): Rule {
  return (file) => {
    const value = string(file, key)
    if (value === undefined || !atLeast(file.target.version, since)) return
    if (!allowed.includes(lowerCase ? value.toLowerCase() : value))
      error(file, key, 'value/word', `"${key}" may not be "${value}".`, {
        hint: `One of: ${allowed.join(', ')}.`,
      })
  }
}

function notBelow(key: string, least: number, since = '1.12', before = '9999.0'): Rule {
  return (file) => {
    const value = file.members.get(key)?.value
    const { version } = file.target
    if (typeof value !== 'number' || !atLeast(version, since) || atLeast(version, before)) return
    if (value < least) error(file, key, 'value/range', `"${key}" may not be below ${least}.`)
  }
}

/** A label list: `key=value`, and no key with two values. */
const labels: Rule = (file) => {
  const values = new Map<string, string>()
  for (const { text, node } of items(file, 'labels')) {
    const equals = text.indexOf('=')
    if (equals < 0) {
      error(file, 'labels', 'value/label', `The label "${text}" is not of the form name=value.`, { node })
      continue
    }
    const name = text.slice(0, equals)
    const value = text.slice(equals + 1)
    const earlier = values.get(name)
    if (earlier !== undefined && earlier !== value)
      error(file, 'labels', 'value/label', `The label "${name}" stands here with two values.`, { node })
    values.set(name, value)
  }
}

const dns: Rule = (file) => {
  for (const { text, node } of items(file, 'dns'))
    if (isIP(text.trim().replace(/%.*$/, '')) === 0)
      error(file, 'dns', 'value/ip', `"${text}" is no IP address.`, { node })
}

/** Domain names as dockerd's option parser takes them. */
const dnsSearch: Rule = (file) => {
  const part = '[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?'
  const domain = new RegExp(`^:?${part}(\\.${part})*\\.?\\s*$`)
  for (const { text, node } of items(file, 'dns-search')) {
    const name = text.replace(/^ +| +$/g, '')
    if (name === '.' || (/[a-zA-Z]/.test(name) && domain.test(name) && name.length < 255)) continue
    error(file, 'dns-search', 'value/domain', `"${text}" is no domain name.`, { node })
  }
}

const hosts: Rule = (file) => {
  for (const { text, node } of items(file, 'hosts')) {
    const proto = /^\s*([^:/]*):\/\//.exec(text)?.[1]
    if (proto !== undefined && !['unix', 'tcp', 'fd', 'npipe'].includes(proto))
      error(file, 'hosts', 'value/host', `The engine cannot listen on "${text}".`, {
        node,
        hint: 'An address begins with unix://, tcp:// or fd://.',
      })
  }
}

const hostGateways: Rule = (file) => {
  const all = items(file, 'host-gateway-ips')
  if (!atLeast(file.target.version, '28.0')) return
  for (const { text, node } of all)
    if (isIP(text) === 0) error(file, 'host-gateway-ips', 'value/ip', `"${text}" is no IP address.`, { node })
  for (const four of [true, false]) {
    const second = all.filter(({ text }) => isIP(text) !== 0 && isIPv4(text) === four)[1]
    if (second !== undefined)
      error(
        file,
        'host-gateway-ips',
        'value/range',
        'At most one IPv4 and one IPv6 address may stand here.',
        {
          node: second.node,
        },
      )
  }
}

/** A mirror is checked while the engine starts, from 28.3 on with the file. */
const mirrors: Rule = (file) => {
  for (const { text, node } of items(file, 'registry-mirrors')) {
    let url: URL | undefined
    try {
      url = new URL(text)
    } catch {
      url = undefined
    }
    const bad = (message: string): void => {
      error(file, 'registry-mirrors', 'value/mirror', message, {
        node,
        hint: 'For example "https://mirror.example.com".',
      })
    }
    if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
      bad(`The mirror "${text}" does not begin with http:// or https://.`)
    else if (/[?#]/.test(text)) bad(`The mirror "${text}" has a query or a fragment.`)
    else if (url.username !== '' || url.password !== '') bad('A mirror may not hold a user name or password.')
    else if (url.pathname !== '/' && !atLeast(file.target.version, '23.0'))
      bad(`This engine takes no path in a mirror ("${text}").`)
  }
}

const insecureRegistries: Rule = (file) => {
  for (const { text, node } of items(file, 'insecure-registries'))
    if (text.replace(/^https?:\/\//i, '').includes('://'))
      error(file, 'insecure-registries', 'value/registry', `"${text}" must be a host, host:port or a CIDR.`, {
        node,
      })
}

/** Runtimes are looked at when the engine starts and on reload; `--validate` skips them. */
const runtimes: Rule = (file) => {
  const node = file.members.get('runtimes')?.node
  if (node?.type !== 'object') return
  const modern = atLeast(file.target.version, '23.0')
  for (const property of node.children ?? []) {
    const [name, runtime] = property.children ?? []
    if (name === undefined || runtime === undefined) continue
    const label = String(name.value)
    if (label === 'runc') {
      error(file, 'runtimes', 'value/runtime', 'The name "runc" is reserved for the built-in runtime.', {
        node: name,
      })
      continue
    }
    if (runtime.type !== 'object' || !modern) continue
    const has = (wanted: string): boolean =>
      (runtime.children ?? []).some((each) => {
        const [key, value] = each.children ?? []
        return String(key?.value).toLowerCase() === wanted.toLowerCase() && Boolean(value?.value)
      })
    if (has('path') && has('runtimeType'))
      error(file, 'runtimes', 'value/runtime', `The runtime "${label}" has both a path and a runtimeType.`, {
        node: name,
      })
    else if (!has('path') && !has('runtimeType'))
      error(
        file,
        'runtimes',
        'value/runtime',
        `The runtime "${label}" has neither a path nor a runtimeType.`,
        { node: name },
      )
  }
}

const defaultRuntime: Rule = (file) => {
  const name = string(file, 'default-runtime')
  if (name === undefined || name === 'runc') return
  // Names of containerd's own runtimes pass without being listed.
  if (/^io\.containerd\./.test(name) || name.startsWith('/')) return
  const listed = new Set(Object.keys(objectOf(file.members.get('runtimes')?.value)))
  // 20.10 looks at the file alone; later ones at the file and the flags together.
  if (atLeast(file.target.version, '23.0'))
    for (const flag of file.target.flags)
      if (flag.key === 'runtimes') listed.add(flag.value.split('=')[0] ?? '')
  if (!listed.has(name))
    error(file, 'default-runtime', 'value/runtime', `The runtime "${name}" is not among "runtimes".`, {
      hint: 'Add it to "runtimes" with its path.',
    })
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

const execOpts: Rule = (file) => {
  for (const { text, node } of items(file, 'exec-opts')) {
    const [name = '', value = ''] = text.split('=', 2)
    const lower = name.trim().toLowerCase()
    if (lower === 'native.cgroupdriver') {
      if (!['cgroupfs', 'systemd', 'none'].includes(value))
        error(file, 'exec-opts', 'value/cgroup-driver', `There is no cgroup driver "${value}".`, {
          node,
          hint: 'systemd or cgroupfs.',
        })
    } else if (atLeast(file.target.version, '28.0'))
      error(file, 'exec-opts', 'value/exec-opt', `There is no execution option "${name}".`, { node })
  }
}

/** A file the engine opens while it starts. Only its absence is told: rights are not ours to judge. */
function missing(path: string): boolean {
  return path.startsWith('/') && !existsSync(path)
}

const seccomp: Rule = (file) => {
  const path = string(file, 'seccomp-profile')
  if (path !== undefined && missing(path))
    error(file, 'seccomp-profile', 'value/no-file', `There is no file ${path}.`)
}

const tls: Rule = (file) => {
  if (valueOf(file, 'tls') !== true && valueOf(file, 'tlsverify') === undefined) return
  for (const key of ['tlscacert', 'tlscert', 'tlskey']) {
    // Without tlsverify the CA is not read.
    if (key === 'tlscacert' && valueOf(file, 'tlsverify') !== true) continue
    const path = string(file, key)
    if (path !== undefined && missing(path)) error(file, key, 'value/no-file', `There is no file ${path}.`)
  }
}

const metrics: Rule = (file) => {
  const address = string(file, 'metrics-addr')
  if (address !== undefined && !/:[^:\]]*$/.test(address))
    error(file, 'metrics-addr', 'value/address', `"${address}" has no port.`, {
      hint: 'For example "127.0.0.1:9323".',
    })
}

/** Names the two file drivers take; those of other drivers are not checked here. */
const logOptions: Record<string, readonly string[]> = {
  'json-file': ['max-file', 'max-size', 'compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag'],
  local: ['max-file', 'max-size', 'compress'],
}
const logOptionsOfAll = ['mode', 'max-buffer-size']

const logOpts: Rule = (file) => {
  const node = file.members.get('log-opts')?.node
  const driver = valueOf(file, 'log-driver') ?? 'json-file'
  const allowed = typeof driver === 'string' ? logOptions[driver] : undefined
  if (node?.type !== 'object' || allowed === undefined || typeof driver !== 'string') return
  for (const property of node.children ?? []) {
    const name = property.children?.[0]
    if (name === undefined) continue
    const option = String(name.value)
    if (allowed.includes(option) || logOptionsOfAll.includes(option) || option.startsWith('cache-')) continue
    error(file, 'log-opts', 'value/log-opt', `The log driver ${driver} has no option "${option}".`, {
      node: name,
      hint: `It has: ${[...allowed, ...logOptionsOfAll].join(', ')}.`,
    })
  }
}

const logDrivers = [
  'json-file',
  'local',
  'journald',
  'syslog',
  'gelf',
  'fluentd',
  'awslogs',
  'splunk',
  'gcplogs',
  'etwlogs',
  'none',
]

const logDriver: Rule = (file) => {
  const driver = string(file, 'log-driver')
  if (driver === undefined || logDrivers.includes(driver) || /[:/]/.test(driver)) return
  if (driver === 'logentries' && !atLeast(file.target.version, '25.0')) return
  report(
    file,
    'warning',
    'log-driver',
    'value/log-driver',
    `No log driver "${driver}" comes with the engine; unless a plugin brings it, no container can be created.`,
  )
}

const graphDrivers = ['overlay2', 'fuse-overlayfs', 'btrfs', 'zfs', 'vfs', 'windowsfilter']

const storageDriver: Rule = (file) => {
  const driver = string(file, 'storage-driver')
  const { version } = file.target
  if (driver === undefined || graphDrivers.includes(driver) || /[:/]/.test(driver)) return
  if (['aufs', 'overlay'].includes(driver) && !atLeast(version, '24.0')) return
  if (driver === 'devicemapper' && !atLeast(version, '25.0')) return
  const features = objectOf(valueOf(file, 'features'))
  // With the containerd image store the name is a snapshotter's, and those can be anything.
  const containerd = atLeast(version, '29.0')
    ? features['containerd-snapshotter'] !== false
    : atLeast(version, '24.0') && features['containerd-snapshotter'] === true
  if (containerd || valueOf(file, 'experimental') === true)
    report(
      file,
      'warning',
      'storage-driver',
      'value/storage-driver',
      `"${driver}" is no storage driver Porthole knows; the engine starts only if it has one of that name.`,
    )
  else
    error(file, 'storage-driver', 'value/storage-driver', `This engine has no storage driver "${driver}".`, {
      hint: `One of: ${graphDrivers.slice(0, 5).join(', ')}.`,
    })
}

const proxyPath: Rule = (file) => {
  const path = string(file, 'userland-proxy-path')
  if (path === undefined || !atLeast(file.target.version, '26.0')) return
  if (!path.startsWith('/'))
    error(file, 'userland-proxy-path', 'value/path', '"userland-proxy-path" must be an absolute path.')
  else if (missing(path)) error(file, 'userland-proxy-path', 'value/no-file', `There is no file ${path}.`)
}

/** Keys that were still decoded for one release, to be refused with advice. */
const lastRelease: Rule = (file) => {
  const { version } = file.target
  const cors = string(file, 'api-cors-header')
  if (cors !== undefined && atLeast(version, '28.0'))
    error(file, 'api-cors-header', 'key/removed', '"api-cors-header" was removed in Docker 28.0.', {
      hint: 'Use a reverse proxy for CORS headers.',
    })
  const oom = file.members.get('oom-score-adjust')?.value
  if (typeof oom === 'number' && oom !== 0 && atLeast(version, '25.0'))
    error(file, 'oom-score-adjust', 'key/removed', '"oom-score-adjust" was removed in Docker 25.0.', {
      hint: 'Use OOMScoreAdjust= in the systemd unit.',
    })
}

const usersRemap: Rule = (file) => {
  const name = string(file, 'userns-remap')?.split(':')[0]
  if (name === undefined || name === 'default' || /^\d+$/.test(name)) return
  let known: boolean
  try {
    known = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${name}:`))
  } catch {
    return
  }
  if (!known)
    report(
      file,
      'warning',
      'userns-remap',
      'value/user',
      `There is no user "${name}" in /etc/passwd; the engine does not start unless another directory knows it.`,
    )
}

const knownFeatures = [
  'buildkit',
  'containerd-snapshotter',
  'cdi',
  'windows-dns-proxy',
  'containerd-migration',
  'time-namespaces',
  'swarm-nftables',
  'embedded-containerd',
]

const features: Rule = (file) => {
  const node = file.members.get('features')?.node
  if (node?.type !== 'object') return
  for (const property of node.children ?? []) {
    const name = property.children?.[0]
    if (name !== undefined && !knownFeatures.includes(String(name.value)))
      report(
        file,
        'warning',
        'features',
        'value/feature',
        `No engine knows the feature "${String(name.value)}"; it is accepted and ignored.`,
        { node: name },
      )
  }
}

/** dockerd takes any size here and fails later, when a network is made. */
const addressPools: Rule = (file) => {
  const node = file.members.get('default-address-pools')?.node
  if (node?.type !== 'array') return
  for (const pool of node.children ?? []) {
    const values = objectOf(pool.type === 'object' ? valueOfNode(pool) : undefined)
    const base = /^([0-9a-fA-F.:]+)\/(\d+)$/.exec(String(values['base'] ?? ''))
    const size = values['size']
    if (base === null || isIP(base[1] ?? '') === 0)
      error(
        file,
        'default-address-pools',
        'value/pool',
        'A pool wants a base such as "10.0.0.0/8" and a size.',
        {
          node: pool,
        },
      )
    else if (typeof size === 'number') {
      const bits = isIPv4(base[1] ?? '') ? 32 : 128
      if (size > bits || size < Number(base[2]))
        report(
          file,
          'warning',
          'default-address-pools',
          'value/pool',
          `A size of ${size} does not fit into ${base[0]}; no network can be made from this pool.`,
          { node: pool },
        )
    }
  }
}

function valueOfNode(node: Node): Record<string, unknown> {
  return Object.fromEntries(
    (node.children ?? []).flatMap((property) => {
      const [name, value] = property.children ?? []
      return name === undefined ? [] : [[String(name.value).toLowerCase(), value?.value as unknown]]
    }),
  )
}

const RULES: readonly Rule[] = [
  word('log-level', ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'fatal', 'panic'], '1.12', true),
  word('log-format', ['text', 'json'], '25.0'),
  word('default-ipc-mode', ['private', 'shareable']),
  word('default-cgroupns-mode', ['private', 'host']),
  word('firewall-backend', ['iptables', 'nftables'], '29.0'),
  notBelow('max-concurrent-downloads', 0),
  notBelow('max-concurrent-uploads', 0),
  notBelow('max-download-attempts', 1, '1.12', '23.0'),
  notBelow('max-download-attempts', 0, '23.0'),
  notBelow('mtu', 0, '23.0'),
  labels,
  dns,
  dnsSearch,
  hosts,
  hostGateways,
  mirrors,
  insecureRegistries,
  runtimes,
  defaultRuntime,
  execOpts,
  seccomp,
  tls,
  metrics,
  logOpts,
  logDriver,
  storageDriver,
  proxyPath,
  lastRelease,
  usersRemap,
  features,
  addressPools,
]
