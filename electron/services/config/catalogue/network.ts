import { LINUX, optionsOf } from './option'

const option = optionsOf('network')

/** Bridges, addresses, firewall and name resolution. */
export const NETWORK = [
  option('default-address-pools', 'pools', {
    flag: 'default-address-pool',
    since: '18.06',
    platform: LINUX,
    reach: 'new-networks',
    example: [{ base: '172.30.0.0/16', size: 24 }],
  }),
  option('default-network-opts', 'map-of-string-maps', {
    flag: 'default-network-opt',
    since: '24.0',
    reach: 'new-networks',
    default: {},
    allowed: { members: ['bridge', 'macvlan', 'ipvlan', 'overlay'] },
    example: { bridge: { 'com.docker.network.driver.mtu': '1400' } },
  }),
  option('bip', 'string', { platform: LINUX, example: '172.26.0.1/16' }),
  option('bip6', 'string', { since: '28.0', platform: LINUX, default: '', example: 'fd00:26::1/64' }),
  option('fixed-cidr', 'string', { default: '', example: '172.26.128.0/17' }),
  option('fixed-cidr-v6', 'string', { platform: LINUX, default: '', example: 'fd00:26::/64' }),
  option('ipv6', 'bool', { platform: LINUX, default: false }),
  option('mtu', 'int', { default: 1500, allowed: { min: 0, max: 65_535, unit: 'bytes' }, example: 1400 }),
  option('dns', 'strings', { reach: 'new-containers', default: [], example: ['10.0.0.53', '1.1.1.1'] }),
  option('dns-search', 'strings', { reach: 'new-containers', default: [], example: ['example.com'] }),
  option('dns-opts', 'strings', {
    flag: 'dns-opt',
    reach: 'new-containers',
    default: [],
    example: ['ndots:2', 'timeout:3'],
  }),
  option('iptables', 'bool', { platform: LINUX, default: true }),
  option('ip6tables', 'bool', {
    since: '20.10',
    platform: LINUX,
    default: true,
    defaultUntil: [{ version: '27.0', value: false }],
  }),
  option('firewall-backend', 'string', {
    since: '29.0',
    platform: LINUX,
    allowed: { values: ['iptables', 'nftables'] },
    example: 'nftables',
  }),
  option('ip', 'ip', { platform: LINUX, default: '0.0.0.0', example: '127.0.0.1' }),
  option('icc', 'bool', { platform: LINUX, default: true }),
  option('ip-forward', 'bool', { platform: LINUX, default: true }),
  option('ip-forward-no-drop', 'bool', { since: '28.0', platform: LINUX, default: false }),
  option('ip-masq', 'bool', { platform: LINUX, default: true }),
  option('userland-proxy', 'bool', { platform: LINUX, default: true }),
  option('userland-proxy-path', 'string', {
    since: '1.13',
    platform: LINUX,
    example: '/usr/libexec/docker/docker-proxy',
  }),
  option('allow-direct-routing', 'bool', { since: '28.2', platform: LINUX, default: false }),
  option('bridge-accept-fwmark', 'string', {
    since: '29.0',
    platform: LINUX,
    default: '',
    example: '0x1/0x1',
  }),
  option('bridge', 'string', {
    short: 'b',
    default: 'docker0',
    allowed: { suggestions: ['none'] },
    example: 'br0',
  }),
  option('default-gateway', 'ip', { platform: LINUX, default: '', example: '172.26.0.254' }),
  option('default-gateway-v6', 'ip', { platform: LINUX, default: '', example: 'fd00:26::fe' }),
  option('host-gateway-ips', 'strings', {
    flag: 'host-gateway-ip',
    since: '28.0',
    reach: 'new-containers',
    example: ['192.168.1.10', 'fd00:26::1'],
  }),
  option('host-gateway-ip', 'ip', {
    since: '20.10',
    deprecated: '28.0',
    reach: 'new-containers',
    example: '192.168.1.10',
  }),
  option('network-control-plane-mtu', 'int', {
    since: '17.09',
    default: 1500,
    allowed: { min: 500, unit: 'bytes' },
  }),
  option('network-diagnostic-port', 'int', {
    since: '17.12',
    live: 'reset',
    default: 0,
    allowed: { min: 0, max: 65_535 },
  }),
]
