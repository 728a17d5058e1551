import type { Handlers, OutputOf } from '../../electron/contract/contract'
import { fakeImageSides } from './fake-image-sides'

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

const ANALYSIS = {
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
  credentials: [],
}

/** Part of the FAKE core: one image of two layers. */
export function fakeImages(): Pick<
  Handlers,
  | 'images.list'
  | 'image.layers'
  | 'image.analyze'
  | 'archive.analyze'
  | 'image.files'
  | 'image.search'
  | 'image.file'
  | 'image.compare'
  | 'image.tag'
  | 'image.previewRemove'
  | 'image.remove'
  | 'image.save'
  | 'image.load'
  | 'image.import'
  | 'container.changes'
  | 'container.mountStack'
> {
  async function* transfer() {
    yield await Promise.resolve({ state: 'running' as const, bytes: 1_000_000, totalBytes: 5_000_000 })
    yield { state: 'done' as const, bytes: 5_000_000, images: ['web:1'] }
  }
  async function* analysis() {
    yield await Promise.resolve(ANALYSIS)
  }
  return {
    ...fakeImageSides(),
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
    'image.analyze': analysis,
    'archive.analyze': analysis,
    'image.files': () => Promise.resolve({ entries: [] }),
    'image.search': () => Promise.resolve({ hits: [], total: 0 }),
    'image.file': ({ path }) =>
      Promise.resolve({
        path,
        sizeBytes: 6,
        kind: 'text' as const,
        data: Buffer.from('hello\n').toString('base64'),
        cut: false,
        reader: 'directory' as const,
      }),
    'image.tag': ({ name }) => Promise.resolve({ name }),
    'image.previewRemove': () =>
      Promise.resolve({
        digest: 'd',
        id: digest('a'),
        untags: ['web:1'],
        deletes: false,
        layers: [],
        containers: [{ name: 'web', running: true }],
        children: 0,
      }),
    'image.remove': () => Promise.resolve({ untagged: ['web:1'], deleted: [] }),
    'image.save': transfer,
    'image.load': transfer,
    'image.import': transfer,
  }
}
