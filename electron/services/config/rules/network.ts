import { isIP, isIPv4 } from 'node:net'
import type { Node } from 'jsonc-parser'
import { memberOf, textIn } from '../nodes'
import { inNetwork, networkOf } from './cidr'
import type { Checked, Rule } from './checked'
import { isMissing } from './machine'

/** Whether the engine makes the default bridge: only then are its addresses looked at. */
function makesBridge(file: Checked): boolean {
  const bridge = file.inForce('bridge')
  return bridge === undefined || bridge === '' || bridge === 'docker0'
}

const bridge: Rule = (file) => {
  const name = file.inForce('bridge')
  const given = typeof name === 'string' && name !== ''
  const address = ['bip', ...(file.since('28.0') ? ['bip6'] : [])].find(
    (key) => (file.inForce(key) ?? '') !== '',
  )
  if (given && address !== undefined) {
    const [key, other] = file.has(address) ? [address, 'bridge'] : ['bridge', address]
    file.error(key, 'key/exclusive', { key, other })
  } else if (
    given &&
    file.has('bridge') &&
    !['none', 'docker0'].includes(String(name)) &&
    isMissing(`/sys/class/net/${String(name)}`)
  )
    file.error('bridge', 'value/no-bridge', { name: String(name) })
}

/** Address and network of the default bridge, as far as the file tells them. */
const bridgeAddress: Rule = (file) => {
  if (!makesBridge(file)) return
  const bip = file.text('bip')
  if (bip !== undefined) {
    const network = networkOf(bip)
    const [address = ''] = bip.split('/')
    if (network === undefined || network.family !== 4)
      file.error('bip', 'value/cidr4', { key: 'bip', value: bip })
    else if (network.bits < 31 && address === network.address)
      file.error('bip', 'value/network-address', { value: bip })
  }
  const bip6 = file.text('bip6')
  if (
    bip6 !== undefined &&
    file.since('28.0') &&
    file.inForce('ipv6') === true &&
    networkOf(bip6)?.family !== 6
  )
    file.error('bip6', 'value/cidr6', { key: 'bip6', value: bip6 })
  const range = file.text('fixed-cidr')
  if (range !== undefined && networkOf(range)?.family !== 4)
    file.error('fixed-cidr', 'value/cidr4', { key: 'fixed-cidr', value: range })
  const around = bip === undefined ? undefined : networkOf(bip)
  const inner = range === undefined ? undefined : networkOf(range)
  if (
    around !== undefined &&
    inner !== undefined &&
    range !== undefined &&
    bip !== undefined &&
    !inNetwork(inner.address, around)
  )
    file.warning('fixed-cidr', 'value/outside', { value: range, network: bip })
  const gateway = file.text('default-gateway')
  if (
    gateway !== undefined &&
    isIP(gateway) !== 0 &&
    bip !== undefined &&
    around !== undefined &&
    !inNetwork(gateway, around)
  )
    file.error('default-gateway', 'value/gateway-outside', { value: gateway, network: bip })
  else if (gateway !== undefined && isIP(gateway) === 6)
    file.error('default-gateway', 'value/ip4', { key: 'default-gateway', value: gateway })
}

/** Looked at with the file from 25.0 on, before that with the bridge. */
const fixedCidr6: Rule = (file) => {
  const range = file.text('fixed-cidr-v6')
  const family = range === undefined ? undefined : networkOf(range)?.family
  if (range === undefined || family === 6) return
  // Before 25.0 any network will do.
  if (file.since('25.0') || (family === undefined && makesBridge(file)))
    file.error('fixed-cidr-v6', 'value/cidr6', { key: 'fixed-cidr-v6', value: range })
}

/** Up to 26 the default bridge has no IPv6 network of its own. */
const bridgeIpv6: Rule = (file) => {
  if (file.since('27.0')) return
  if (file.value('ipv6') === true && makesBridge(file) && (file.inForce('fixed-cidr-v6') ?? '') === '')
    file.error('ipv6', 'value/ipv6-subnet', {})
  if (file.value('ip6tables') === true && file.inForce('experimental') !== true)
    file.error('ip6tables', 'value/ip6tables-experimental', {})
}

const isolation: Rule = (file) => {
  if (file.inForce('icc') === false && file.inForce('iptables') === false)
    file.error(file.has('icc') ? 'icc' : 'iptables', 'value/icc-iptables', {})
}

/** Largest MTU a bridge takes. */
const MOST_MTU = 65_535

const mtu: Rule = (file) => {
  const value = file.value('mtu')
  if (typeof value !== 'number') return
  const values = { key: 'mtu', least: '0', most: String(MOST_MTU) }
  if (value < 0 && file.since('23.0')) file.error('mtu', 'value/range', values)
  else if (value > MOST_MTU && makesBridge(file) && file.since('23.0'))
    file.error('mtu', 'value/range', values)
}

const addressPools: Rule = (file) => {
  const node = file.node('default-address-pools')
  if (node?.type !== 'array') return
  const pools = node.children ?? []
  for (const pool of pools) checkPool(pool, file)
  const sixes = pools.map((pool) => networkOf(textIn(memberOf(pool, 'base')) ?? '')?.family === 6)
  // 20.10 takes the first pool, whatever it is.
  const without = file.since('23.0') ? sixes.every(Boolean) : sixes[0] === true
  if (pools.length > 0 && without && makesBridge(file))
    file.error('default-address-pools', 'value/pool-no-ipv4', {})
}

function checkPool(pool: Node, file: Checked): void {
  const key = 'default-address-pools'
  const base = textIn(memberOf(pool, 'base'))
  const network = base === undefined ? undefined : networkOf(base)
  if (base === undefined || network === undefined) return file.error(key, 'value/pool', {}, pool)
  const size: unknown = memberOf(pool, 'size')?.value
  const bits = network.family === 4 ? 32 : 128
  const values = {
    size: typeof size === 'number' ? String(size) : '0',
    base,
    least: String(network.bits),
    most: String(bits),
  }
  if (typeof size !== 'number' || size < network.bits) file.error(key, 'value/pool-size', values, pool)
  // A network of one or two addresses leaves none for the bridge.
  else if (size > bits || (!file.since('23.0') && size > bits - 2)) {
    if (makesBridge(file)) file.error(key, 'value/pool-size', values, pool)
    else file.warning(key, 'value/pool-size', values, pool)
  }
}

const hostGateways: Rule = (file) => {
  if (!file.since('28.0')) return
  const key = 'host-gateway-ips'
  if (file.has('host-gateway-ip') && file.has(key))
    file.error(key, 'key/exclusive', { key, other: 'host-gateway-ip' })
  const all = file.items(key).filter(({ text }) => text !== '')
  for (const { text, node } of all) if (isIP(text) === 0) file.error(key, 'value/ip', { value: text }, node)
  for (const four of [true, false]) {
    const second = all.filter(({ text }) => isIP(text) !== 0 && isIPv4(text) === four)[1]
    if (second !== undefined) file.error(key, 'value/host-gateways', {}, second.node)
  }
}

const dns: Rule = (file) => {
  for (const { text, node } of file.items('dns'))
    if (!isDnsServer(text, file)) file.error('dns', 'value/ip', { value: text }, node)
}

/** From 25.0 on they are decoded as addresses, where an empty text is none; before that as options. */
function isDnsServer(text: string, file: Checked): boolean {
  if (file.since('25.0')) return text === '' || (isIP(text) !== 0 && !text.includes('%'))
  return isIP(text.trim()) !== 0 && !text.includes('%')
}

/** Domain names as dockerd's option parser takes them. */
const dnsSearch: Rule = (file) => {
  const part = '[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?'
  const domain = new RegExp(`^:?${part}(\\.${part})*\\.?\\s*$`)
  for (const { text, node } of file.items('dns-search')) {
    const name = text.replace(/^ +| +$/g, '')
    if (name === '.' || (/[a-zA-Z]/.test(name) && domain.test(name) && name.length < 255)) continue
    file.error('dns-search', 'value/domain', { value: text }, node)
  }
}

export const NETWORK: readonly Rule[] = [
  bridge,
  bridgeAddress,
  fixedCidr6,
  bridgeIpv6,
  isolation,
  mtu,
  addressPools,
  hostGateways,
  dns,
  dnsSearch,
]
