import { describe, expect, it } from 'vitest'
import { collect, type Going } from '../../../electron/helper/storage-cleanup/containerd-graph'
import type { Metadata } from '../../../electron/helper/storage/containerd-metadata'

const NOW = Date.parse('2026-01-01T12:00:00Z')
const LATER = '2026-01-01T12:05:00Z'
const EARLIER = '2026-01-01T11:55:00Z'

type Labels = Record<string, string>
const labels = (given: Labels = {}) => new Map(Object.entries(given))
const ref = (kind: string, value: string): Labels => ({ [`containerd.io/gc.ref.${kind}`]: value })

interface Given {
  images?: [name: string, target: string, labels?: Labels][]
  blobs?: Record<string, Labels>
  snapshots?: Record<string, { parent?: string; labels?: Labels }>
  leases?: Record<string, { content?: string[]; snapshots?: string[]; images?: string[]; labels?: Labels }>
  containers?: Record<string, string>
  sandboxes?: Labels[]
}

function namespace(given: Given, name = 'moby'): Metadata {
  return {
    namespace: name,
    images: (given.images ?? []).map(([image, target, more]) => ({
      name: image,
      target,
      labels: labels(more),
    })),
    blobs: new Map(Object.entries(given.blobs ?? {}).map(([digest, each]) => [digest, labels(each)])),
    snapshots: new Map([
      [
        'overlayfs',
        new Map(
          Object.entries(given.snapshots ?? {}).map(([key, { parent, labels: own }]) => [
            key,
            { name: `n/${key}`, labels: labels(own), ...(parent === undefined ? {} : { parent }) },
          ]),
        ),
      ],
    ]),
    leases: Object.entries(given.leases ?? {}).map(([id, each]) => ({
      id,
      labels: labels(each.labels),
      content: each.content ?? [],
      snapshots: (each.snapshots ?? []).map((key) => ({ snapshotter: 'overlayfs', key })),
      images: each.images ?? [],
    })),
    containers: Object.entries(given.containers ?? {}).map(([id, snapshotKey]) => ({
      id,
      snapshotter: 'overlayfs',
      snapshotKey,
      labels: labels(),
    })),
    sandboxes: (given.sandboxes ?? []).map(labels),
  }
}

const image = (...digests: string[]): Going => ({ leases: [], images: digests })
const lease = (...ids: string[]): Going => ({ leases: ids, images: [] })

/** What goes with each, as sorted names. */
function freed(metadata: Metadata[], ...going: Going[]): string[][] {
  return collect(metadata, going, NOW).freed.map(({ blobs, snapshots }) =>
    [...blobs, ...snapshots.map(({ name }) => name)].sort(),
  )
}

/** Two images of one base: each a manifest, a config, a layer of its own and its snapshots. */
const TWO: Given = {
  images: [
    ['docker.io/library/a:1', 'manifest-a'],
    ['docker.io/library/a:2', 'manifest-a'],
    ['docker.io/library/b:1', 'manifest-b'],
  ],
  blobs: {
    'manifest-a': {
      ...ref('content.0', 'config-a'),
      ...ref('content.1', 'base'),
      ...ref('content.2', 'top-a'),
    },
    'config-a': ref('snapshot.overlayfs', 'chain-a'),
    'top-a': {},
    'manifest-b': {
      ...ref('content.config', 'config-b'),
      ...ref('content.l.0', 'base'),
    },
    'config-b': ref('snapshot.overlayfs/other', 'chain-base'),
    base: {},
  },
  snapshots: { 'chain-base': {}, 'chain-a': { parent: 'chain-base' } },
}

describe('what containerd collects', () => {
  it('frees a shared blob and snapshot with the last that holds it, in the order of going', () => {
    expect(freed([namespace(TWO)], image('manifest-a'))).toEqual([
      ['config-a', 'manifest-a', 'n/chain-a', 'top-a'],
    ])
    expect(freed([namespace(TWO)], image('manifest-b'), image('manifest-a'))).toEqual([
      ['config-b', 'manifest-b'],
      ['base', 'config-a', 'manifest-a', 'n/chain-a', 'n/chain-base', 'top-a'],
    ])
    expect(freed([namespace(TWO)], image('manifest-a'), image('manifest-b'))[1]).toEqual([
      'base',
      'config-b',
      'manifest-b',
      'n/chain-base',
    ])
  })

  it('says of which images a snapshot stays', () => {
    const { staying } = collect([namespace(TWO)], [image('manifest-b')], NOW)
    expect([...staying]).toEqual(['manifest-b'])
    expect(collect([namespace(TWO)], [image('manifest-a'), image('manifest-b')], NOW).staying.size).toBe(0)
  })

  it('follows an index to all it lists, also to what has no snapshot', () => {
    const index: Given = {
      images: [['multi', 'index']],
      blobs: {
        ...TWO.blobs,
        index: { ...ref('content.m.0', 'manifest-a'), ...ref('content.m.1', 'manifest-b') },
      },
      snapshots: TWO.snapshots ?? {},
    }
    expect(freed([namespace(index)], image('index'))[0]).toHaveLength(9)
  })

  it('keeps what a container, a lease, a root label or a sandbox leads to', () => {
    const nothing = { images: [['a', 'm'] as [string, string]], blobs: { m: ref('snapshot.overlayfs', 's') } }
    const snapshots = { s: {}, c: { parent: 's' } }
    const left = (more: Given) => freed([namespace({ ...nothing, snapshots, ...more })], image('m'))[0]
    expect(left({ containers: { id: 'c' } })).toEqual(['m'])
    expect(left({ leases: { other: { snapshots: ['c'] } } })).toEqual(['m'])
    expect(left({ leases: { other: { images: ['a'] } } })).toEqual(['n/c'])
    expect(left({ sandboxes: [ref('snapshot.overlayfs', 's')] })).toEqual(['m', 'n/c'])
    expect(left({ snapshots: { s: { labels: { 'containerd.io/gc.root': 'yes' } } } })).toEqual(['m'])
    expect(left({})).toEqual(['m', 'n/c', 'n/s'])
  })

  it('holds no more than itself, and the snapshots below, by a flat lease', () => {
    const given: Given = {
      blobs: { blob: ref('content', 'further'), further: {} },
      snapshots: { low: {}, top: { parent: 'low', labels: ref('content.x', 'further') } },
      leases: {
        flat: { content: ['blob'], snapshots: ['top'], labels: { 'containerd.io/gc.flat': 'x' } },
        other: { content: ['blob'] },
      },
    }
    expect(freed([namespace(given)], lease('flat'))).toEqual([['n/low', 'n/top']])
    expect(freed([namespace(given)], lease('other'))).toEqual([['further']])
    expect(freed([namespace(given)], lease('other'), lease('flat'))).toEqual([
      ['further'],
      ['blob', 'n/low', 'n/top'],
    ])
  })

  it('takes a lease that is over for none, and one whose end it cannot read for one', () => {
    const until = (end: string) =>
      freed(
        [
          namespace({
            blobs: { blob: {}, own: {} },
            leases: {
              temporary: { content: ['blob'], labels: { 'containerd.io/gc.expire': end } },
              own: { content: ['own', 'blob'] },
            },
          }),
        ],
        lease('own'),
      )
    expect(until(LATER)).toEqual([['own']])
    expect(until('soon')).toEqual([['own']])
    expect(until(EARLIER)).toEqual([['blob', 'own']])
  })

  it('counts what already waits to be collected with the first that goes', () => {
    const given: Given = { ...TWO, blobs: { ...TWO.blobs, waiting: {} } }
    expect(freed([namespace(given)], image('manifest-b'), image('manifest-a'))[0]).toContain('waiting')
    expect(freed([namespace(given)])).toEqual([])
  })

  it('keeps the file of a blob that another namespace has too, and gives up nothing of another', () => {
    const history = namespace({ leases: { r: { content: ['config-a'] } }, blobs: { 'config-a': {} } }, 'h')
    expect(freed([namespace(TWO), history], image('manifest-a'), lease('r'))).toEqual([
      ['manifest-a', 'n/chain-a', 'top-a'],
      [],
    ])
  })

  it('ends where labels lead in a circle or nowhere', () => {
    const given: Given = {
      images: [['a', 'x']],
      blobs: { x: { ...ref('content.0', 'y'), ...ref('content.1', 'missing') }, y: ref('content', 'x') },
      snapshots: { s: { parent: 'missing' }, t: { parent: 't' } },
    }
    expect(freed([namespace(given)], image('x'))).toEqual([['n/s', 'n/t', 'x', 'y']])
  })
})
