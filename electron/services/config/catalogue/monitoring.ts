import { optionsOf } from './option'

const option = optionsOf('monitoring')

/** Figures for others to collect. */
export const MONITORING = [
  option('metrics-addr', 'string', { since: '1.13', default: '', example: '127.0.0.1:9323' }),
]
