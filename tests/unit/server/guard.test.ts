import { expect, test } from 'vitest'
import { allowedHosts, isLoopback } from '../../../electron/server/guard'

test.each([
  ['127.0.0.1', true],
  ['127.3.2.1', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.2', false],
  ['127.0.0.1.example.org', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})

test('the names of a server are exact', () => {
  expect([...allowedHosts('127.0.0.1', 7414, false)]).toEqual(['127.0.0.1:7414', 'localhost:7414'])
  expect([...allowedHosts('::1', 7414, false)]).toEqual(['[::1]:7414', 'localhost:7414'])
  expect([...allowedHosts('porthole.example.org', 443, true)]).toEqual(['porthole.example.org'])
  expect(allowedHosts('0.0.0.0', 80, false)).toContain('127.0.0.1')
  expect(allowedHosts('0.0.0.0', 80, false)).not.toContain('0.0.0.0')
})
