import { expect, it } from 'vitest'
import { explainFatal, FATAL_CODES } from '../../../../electron/services/recovery/fatal'
import { lastWords } from '../../../../electron/services/recovery/last-words'
import { parseLine } from '../../../../electron/services/daemon-log/parse'
import en from '../../../../renderer/src/locales/en/recovery-fatal'
import ru from '../../../../renderer/src/locales/ru/recovery-fatal'

const FILE = 'unable to configure the Docker daemon with file /etc/docker/daemon.json: '

// Sentences of real daemons, 20.10 to 29.
it.each([
  [
    `${FILE}the following directives are specified both as a flag and in the configuration file: hosts: (from flag: [fd://], from file: [unix:///a]), labels: (from flag: [c=d], from file: [a=b])`,
    'flag-conflict',
    ['hosts', 'labels'],
  ],
  [
    `${FILE}the following directives don't match any configuration option: foo-bar, zed`,
    'unknown-key',
    ['foo-bar', 'zed'],
  ],
  [
    `${FILE}json: cannot unmarshal string into Go struct field Config.CommonConfig.debug of type bool`,
    'wrong-type',
    ['debug'],
  ],
  [
    `${FILE}invalid JSON: json: cannot unmarshal number 1500.5 into Go struct field Config.mtu of type int`,
    'wrong-type',
    ['mtu'],
  ],
  [`${FILE}open /etc/docker/daemon.json: no such file or directory`, 'file-missing', []],
  [`${FILE}open /etc/docker/daemon.json: permission denied`, 'file-denied', []],
  [`${FILE}invalid character '}' looking for beginning of object key string`, 'json', []],
  [`${FILE}EOF`, 'json', []],
  [`${FILE}invalid JSON: unexpected end of JSON input`, 'json', []],
  [
    `${FILE}configuration validation from file failed: specified default runtime 'nonexist' does not exist`,
    'default-runtime',
    ['default-runtime'],
  ],
  [
    `failed to start daemon: specified default runtime 'nonexist' does not exist`,
    'default-runtime',
    ['default-runtime'],
  ],
  [`failed to start daemon: runtime name 'runc' is reserved`, 'runtime', ['runtimes']],
  [
    'failed to start daemon: runtime x: either a runtimeType or a path must be configured',
    'runtime',
    ['runtimes'],
  ],
  [
    `${FILE}merged configuration validation from file and command line flags failed: invalid logging level: loud`,
    'file-refused',
    [],
  ],
  [
    `failed to start daemon: failed to set log opts: unknown log opt 'bogus' for json-file log driver`,
    'log-opts',
    ['log-opts', 'log-driver'],
  ],
  [
    'failed to start daemon: error initializing graphdriver: driver not supported: nope',
    'storage-driver',
    ['storage-driver', 'storage-opts'],
  ],
  ['failed to start daemon: native.cgroupdriver option bogus not supported', 'cgroup-driver', ['exec-opts']],
  [
    'failed to start daemon: opening seccomp profile (/nope.json) failed: open /nope.json: no such file or directory',
    'seccomp',
    ['seccomp-profile'],
  ],
  [
    'failed to start metrics server: error parsing tcp address: address badaddr: missing port in address',
    'metrics-address',
    ['metrics-addr'],
  ],
  [
    'failed to start daemon: failed to dial "/nope/ctd.sock": failed to dial "/nope/ctd.sock": context deadline exceeded',
    'containerd',
    ['containerd'],
  ],
  [
    'Error validating authorization plugin: plugin "nope-plugin" not found',
    'authorization-plugin',
    ['authorization-plugins'],
  ],
  ['something nobody has seen before', 'other', []],
])('explains %j', (line, code, keys) => {
  const found = explainFatal(line)
  expect(found.code).toBe(code)
  expect(found.keys).toEqual(keys)
  expect(found.message).not.toMatch(/\{\w+\}/)
})

it('has a sentence for every code in both languages', () => {
  for (const texts of [en.fatal, ru.fatal]) expect(Object.keys(texts).sort()).toEqual([...FATAL_CODES].sort())
})

it('looks for the last words since the last start only', () => {
  const log = (...texts: string[]) =>
    texts.map((text, seq) => ({ time: '', seq, source: '', ...parseLine(text) }))
  const start = 'time="2026-11-24T10:00:00Z" level=info msg="Starting up"'
  const died = 'failed to start daemon: error initializing graphdriver: driver not supported: nope'
  const refused = `${FILE}EOF`
  expect(lastWords(log(start, died))?.message).toBe(died)
  expect(lastWords(log(start, died, start))).toBeUndefined()
  // What is wrong with the file is said before the first line of a start.
  expect(lastWords(log(start, died, refused))?.message).toBe(refused)
  expect(
    lastWords(
      log(start, 'time="2026-11-24T10:00:00Z" level=fatal msg="Error validating authorization plugin"'),
    )?.level,
  ).toBe('fatal')
  expect(lastWords(log(start, 'goroutine 1 [running]:', 'level=error'))).toBeUndefined()
})
