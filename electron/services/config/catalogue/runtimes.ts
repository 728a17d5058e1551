import { LINUX, optionsOf } from './option'

const option = optionsOf('runtimes')

/** What runs a container. */
export const RUNTIMES = [
  option('default-runtime', 'string', {
    live: 'kept',
    reach: 'new-containers',
    default: 'runc',
    allowed: { suggestions: ['runc', { name: 'io.containerd.runc.v2', since: '23.0' }] },
    example: 'crun',
  }),
  option('runtimes', 'runtimes', {
    flag: 'add-runtime',
    live: 'kept',
    platform: LINUX,
    default: {},
    allowed: {
      members: [
        'path',
        'runtimeArgs',
        { name: 'runtimeType', since: '24.0' },
        { name: 'options', since: '24.0' },
      ],
    },
    example: { crun: { path: '/usr/bin/crun' } },
  }),
  option('exec-opts', 'strings', {
    flag: 'exec-opt',
    default: [],
    allowed: { suggestions: ['native.cgroupdriver=systemd', 'native.cgroupdriver=cgroupfs'] },
    example: ['native.cgroupdriver=systemd'],
  }),
  option('cdi-spec-dirs', 'strings', {
    flag: 'cdi-spec-dir',
    since: '25.0',
    default: ['/etc/cdi', '/var/run/cdi'],
    example: ['/etc/cdi'],
  }),
  option('nri-opts', 'nri', {
    since: '29.2',
    live: 'reset',
    platform: LINUX,
    default: {},
    allowed: { members: ['enable', 'plugin-path', 'plugin-config-path', 'socket-path'] },
    example: { enable: true },
  }),
]
