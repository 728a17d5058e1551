import { entries, textIn, type Entry } from '../nodes'
import { isGoBool, isSize } from '../units'
import { objectOf, type Checked, type Rule } from './checked'
import { checkDriverOptions } from './log-driver-options'

/** Names the drivers take that come with the engine. */
const OPTIONS_OF: Readonly<Record<string, readonly string[]>> = {
  'json-file': ['max-file', 'max-size', 'compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag'],
  local: ['max-file', 'max-size', 'compress'],
  journald: ['labels', 'labels-regex', 'env', 'env-regex', 'tag'],
  syslog: [
    ...['env', 'env-regex', 'labels', 'labels-regex', 'tag'],
    ...['syslog-address', 'syslog-facility', 'syslog-format', 'syslog-tls-ca-cert', 'syslog-tls-cert'],
    ...['syslog-tls-key', 'syslog-tls-skip-verify'],
  ],
  gelf: [
    ...['gelf-address', 'gelf-compression-level', 'gelf-compression-type', 'gelf-tcp-max-reconnect'],
    ...['gelf-tcp-reconnect-delay', 'tag', 'labels', 'labels-regex', 'env', 'env-regex'],
  ],
  fluentd: [
    ...['env', 'env-regex', 'labels', 'labels-regex', 'tag', 'fluentd-address', 'fluentd-async'],
    ...['fluentd-async-connect', 'fluentd-async-reconnect-interval', 'fluentd-buffer-limit'],
    ...['fluentd-max-retries', 'fluentd-request-ack', 'fluentd-retry-wait', 'fluentd-sub-second-precision'],
    'fluentd-write-timeout',
  ],
  awslogs: [
    ...['awslogs-group', 'awslogs-stream', 'awslogs-create-group', 'awslogs-create-stream', 'awslogs-region'],
    ...[
      'awslogs-endpoint',
      'awslogs-datetime-format',
      'awslogs-multiline-pattern',
      'awslogs-credentials-endpoint',
    ],
    ...['awslogs-force-flush-interval-seconds', 'awslogs-max-buffered-events', 'awslogs-format', 'tag'],
  ],
  splunk: [
    ...['splunk-url', 'splunk-token', 'splunk-source', 'splunk-sourcetype', 'splunk-index', 'splunk-capath'],
    ...['splunk-caname', 'splunk-insecureskipverify', 'splunk-format', 'splunk-verify-connection'],
    ...['splunk-gzip', 'splunk-gzip-level', 'splunk-index-acknowledgment'],
    ...['env', 'env-regex', 'labels', 'labels-regex', 'tag'],
  ],
  gcplogs: [
    ...['env', 'env-regex', 'labels', 'labels-regex', 'gcp-project', 'gcp-log-cmd'],
    ...['gcp-meta-zone', 'gcp-meta-name', 'gcp-meta-id'],
  ],
  logentries: ['env', 'env-regex', 'labels', 'labels-regex', 'tag', 'line-only', 'logentries-token'],
}

/** Taken by every driver, and looked at first. */
const OF_ALL = ['mode', 'max-buffer-size']
const CACHE = ['cache-disabled', 'cache-max-size', 'cache-max-file', 'cache-compress']

/** A driver of this name may also be a plugin's. */
const logDriver: Rule = (file) => {
  const driver = file.text('log-driver')
  if (driver === undefined || comesWith(driver, file) || driver === 'none' || /[:/]/.test(driver)) return
  const values = { driver }
  // With options the engine asks for the driver at start; without, only when a container is made.
  if (Object.keys(objectOf(file.inForce('log-opts'))).length > 0)
    file.warning('log-driver', 'value/log-driver-options', values)
  else file.warning('log-driver', 'value/log-driver', values)
}

function comesWith(driver: string, file: Checked): boolean {
  return driver === 'logentries' ? !file.since('25.0') : driver in OPTIONS_OF
}

const logOpts: Rule = (file) => {
  const set = file.inForce('log-driver')
  const driver = typeof set === 'string' && set !== '' ? set : 'json-file'
  const all = entries(file.node('log-opts'))
  if (all.length === 0 || driver === 'none') return
  checkMode(all, file)
  checkCache(all, file)
  const names = OPTIONS_OF[driver]
  if (names === undefined || !comesWith(driver, file)) return
  for (const { name, nameNode } of all)
    if (!names.includes(name) && !OF_ALL.includes(name) && !CACHE.includes(name))
      file.error(
        'log-opts',
        'value/log-opt',
        { driver, option: name, options: [...names, ...OF_ALL].join(', ') },
        nameNode,
      )
  checkDriverOptions(driver, all, file)
}

function checkMode(all: readonly Entry[], file: Checked): void {
  const mode = all.findLast((each) => each.name === 'mode')
  const value = textIn(mode?.node) ?? ''
  if (mode !== undefined && !['', 'blocking', 'non-blocking'].includes(value))
    file.error('log-opts', 'value/word', { key: 'mode', value, words: 'blocking, non-blocking' }, mode.node)
  const buffer = all.findLast((each) => each.name === 'max-buffer-size')
  if (buffer === undefined) return
  const size = textIn(buffer.node) ?? ''
  if (value !== 'non-blocking') file.error('log-opts', 'value/buffer-without-mode', {}, buffer.nameNode)
  else if (!isSize(size))
    file.error('log-opts', 'value/option-size', { option: 'max-buffer-size', value: size }, buffer.node)
}

function checkCache(all: readonly Entry[], file: Checked): void {
  const disabled = all.findLast((each) => each.name === 'cache-disabled')
  const value = textIn(disabled?.node)
  if (value !== undefined && !isGoBool(value))
    file.error('log-opts', 'value/option-bool', { option: 'cache-disabled', value }, disabled?.node)
}

export const LOGGING: readonly Rule[] = [logDriver, logOpts]
