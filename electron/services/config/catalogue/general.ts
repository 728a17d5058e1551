import { LINUX, optionsOf } from './option'

const option = optionsOf('general')

/** How dockerd itself starts, stops and is told apart. */
export const GENERAL = [
  option('live-restore', 'bool', { live: 'kept', platform: LINUX, default: false }),
  option('shutdown-timeout', 'int', {
    since: '1.13',
    live: 'kept',
    default: 15,
    allowed: { min: -1, unit: 'seconds' },
    example: 30,
  }),
  option('labels', 'strings', {
    flag: 'label',
    live: 'kept',
    default: [],
    example: ['site=berlin', 'disk=ssd'],
  }),
  option('features', 'bool-map', {
    flag: 'feature',
    since: '18.09',
    flagSince: '27.3',
    live: 'reset',
    default: {},
    allowed: {
      members: [
        'buildkit',
        { name: 'containerd-snapshotter', since: '24.0' },
        { name: 'cdi', since: '25.0' },
        { name: 'containerd-migration', since: '29.0' },
        { name: 'time-namespaces', since: '29.5' },
        { name: 'swarm-nftables', since: '29.6' },
        { name: 'embedded-containerd', since: '29.7' },
        { name: 'windows-dns-proxy', since: '26.0', until: '29.3' },
      ],
    },
    example: { 'containerd-snapshotter': true },
  }),
  option('experimental', 'bool', { since: '1.13', default: false }),
  option('pidfile', 'string', { short: 'p', default: '/var/run/docker.pid' }),
]
