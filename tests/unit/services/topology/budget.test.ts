import { describe, expect, it } from 'vitest'
import { withinBytes } from '../../../../electron/services/topology'

describe('what fits into an answer', () => {
  const rows = ['shim 1', 'child 1', 'child 2', 'shim 2', 'child 3']
  const isShim = (row: string) => row.startsWith('shim')

  it('is everything when there is room', () => {
    expect(withinBytes(rows, 1_000)).toEqual(rows)
  })

  it('is what comes first when there is little, in the order it had', () => {
    // A row takes 9 or 10 bytes with its quotes and a comma.
    expect(withinBytes(rows, 30, isShim)).toEqual(['shim 1', 'child 1', 'shim 2'])
    expect(withinBytes(rows, 10, isShim)).toEqual(['shim 1'])
    expect(withinBytes(rows, 0)).toEqual([])
  })

  it('counts bytes, not characters', () => {
    expect(withinBytes(['ыы', 'zz'], 8)).toEqual(['ыы'])
  })
})
