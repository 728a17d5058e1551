import { describe, expect, it } from 'vitest'
import { spares } from '../../../../electron/services/storage/cleanup/keep'

const now = Date.parse('2026-11-24T12:00:00Z')
const thing = (name: string, labels: Record<string, string> = {}, createdAt = '2026-01-01T00:00:00Z') => ({
  names: [name],
  labels,
  createdAt,
})

describe('what is spared', () => {
  it.each([
    ['web', 'web', true],
    ['web', 'web2', false],
    ['web*', 'web2', true],
    ['*', '', true],
    ['*:1', 'a/b:1', true],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c', false],
    ['a*bc*c', 'abc', false],
    ['aa*aa', 'aaa', false],
    ['aa*aa', 'aaaa', true],
    ['**', 'x', true],
    ['a.c', 'abc', false],
    ['(a+)+$', 'aaaa', false],
    ['*\n*', 'a\nb', true],
  ])('by the pattern %j: %j is %s', (pattern, name, spared) => {
    expect(spares({ names: [pattern] }, now)(thing(name))).toBe(spared)
  })

  it('by a label, with its value or with any', () => {
    expect(spares({ labels: ['keep'] }, now)(thing('x', { keep: '' }))).toBe(true)
    expect(spares({ labels: ['keep=yes'] }, now)(thing('x', { keep: 'yes' }))).toBe(true)
    expect(spares({ labels: ['keep=yes'] }, now)(thing('x', { keep: 'no' }))).toBe(false)
    expect(spares({ labels: ['a=b=c'] }, now)(thing('x', { a: 'b=c' }))).toBe(true)
    expect(spares({ labels: ['toString', '__proto__'] }, now)(thing('x'))).toBe(false)
  })

  it('by age, and where no age is known', () => {
    const young = spares({ youngerThanHours: 24 }, now)
    expect(young(thing('x', {}, '2026-11-24T00:00:00Z'))).toBe(true)
    expect(young(thing('x', {}, '2026-11-22T00:00:00Z'))).toBe(false)
    expect(young({ names: [], labels: {} })).toBe(true)
  })

  it('is nothing without a wish', () => {
    expect(spares(undefined, now)(thing('x'))).toBe(false)
    expect(spares({}, now)({ names: [], labels: {} })).toBe(false)
  })

  it('takes no longer for a hostile pattern', () => {
    const pattern = `${'*a'.repeat(127)}*`
    expect(spares({ names: [pattern] }, now)(thing('a'.repeat(100_000)))).toBe(true)
    expect(spares({ names: [`${pattern}b`] }, now)(thing('a'.repeat(100_000)))).toBe(false)
  })
})
