import { textIn, type Entry } from '../nodes'
import { isDuration, isGoBool, isGoInt, isSize } from '../units'
import type { Checked } from './checked'

const KEY = 'log-opts'

/** Options of one driver with the nodes of their values. */
class Options {
  constructor(
    private readonly all: readonly Entry[],
    readonly file: Checked,
  ) {}

  entry(option: string): Entry | undefined {
    return this.all.findLast((each) => each.name === option)
  }

  text(option: string): string | undefined {
    return textIn(this.entry(option)?.node)
  }

  /** Reports a value that does not fit; an empty one counts as not set where `orEmpty`. */
  want(
    option: string,
    fits: (value: string) => boolean,
    code:
      | 'value/option-bool'
      | 'value/option-number'
      | 'value/option-size'
      | 'value/option-duration'
      | 'value/option-word'
      | 'value/option-address',
    orEmpty = true,
  ): void {
    const value = this.text(option)
    if (value === undefined || (orEmpty && value === '') || fits(value)) return
    this.file.error(KEY, code, { option, value }, this.entry(option)?.node)
  }

  /** The daemon starts with it, and no container can be made. */
  doubt(option: string, fits: (value: string) => boolean): void {
    const value = this.text(option)
    if (value === undefined || fits(value)) return
    this.file.warning(KEY, 'value/option-later', { option, value }, this.entry(option)?.node)
  }
}

/** Values of a driver's options: those looked at while the engine starts, and those looked at later. */
export function checkDriverOptions(driver: string, all: readonly Entry[], file: Checked): void {
  CHECKS[driver]?.(new Options(all, file))
}

/** `json-file` and `local` look at these when a container is made. */
function checkRotation(options: Options): void {
  options.doubt('max-size', (value) => value === '-1' || isSize(value))
  options.doubt('max-file', (value) => isGoInt(value) && Number(value) >= 1)
  options.doubt('compress', isGoBool)
}

function checkJsonFile(options: Options): void {
  checkRotation(options)
  const size = options.text('max-size')
  const files = options.text('max-file')
  if (files !== undefined && Number(files) > 1 && size === undefined)
    options.file.warning(KEY, 'value/max-file-alone', {}, options.entry('max-file')?.nameNode)
  if (isTrue(options.text('compress')) && (size === undefined || Number(files ?? 1) === 1))
    options.file.warning(KEY, 'value/compress-alone', {}, options.entry('compress')?.nameNode)
}

function checkLocal(options: Options): void {
  checkRotation(options)
  if (
    options.text('max-file') === '1' &&
    (options.text('compress') === undefined || isTrue(options.text('compress')))
  )
    options.file.warning(KEY, 'value/compress-alone', {}, options.entry('max-file')?.nameNode)
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && isGoBool(value) && /^[1tT]/.test(value)
}

const FACILITIES = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => `local${n}`),
]

function checkSyslog(options: Options): void {
  options.want(
    'syslog-address',
    (value) => /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/./.test(value),
    'value/option-address',
  )
  options.want(
    'syslog-facility',
    (value) => FACILITIES.includes(value) || (isGoInt(value) && Number(value) >= 0 && Number(value) <= 23),
    'value/option-word',
  )
  options.want(
    'syslog-format',
    (value) => ['rfc3164', 'rfc5424', 'rfc5424micro'].includes(value),
    'value/option-word',
  )
}

function checkGelf(options: Options): void {
  options.want('gelf-address', (value) => /^(udp|tcp):\/\/.+:\d+$/.test(value), 'value/option-address')
  options.want(
    'gelf-compression-type',
    (value) => ['gzip', 'zlib', 'none'].includes(value),
    'value/option-word',
    false,
  )
  options.want(
    'gelf-compression-level',
    (value) => isGoInt(value) && Number(value) >= -1 && Number(value) <= 9,
    'value/option-number',
    false,
  )
}

function checkFluentd(options: Options): void {
  options.want('fluentd-address', isFluentdAddress, 'value/option-address')
  for (const name of [
    'fluentd-async',
    'fluentd-async-connect',
    'fluentd-request-ack',
    'fluentd-sub-second-precision',
  ])
    options.want(name, isGoBool, 'value/option-bool')
  options.want('fluentd-max-retries', (value) => /^\d+$/.test(value), 'value/option-number')
  options.want('fluentd-buffer-limit', isSize, 'value/option-size')
  for (const name of ['fluentd-retry-wait', 'fluentd-async-reconnect-interval', 'fluentd-write-timeout'])
    options.want(name, isDuration, 'value/option-duration')
}

function isFluentdAddress(value: string): boolean {
  const [, scheme, rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/.exec(value) ?? []
  if (scheme === 'unix') return rest !== ''
  if (scheme !== undefined && !['tcp', 'tls'].includes(scheme)) return false
  return !rest.includes('/') && !/:[^:\]]*[^\d:\]][^:\]]*$/.test(rest)
}

function checkAwslogs(options: Options): void {
  if ((options.text('awslogs-group') ?? '') === '')
    options.file.error(KEY, 'value/option-missing', { option: 'awslogs-group', driver: 'awslogs' })
  for (const name of ['awslogs-create-group', 'awslogs-create-stream'])
    options.want(name, isGoBool, 'value/option-bool', false)
  const positive = (value: string): boolean => /^\+?\d+$/.test(value) && Number(value) > 0
  for (const name of ['awslogs-force-flush-interval-seconds', 'awslogs-max-buffered-events'])
    options.want(name, positive, 'value/option-number', false)
  const both = ['awslogs-datetime-format', 'awslogs-multiline-pattern'] as const
  if (both.every((name) => options.entry(name) !== undefined))
    options.file.error(
      KEY,
      'key/exclusive',
      { key: both[0], other: both[1] },
      options.entry(both[1])?.nameNode,
    )
}

/** Splunk is asked about its options when a container is made. */
function checkSplunk(options: Options): void {
  options.doubt('splunk-format', (value) => ['inline', 'json', 'raw'].includes(value))
}

const CHECKS: Readonly<Record<string, (options: Options) => void>> = {
  'json-file': checkJsonFile,
  local: checkLocal,
  syslog: checkSyslog,
  gelf: checkGelf,
  fluentd: checkFluentd,
  awslogs: checkAwslogs,
  splunk: checkSplunk,
}
