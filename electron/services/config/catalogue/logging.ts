import { optionsOf } from './option'

const option = optionsOf('logging')

/** What dockerd writes about itself. */
export const LOGGING = [
  option('debug', 'bool', { short: 'D', live: 'kept', default: false }),
  option('log-level', 'string', {
    short: 'l',
    default: 'info',
    allowed: { suggestions: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'panic'] },
    example: 'warn',
  }),
  option('log-format', 'string', { since: '25.0', default: 'text', allowed: { values: ['text', 'json'] } }),
  option('raw-logs', 'bool', { default: false }),
]
