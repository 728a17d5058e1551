import { optionsOf } from './option'

const option = optionsOf('builder')
const inside = 'builder'
const flag = null

/** BuildKit inside the engine. */
export const BUILDER = [
  option('builder', 'builder', {
    flag,
    since: '18.09',
    default: {},
    allowed: { members: ['gc', 'entitlements', { name: 'history', since: '24.0' }] },
    example: { gc: { enabled: true, defaultReservedSpace: '20GB' } },
  }),
]

/**
 * What stands inside `builder`, by its path. dockerd does not look these up as keys: a name it
 * does not know is passed over without a word, and upper and lower case are one.
 */
export const BUILDER_MEMBERS = [
  option('builder.gc.enabled', 'bool', { flag, inside, since: '18.09', default: true }),
  option('builder.gc.defaultReservedSpace', 'string', { flag, inside, since: '28.0', example: '20GB' }),
  option('builder.gc.defaultMaxUsedSpace', 'string', {
    flag,
    inside,
    since: '28.0',
    default: '',
    example: '50GB',
  }),
  option('builder.gc.defaultMinFreeSpace', 'string', {
    flag,
    inside,
    since: '28.0',
    default: '',
    example: '20GB',
  }),
  option('builder.gc.defaultKeepStorage', 'string', {
    flag,
    inside,
    since: '18.09',
    deprecated: '28.0',
    default: '',
    example: '20GB',
  }),
  option('builder.gc.policy', 'objects', {
    flag,
    inside,
    since: '18.09',
    default: [],
    allowed: {
      members: [
        'all',
        'filter',
        { name: 'reservedSpace', since: '28.0' },
        { name: 'maxUsedSpace', since: '28.0' },
        { name: 'minFreeSpace', since: '28.0' },
        'keepStorage',
      ],
    },
    example: [
      { filter: ['unused-for=168h'], reservedSpace: '5GB' },
      { all: true, reservedSpace: '20GB' },
    ],
  }),
  option('builder.entitlements', 'bool-map', {
    flag,
    inside,
    since: '19.03.5',
    allowed: { members: ['network-host', 'security-insecure', { name: 'device', since: '29.0' }] },
    example: { 'network-host': true, 'security-insecure': false },
  }),
  option('builder.history', 'object', {
    flag,
    inside,
    since: '24.0',
    allowed: { members: ['maxAge', 'maxEntries'] },
    example: { maxAge: '336h', maxEntries: 50 },
  }),
]
