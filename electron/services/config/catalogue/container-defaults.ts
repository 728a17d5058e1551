import { LINUX, optionsOf } from './option'

const option = optionsOf('container-defaults')
const platform = LINUX
const reach = 'new-containers'

/** What a container gets that asks for nothing else. */
export const CONTAINER_DEFAULTS = [
  option('default-shm-size', 'size', {
    since: '17.04',
    live: 'kept',
    reach,
    platform,
    default: '64M',
    allowed: { unit: 'bytes' },
    example: '256M',
  }),
  option('default-ulimits', 'ulimits', {
    flag: 'default-ulimit',
    reach,
    platform,
    default: {},
    allowed: {
      members: [
        'nofile',
        'nproc',
        'memlock',
        'core',
        'cpu',
        'data',
        'fsize',
        'locks',
        'msgqueue',
        'nice',
        'rss',
        'rtprio',
        'rttime',
        'sigpending',
        'stack',
      ],
    },
    example: { nofile: { Name: 'nofile', Soft: 64_000, Hard: 64_000 } },
  }),
  option('default-stop-timeout', 'int', {
    since: '29.7',
    live: 'kept',
    reach,
    default: 10,
    allowed: { min: 0, unit: 'seconds' },
    example: 30,
  }),
  option('init', 'bool', { since: '1.13', reach, platform, default: false }),
  option('init-path', 'string', { since: '1.13', reach, platform, example: '/usr/bin/tini' }),
  option('default-ipc-mode', 'string', {
    since: '17.09',
    live: 'kept',
    reach,
    platform,
    default: 'private',
    allowed: { values: ['private', 'shareable'] },
  }),
  option('default-cgroupns-mode', 'string', {
    since: '20.10',
    live: 'kept',
    reach,
    platform,
    allowed: { values: ['private', 'host'] },
    example: 'private',
  }),
  option('cgroup-parent', 'string', { reach, platform, example: 'docker.slice' }),
  option('cpu-rt-period', 'int', {
    since: '1.13',
    platform,
    default: 0,
    allowed: { min: 0, unit: 'microseconds' },
    example: 1_000_000,
  }),
  option('cpu-rt-runtime', 'int', {
    since: '1.13',
    platform,
    default: 0,
    allowed: { min: 0, unit: 'microseconds' },
    example: 950_000,
  }),
]
