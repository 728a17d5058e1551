import { expect, it } from 'vitest'
import { flagValue, otherFlag, parseFlags } from '../../../../electron/services/config/flags'
import { findOption, nearestKey } from '../../../../electron/services/config/options'

const value = (argv: string[], key: string, version = '28.0.0') => {
  const option = findOption(key)
  return option === undefined ? undefined : flagValue(parseFlags(['dockerd', ...argv], version), option)
}

it('reads every spelling of a flag', () => {
  for (const argv of [['-H', 'fd://'], ['-Hfd://'], ['-H=fd://'], ['--host', 'fd://'], ['--host=fd://']])
    expect(value(argv, 'hosts'), argv.join(' ')).toEqual(['fd://'])
  expect(value(['-D'], 'debug')).toBe(true)
  expect(value(['--debug=false'], 'debug')).toBe(false)
  expect(value(['-Dl', 'warn'], 'log-level')).toBe('warn')
  expect(value(['--iptables=false', '--label', 'a=b', '--label=c=d'], 'labels')).toEqual(['a=b', 'c=d'])
  expect(value(['--log-opt', 'max-size=1m', '--log-opt', 'tag=a=b'], 'log-opts')).toEqual({
    'max-size': '1m',
    tag: 'a=b',
  })
  expect(value(['--', '-D'], 'debug')).toBeUndefined()
})

it('does not take the value of one flag for another flag', () => {
  expect(value(['--label', '--debug'], 'debug')).toBeUndefined()
  expect(value(['--debug', '--mtu', '1400'], 'mtu')).toBe(1400)
})

it('knows the flags that are no options', () => {
  const flags = parseFlags(
    ['dockerd', '--config-file=/a', '--config-file', '/b', '--validate', '-D'],
    '28.0.0',
  )
  expect(otherFlag(flags, 'config-file')).toBe('/b')
  expect(flags.at(-1)).toEqual({ flag: '-D', key: 'debug', value: 'true' })
})

it('gives the one host-gateway flag to the key of its time', () => {
  expect(value(['--host-gateway-ip', '1.2.3.4'], 'host-gateway-ip', '20.10.24')).toBe('1.2.3.4')
  expect(value(['--host-gateway-ip', '1.2.3.4'], 'host-gateway-ips', '28.5.2')).toEqual(['1.2.3.4'])
})

it('finds the key that was meant', () => {
  expect(nearestKey('Debug', '28.0.0')).toBe('debug')
  expect(nearestKey('log_level', '28.0.0')).toBe('log-level')
  expect(nearestKey('registry-mirror', '28.0.0')).toBe('registry-mirrors')
  expect(nearestKey('insecure-registrys', '28.0.0')).toBe('insecure-registries')
  expect(nearestKey('something-else', '28.0.0')).toBeUndefined()
})
