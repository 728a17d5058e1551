import { describe, expect, it } from 'vitest'
import {
  chainIds,
  freedLayers,
  layerSizes,
  withParents,
} from '../../../../electron/services/storage/cleanup/layers'

describe('chain ids', () => {
  it('are those dockerd names its layers with', () => {
    // Layers of a real image of 20.10 with the folders of its layerdb.
    expect(
      chainIds([
        'sha256:63823acf1955abbeb115b88e46a17581cfa18d5c220609e626af1771a2f6fcc8',
        'sha256:ab8c67c2bdeeb8d532ba700c864900964f5ffea80f16bad500e4bed8eb3104f6',
        'sha256:7e886e1de3284d8bcea385451bbe01af840dcffcb239fbfc7da2958e5a460a60',
      ]),
    ).toEqual([
      'sha256:63823acf1955abbeb115b88e46a17581cfa18d5c220609e626af1771a2f6fcc8',
      'sha256:fe8f0deabd35034f18c4c26633bc57db9631c0632485a2d0b184b226bdd8dd63',
      'sha256:af64407baa8eb3c6b5b642c3c7ee19ad0d8fa74759f1af0c3c6185ee5bea0633',
    ])
    expect(chainIds([])).toEqual([])
  })

  it('are followed down to the base, in a circle once', () => {
    expect(withParents('c', { c: 'b', b: 'a' })).toEqual(['c', 'b', 'a'])
    expect(withParents('c', { c: 'b', b: 'c' })).toEqual(['c', 'b'])
  })
})

describe('layers that become free', () => {
  const holders = [
    { id: 'one', chains: ['base', 'x'] },
    { id: 'two', chains: ['base', 'y'] },
    { id: 'container', chains: ['base', 'y'] },
  ]
  it('go with the last that has them', () => {
    const freed = freedLayers(holders, ['one', 'container', 'two'])
    expect([...freed]).toEqual([
      ['one', ['x']],
      ['container', []],
      ['two', ['base', 'y']],
    ])
  })

  it('stay where one stays that has them', () => {
    expect([...freedLayers(holders, ['one', 'two'])]).toEqual([
      ['one', ['x']],
      ['two', []],
    ])
  })

  it('are counted once for something that is named twice, and not at all for a stranger', () => {
    expect([...freedLayers(holders, ['one', 'one'])]).toEqual([['one', []]])
    expect(freedLayers(holders, ['stranger']).get('stranger')).toEqual([])
  })

  it('add up to all layers, whatever the order', () => {
    const many = Array.from({ length: 40 }, (_, at) => ({
      id: `i${at}`,
      chains: Array.from({ length: 1 + (at % 7) }, (__, depth) => `l${depth}-${at % (depth + 2)}`),
    }))
    const all = new Set(many.flatMap(({ chains }) => chains))
    for (const order of [many, many.toReversed()]) {
      const freed = [
        ...freedLayers(
          many,
          order.map(({ id }) => id),
        ).values(),
      ].flat()
      expect(new Set(freed)).toEqual(all)
      expect(freed).toHaveLength(all.size)
    }
  })
})

describe('sizes by the history', () => {
  const step = (Size: number, CreatedBy = 'RUN x') => ({ Size, CreatedBy })
  it('leave out what makes no layer', () => {
    expect(layerSizes([step(0, 'CMD ["sh"]'), step(5), step(7)], 2)).toEqual([7, 5])
  })

  it('keep an instruction that made an empty layer', () => {
    expect(layerSizes([step(0, '/bin/sh -c #(nop)  LABEL a=b'), step(0, 'RUN true'), step(7)], 2)).toEqual([
      7, 0,
    ])
  })

  it('are not guessed where they cannot be told', () => {
    expect(layerSizes([step(1), step(2)], 3)).toBeUndefined()
    expect(layerSizes([step(0, 'RUN true'), step(0, 'WORKDIR /x'), step(2)], 2)).toBeUndefined()
  })
})
