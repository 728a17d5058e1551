import { expect, test } from 'vitest'
import { nearest } from '../../../electron/rpc/nearest'

const names = ['engine.status', 'engine.link', 'config.read', 'events.watch']

test.each([
  ['engine.statsu', 'engine.status'],
  ['ENGINE.LINK', 'engine.link'],
  ['config.raed', 'config.read'],
  ['engine', 'engine.status'],
  ['ev', 'events.watch'],
  ['', undefined],
  ['quite another thing', undefined],
])('%j means %j', (typed, meant) => {
  expect(nearest(typed, names)).toBe(meant)
})
