import { LINUX, optionsOf } from './option'

const option = optionsOf('removed')

/** Keys that were; `removed` is the first engine that does not start with them. */
export const REMOVED = [
  option('graph', 'string', { deprecated: '17.05', removed: '23.0', default: '/var/lib/docker' }),
  option('cluster-store', 'string', { deprecated: '20.10', removed: '23.0', default: '' }),
  option('cluster-advertise', 'string', { deprecated: '20.10', removed: '23.0', default: '' }),
  option('cluster-store-opts', 'string-map', {
    flag: 'cluster-store-opt',
    deprecated: '20.10',
    removed: '23.0',
    default: {},
  }),
  // 25.x still takes a zero, 28.x an empty api-cors-header.
  option('oom-score-adjust', 'int', { deprecated: '24.0', removed: '26.0', platform: LINUX, default: 0 }),
  option('api-cors-header', 'string', { deprecated: '27.0', removed: '29.0', default: '' }),
  option('allow-nondistributable-artifacts', 'strings', {
    since: '17.06',
    deprecated: '28.0',
    flagRemoved: '29.0',
    ignoredSince: '28.0',
    live: 'kept',
    default: [],
  }),
  option('deprecated-key-path', 'string', {
    flag: null,
    since: '17.06',
    deprecated: '17.06',
    ignoredSince: '24.0',
    default: '/etc/docker/key.json',
  }),
  option('disable-legacy-registry', 'bool', { deprecated: '17.12', removed: '19.03', default: true }),
  option('api-enable-cors', 'bool', { deprecated: '1.12', removed: '17.09', default: false }),
]

const flag = null

/**
 * Fields of dockerd's configuration that no file can set: none of them has a flag, so every
 * engine refuses them as unknown. They appear in what dockerd prints of itself.
 */
export const UNUSABLE = [
  option('swarm-raft-heartbeat-tick', 'int', { flag, since: '18.04', removed: '18.04' }),
  option('swarm-raft-election-tick', 'int', { flag, since: '18.04', removed: '18.04' }),
  option('resolv-conf', 'string', { flag, since: '18.09', removed: '18.09' }),
  option('default-init', 'bool', { flag, since: '17.04', removed: '17.04' }),
  option('containerd-plugin-namespace', 'string', { flag, since: '19.03.3', removed: '19.03.3' }),
]
