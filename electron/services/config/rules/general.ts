import { entries } from '../nodes'
import { isMissing } from './machine'
import type { Rule } from './checked'

/** One of a few words; where `anyCase` upper and lower case are one. */
function word(key: string, words: readonly string[], since = '1.12', anyCase = false): Rule {
  return (file) => {
    const value = file.text(key)
    if (value === undefined || !file.since(since)) return
    if (!words.includes(anyCase ? value.toLowerCase() : value))
      file.error(key, 'value/word', { key, value, words: words.join(', ') })
  }
}

/** A port number, 0 for none; 20.10 takes any number. */
const diagnosticPort: Rule = (file) => {
  const port = file.value('network-diagnostic-port')
  const values = { key: 'network-diagnostic-port', least: '0', most: '65535' }
  if (typeof port === 'number' && (port < 0 || port > 65_535) && file.since('25.0'))
    file.error('network-diagnostic-port', 'value/range', values)
}

function notBelow(key: string, least: number, since = '1.12', before = '9999.0'): Rule {
  return (file) => {
    const value = file.value(key)
    if (typeof value !== 'number' || !file.since(since) || file.since(before)) return
    if (value < least) file.error(key, 'value/below', { key, least: String(least) })
  }
}

const RESERVED = ['com.docker.', 'io.docker.', 'org.dockerproject.']

/** A label list: `name=value`, and no name with two values. */
const labels: Rule = (file) => {
  const values = new Map<string, string>()
  for (const { text, node } of file.items('labels')) {
    const equals = text.indexOf('=')
    if (equals < 0) {
      file.error('labels', 'value/label', { value: text }, node)
      continue
    }
    const name = text.slice(0, equals)
    const prefix = RESERVED.find((each) => name.startsWith(each))
    if (prefix !== undefined && file.since('25.0'))
      file.error('labels', 'value/label-reserved', { prefix }, node)
    const value = text.slice(equals + 1)
    const earlier = values.get(name)
    if (earlier !== undefined && earlier !== value) file.error('labels', 'value/label-twice', { name }, node)
    values.set(name, value)
  }
}

const proxyPath: Rule = (file) => {
  const path = file.text('userland-proxy-path')
  if (path === undefined || !file.since('26.0') || file.inForce('userland-proxy') === false) return
  if (!path.startsWith('/'))
    file.error('userland-proxy-path', 'value/absolute', { key: 'userland-proxy-path' })
  else if (isMissing(path)) file.error('userland-proxy-path', 'value/no-file', { path })
}

/** Keys that were still decoded for one release, to be refused with advice. */
const lastRelease: Rule = (file) => {
  if (file.text('api-cors-header') !== undefined && file.since('28.0'))
    file.error('api-cors-header', 'key/removed-cors', {})
  const oom = file.value('oom-score-adjust')
  if (typeof oom === 'number' && oom !== 0 && file.since('25.0'))
    file.error('oom-score-adjust', 'key/removed-oom', {})
}

/** The range of the kernel's own file, which the engine writes while it starts. */
const oomScore: Rule = (file) => {
  const score = file.value('oom-score-adjust')
  const values = { key: 'oom-score-adjust', least: '-1000', most: '1000' }
  if (typeof score === 'number' && Math.abs(score) > 1_000 && !file.since('25.0'))
    file.error('oom-score-adjust', 'value/range', values)
}

const FEATURES = [
  ...['buildkit', 'containerd-snapshotter', 'cdi', 'windows-dns-proxy', 'containerd-migration'],
  ...['time-namespaces', 'swarm-nftables', 'embedded-containerd'],
]

const features: Rule = (file) => {
  for (const { name, nameNode } of entries(file.node('features')))
    if (!FEATURES.includes(name)) file.warning('features', 'value/feature', { feature: name }, nameNode)
}

/** What a swarm node says it has: a name has one count, or several values that are no numbers. */
const genericResources: Rule = (file) => {
  const key = 'node-generic-resources'
  const kinds = new Map<string, 'count' | 'value'>()
  for (const { text, node } of file.items(key)) {
    const [name = '', value, ...more] = text.split('=')
    if (value === undefined || more.length > 0) {
      file.error(key, 'value/pair', { value: text }, node)
      continue
    }
    const count = /^[+-]?\d+$/.test(value)
    const earlier = kinds.get(name)
    if (count && Number(value) < 0) file.error(key, 'value/resource-negative', { name }, node)
    else if (earlier !== undefined && (count || earlier === 'count'))
      file.error(key, 'value/resource-twice', { name }, node)
    kinds.set(name, count ? 'count' : 'value')
  }
}

export const GENERAL: readonly Rule[] = [
  word('log-level', ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'fatal', 'panic'], '1.12', true),
  word('log-format', ['text', 'json'], '25.0'),
  word('default-ipc-mode', ['private', 'shareable']),
  word('default-cgroupns-mode', ['private', 'host']),
  word('firewall-backend', ['iptables', 'nftables'], '29.0'),
  notBelow('max-concurrent-downloads', 0),
  notBelow('max-concurrent-uploads', 0),
  notBelow('max-download-attempts', 1, '1.12', '23.0'),
  notBelow('max-download-attempts', 0, '23.0'),
  diagnosticPort,
  labels,
  proxyPath,
  lastRelease,
  oomScore,
  features,
  genericResources,
]
