import type { Handlers, OutputOf } from '../../electron/contract/contract'

type Layer = OutputOf<'image.layers'>[number]

const digest = (letter: string) => `sha256:${letter.repeat(64)}`

const LAYERS: Layer[] = [
  {
    index: 0,
    diffId: digest('1'),
    chainId: digest('1'),
    createdBy: 'ADD rootfs.tar / # buildkit',
    sizeBytes: 4_200_000,
    followedBy: ['CMD ["/bin/sh"]'],
    sharedBy: ['base:1'],
  },
  {
    index: 1,
    diffId: digest('2'),
    chainId: digest('3'),
    createdBy: 'RUN /bin/sh -c make # buildkit',
    sizeBytes: 800_000,
    followedBy: [],
    sharedBy: [],
  },
]

/** Part of the FAKE core: one image of two layers. */
export function fakeImages(): Pick<
  Handlers,
  'images.list' | 'image.layers' | 'image.analyze' | 'image.files'
> {
  return {
    'images.list': () =>
      Promise.resolve([
        {
          id: digest('a'),
          tags: ['web:1'],
          digests: [],
          createdAt: '2026-01-05T10:00:00.000Z',
          sizeBytes: 5_000_000,
          containers: ['web'],
        },
      ]),
    'image.layers': () => Promise.resolve(LAYERS),
    async *'image.analyze'() {
      yield await Promise.resolve({
        state: 'done' as const,
        reader: 'record' as const,
        id: digest('a'),
        tookMs: 12,
        layers: LAYERS.map((layer) => ({
          ...layer,
          entries: 40,
          added: 38,
          modified: 2,
          metadata: 0,
          removed: 0,
          bytes: layer.sizeBytes ?? 0,
        })),
        efficiency: 0.98,
        wastedBytes: 100_000,
        wasted: [{ path: '/var/cache/index', count: 2, bytes: 100_000, layers: [0, 1] }],
        wastedPaths: 1,
      })
    },
    'image.files': () => Promise.resolve({ entries: [] }),
  }
}
