import { describeLayers } from '../../../../electron/services/images/layers'
import { describe, expect, it } from 'vitest'
import { chainIds } from '../../../../electron/services/images/chain'
import { joinHistory } from '../../../../electron/services/images/history'

const step = (createdBy: string, sizeBytes = 0) => ({ createdBy, sizeBytes })
const BASE = step('ADD rootfs.tar / # buildkit', 100)
const CMD = step('/bin/sh -c #(nop)  CMD ["sh"]')
const ENV = step('ENV A=1')
const REMOVE = step('RUN rm -r /x # buildkit')
const NOTHING = step('RUN true # buildkit')
const COPY = step('COPY a /a # buildkit', 7)

const joined = (...given: Parameters<typeof joinHistory>) =>
  joinHistory(...given).map(({ createdBy, followedBy }) => [createdBy, ...followedBy])

describe('the history of an image', () => {
  it('is joined with its layers by sizes and by what never makes a layer', () => {
    expect(joined([BASE, CMD, REMOVE, ENV, COPY], 3)).toEqual([
      [BASE.createdBy, CMD.createdBy],
      [REMOVE.createdBy, ENV.createdBy],
      [COPY.createdBy],
    ])
  })

  it('leaves open which of two instructions without a size made the one layer', () => {
    expect(joined([BASE, REMOVE, NOTHING, COPY], 3)).toEqual([
      [BASE.createdBy],
      [undefined],
      [COPY.createdBy],
    ])
  })

  it('is exact where the config says which made none', () => {
    expect(joined([BASE, REMOVE, NOTHING, COPY], 3, [false, false, true, false])).toEqual([
      [BASE.createdBy],
      [REMOVE.createdBy, NOTHING.createdBy],
      [COPY.createdBy],
    ])
  })

  it.each([
    ['fewer instructions than layers', [BASE], 3],
    ['more sizes than layers', [BASE, COPY, COPY], 2],
    ['no history', [], 1],
  ])('of %s gives no layer a wrong instruction', (_, steps, layers) => {
    expect(joined(steps, layers)).toEqual(Array.from({ length: layers }, () => [undefined]))
  })

  it('is not trusted where the config’s does not fit the layers', () => {
    expect(joined([BASE, COPY], 2, [false, true])).toEqual([[BASE.createdBy], [COPY.createdBy]])
  })
})

it('chain ids are made of the one below and the diff id', () => {
  // An image's own, as its daemon's layer store has them.
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
})

describe('layers that are told', () => {
  it.each([1, 127, 1_000])('fit into a message, %i of them with endless texts', (count) => {
    const text = '\u0001'.repeat(2_000)
    const layers = describeLayers({
      diffIds: Array.from({ length: count }, (_, index) => `sha256:${String(index).padStart(64, '0')}`),
      made: Array.from({ length: count }, () => ({
        createdBy: text,
        createdAt: '2026-01-01T00:00:00.000Z',
        followedBy: Array<string>(100).fill(text),
      })),
      sharers: new Map([[`sha256:${'0'.repeat(64)}`, Array<string>(5_000).fill('some/image:latest')]]),
    })
    expect(layers).toHaveLength(count)
    expect(layers[0]?.createdBy).not.toBe('')
    expect(Buffer.byteLength(JSON.stringify(layers))).toBeLessThan(700_000)
  })

  it('keep their texts whole where these are as usual', () => {
    const [layer] = describeLayers({
      diffIds: ['sha256:a'],
      made: [{ createdBy: 'RUN '.repeat(500), followedBy: ['ENV A=1'] }],
      sharers: new Map([['sha256:a', ['other:1']]]),
    })
    expect(layer).toMatchObject({
      createdBy: 'RUN '.repeat(500),
      followedBy: ['ENV A=1'],
      sharedBy: ['other:1'],
    })
  })
})
