import { expect, test } from 'vitest'
import { exceedsJsonBytes, jsonBytesAtMost } from '../../../electron/rpc/size'

const values: unknown[] = [
  null,
  true,
  -1.7976931348623157e308,
  '',
  'plain',
  '\u0000\u001f"\\\n',
  'Größe 🚢 \ud800',
  [],
  {},
  [1, [2, [null]], { a: undefined, 'k"y': 'ü' }],
  { items: Array.from({ length: 300 }, (_, n) => ({ n, text: 'é'.repeat(n) })) },
]

test.each(values)('the bound of %j is never below its size, and the limit is exact', (value) => {
  const size = Buffer.byteLength(JSON.stringify(value))
  expect(jsonBytesAtMost(value, 1e9)).toBeGreaterThanOrEqual(size)
  expect(exceedsJsonBytes(value, size)).toBe(false)
  expect(exceedsJsonBytes(value, size - 1)).toBe(true)
})

test('what has no end is larger than anything', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  expect(exceedsJsonBytes(cyclic, 1e9)).toBe(true)
  let shared: unknown = 'x'
  for (let i = 0; i < 60; i += 1) shared = [shared, shared]
  expect(exceedsJsonBytes(shared, 1e6)).toBe(true)
  expect(exceedsJsonBytes(new Uint8Array(10), 1e9)).toBe(true)
})
