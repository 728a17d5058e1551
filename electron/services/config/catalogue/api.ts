import { optionsOf } from './option'

const option = optionsOf('api')

/** Who reaches the API, and how. */
export const API = [
  option('hosts', 'strings', {
    flag: 'host',
    short: 'H',
    allowed: { suggestions: ['unix:///var/run/docker.sock', 'fd://', 'tcp://127.0.0.1:2376'] },
    example: ['unix:///var/run/docker.sock', 'tcp://127.0.0.1:2376'],
  }),
  option('group', 'string', { short: 'G', default: 'docker' }),
  option('tls', 'bool', { default: false }),
  option('tlsverify', 'bool', { default: false }),
  option('tlscacert', 'string', { example: '/etc/docker/tls/ca.pem' }),
  option('tlscert', 'string', { example: '/etc/docker/tls/server-cert.pem' }),
  option('tlskey', 'string', { example: '/etc/docker/tls/server-key.pem' }),
  option('authorization-plugins', 'strings', {
    flag: 'authorization-plugin',
    live: 'reset',
    reach: 'dangerous',
    default: [],
    example: ['opa-docker-authz'],
  }),
  option('min-api-version', 'string', {
    flag: null,
    since: '29.0',
    default: '1.40',
    defaultUntil: [{ version: '29.3', value: '1.44' }],
    example: '1.41',
  }),
]
