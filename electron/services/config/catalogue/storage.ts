import { optionsOf } from './option'

const option = optionsOf('storage')

/** Where images, containers and state lie on disk. */
export const STORAGE = [
  option('data-root', 'string', {
    since: '17.05',
    reach: 'hides-data',
    default: '/var/lib/docker',
    example: '/srv/docker',
  }),
  option('storage-driver', 'string', {
    short: 's',
    reach: 'hides-data',
    allowed: {
      suggestions: [
        'overlay2',
        'fuse-overlayfs',
        'btrfs',
        'zfs',
        'vfs',
        { name: 'overlayfs', since: '24.0' },
        { name: 'native', since: '24.0' },
        { name: 'aufs', until: '24.0' },
        { name: 'overlay', until: '24.0' },
        { name: 'devicemapper', until: '25.0' },
      ],
    },
    example: 'overlay2',
  }),
  option('storage-opts', 'strings', {
    flag: 'storage-opt',
    default: [],
    allowed: { suggestions: ['overlay2.size=', 'btrfs.min_space=', 'zfs.fsname='] },
    example: ['overlay2.size=10G'],
  }),
  option('exec-root', 'string', { default: '/var/run/docker', example: '/run/docker-second' }),
]
