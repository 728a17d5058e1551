import { optionsOf } from './option'

const option = optionsOf('registry')

/** Where images come from and how they are fetched. */
export const REGISTRY = [
  option('registry-mirrors', 'strings', {
    flag: 'registry-mirror',
    live: 'kept',
    default: [],
    example: ['https://mirror.example.com'],
  }),
  option('insecure-registries', 'strings', {
    flag: 'insecure-registry',
    live: 'kept',
    default: [],
    example: ['registry.lan:5000', '10.0.0.0/8'],
  }),
  option('proxies', 'proxies', {
    flag: null,
    since: '23.0',
    allowed: { members: ['http-proxy', 'https-proxy', 'no-proxy'] },
    example: {
      'http-proxy': 'http://proxy.example.com:3128',
      'https-proxy': 'http://proxy.example.com:3128',
      'no-proxy': 'localhost,127.0.0.0/8,.example.com',
    },
  }),
  option('http-proxy', 'string', {
    since: '23.0',
    inside: 'proxies',
    default: '',
    example: 'http://proxy.example.com:3128',
  }),
  option('https-proxy', 'string', {
    since: '23.0',
    inside: 'proxies',
    default: '',
    example: 'http://proxy.example.com:3128',
  }),
  option('no-proxy', 'string', {
    since: '23.0',
    inside: 'proxies',
    default: '',
    example: 'localhost,127.0.0.0/8,.example.com',
  }),
  option('max-concurrent-downloads', 'int', { live: 'reset', default: 3, allowed: { min: 0 } }),
  option('max-concurrent-uploads', 'int', { live: 'reset', default: 5, allowed: { min: 0 } }),
  option('max-download-attempts', 'int', {
    since: '20.10',
    live: 'reset',
    default: 5,
    allowed: { min: 0 },
  }),
]
