import { optionsOf } from './option'

const option = optionsOf('container-logging')

/** Options every log driver takes. */
const COMMON = ['mode', 'max-buffer-size']
/** What lets `docker logs` read drivers that keep nothing on this machine. */
const CACHE = ['cache-disabled', 'cache-max-size', 'cache-max-file', 'cache-compress']
const SELECT = ['labels', 'labels-regex', 'env', 'env-regex', 'tag']

/** Where the output of containers goes. */
export const CONTAINER_LOGGING = [
  option('log-driver', 'string', {
    reach: 'new-containers',
    default: 'json-file',
    allowed: {
      suggestions: [
        'json-file',
        'local',
        'journald',
        'syslog',
        'fluentd',
        'gelf',
        'awslogs',
        'gcplogs',
        'splunk',
        { name: 'logentries', until: '25.0' },
        'none',
      ],
    },
    example: 'local',
  }),
  option('log-opts', 'string-map', {
    flag: 'log-opt',
    reach: 'new-containers',
    default: {},
    allowed: {
      members: ['max-size', 'max-file', 'compress', ...COMMON, ...SELECT],
      membersBy: {
        key: 'log-driver',
        members: {
          'json-file': ['max-size', 'max-file', 'compress', ...SELECT, ...COMMON],
          local: ['max-size', 'max-file', 'compress', ...COMMON],
          journald: [...SELECT, ...COMMON],
          syslog: [
            'syslog-address',
            'syslog-facility',
            'syslog-format',
            'syslog-tls-ca-cert',
            'syslog-tls-cert',
            'syslog-tls-key',
            'syslog-tls-skip-verify',
            ...SELECT,
            ...COMMON,
            ...CACHE,
          ],
          fluentd: [
            'fluentd-address',
            'fluentd-async',
            'fluentd-buffer-limit',
            'fluentd-max-retries',
            'fluentd-retry-wait',
            ...SELECT,
            ...COMMON,
            ...CACHE,
          ],
          gelf: [
            'gelf-address',
            'gelf-compression-type',
            'gelf-compression-level',
            ...SELECT,
            ...COMMON,
            ...CACHE,
          ],
          awslogs: [
            'awslogs-region',
            'awslogs-group',
            'awslogs-stream',
            'awslogs-create-group',
            ...COMMON,
            ...CACHE,
          ],
          gcplogs: ['gcp-project', 'gcp-log-cmd', 'gcp-meta-zone', ...SELECT, ...COMMON, ...CACHE],
          splunk: ['splunk-url', 'splunk-token', 'splunk-index', ...SELECT, ...COMMON, ...CACHE],
          none: [],
        },
      },
    },
    example: { 'max-size': '10m', 'max-file': '3' },
  }),
]
