import { LINUX, optionsOf } from './option'

const option = optionsOf('security')
const platform = LINUX

/** What containers may do to the host. */
export const SECURITY = [
  option('no-new-privileges', 'bool', {
    since: '17.06',
    reach: 'new-containers',
    platform,
    default: false,
  }),
  option('userns-remap', 'string', {
    reach: 'hides-data',
    platform,
    default: '',
    allowed: { suggestions: ['default'] },
    example: 'default',
  }),
  option('seccomp-profile', 'string', {
    since: '1.13',
    reach: 'new-containers',
    platform,
    default: 'builtin',
    defaultUntil: [{ version: '23.0', value: '' }],
    allowed: { suggestions: [{ name: 'builtin', since: '23.0' }, 'unconfined'] },
    example: '/etc/docker/seccomp.json',
  }),
  option('selinux-enabled', 'bool', { reach: 'new-containers', platform, default: false }),
  option('rootless', 'bool', { since: '19.03', platform }),
]
