import type { Handlers, ItemOf, OutputOf } from '../../electron/contract/contract'
import { AppError } from '../../electron/contract/errors'
import { fakeImageId } from './fake-image-list'

type Analysis = Extract<ItemOf<'image.analyze'>, { state: 'done' }>
type Entry = OutputOf<'image.files'>['entries'][number]
type Hit = OutputOf<'image.search'>['hits'][number]
type Layer = OutputOf<'image.layers'>[number]
type Content = OutputOf<'image.file'>

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
/** Images of the FAKE list. */
const LISTED = 40
const MODIFIED = '2026-01-05T10:00:00.000Z'
const PAGE = 2_000
/** Entries in the folder of the image `huge:1`. */
export const HUGE = 1_000_000

/** Images of their own, each for one state of the window; the last of the list are in these states too. */
const STATES = ['gone:1', 'slow:1', 'export:1', 'none:1', 'broken:1', 'huge:1'] as const

const STEPS: [createdBy: string | undefined, sizeBytes: number, followedBy: string[], sharedBy: string[]][] =
  [
    [
      'ADD rootfs.tar.xz / # buildkit',
      74_800_000,
      ['ENV PATH=/usr/local/bin:/usr/bin:/bin', 'ENV LANG=C.UTF-8', 'CMD ["/bin/sh"]'],
      ['web:41', 'node:24-slim', 'redis:8', 'postgres:17', 'job:9', digest('7')],
    ],
    [
      '/bin/sh -c apt-get update && apt-get install -y --no-install-recommends ca-certificates curl',
      34_600_000,
      [],
      ['web:41'],
    ],
    ['WORKDIR /app', 0, [], ['web:41']],
    ['COPY package.json package-lock.json .npmrc ./ # buildkit', 212_000, [], ['web:41']],
    ['RUN |1 NODE_ENV=production /bin/sh -c npm ci # buildkit', 141_000_000, [], []],
    ['RUN /bin/sh -c npm prune --omit=dev && rm -rf /root/.npm .npmrc # buildkit', 410, [], []],
    [
      'COPY dist/ /app/dist # buildkit',
      11_200_000,
      ['USER node', 'EXPOSE map[8080/tcp:{}]', 'CMD ["node" "/app/dist/server.js"]'],
      [],
    ],
  ]

const LAYERS: Layer[] = STEPS.map(([createdBy, sizeBytes, followedBy, sharedBy], index) => ({
  index,
  diffId: digest(String(index + 1)),
  chainId: digest('abcdef0'[index] ?? '9'),
  directory: `/var/lib/docker/overlay2/${'4f1c'.repeat(16).slice(index, index + 60)}abcd/diff`,
  ...(createdBy === undefined ? {} : { createdBy }),
  createdAt: `2026-01-0${index + 1}T10:00:00.000Z`,
  sizeBytes,
  followedBy,
  sharedBy,
}))

interface Fact {
  layer: number
  type?: Entry['type']
  size?: number
  mode?: number
  removed?: true
  metadata?: true
  link?: string
  credential?: Entry['credential']
  opaque?: true
}

/** What each layer did to each path. */
const FACTS: Record<string, Fact[]> = {
  '/bin': [{ layer: 0, type: 'symlink', link: 'usr/bin', mode: 0o777 }],
  '/usr': [{ layer: 0, type: 'folder' }],
  '/usr/bin': [{ layer: 0, type: 'folder' }],
  '/usr/bin/sh': [{ layer: 0, size: 1_200_000, mode: 0o755 }],
  '/usr/bin/passwd': [{ layer: 0, size: 68_000, mode: 0o4755 }],
  '/usr/bin/bash': [{ layer: 0, type: 'hardlink', link: '/usr/bin/sh', mode: 0o755 }],
  '/usr/bin/curl': [{ layer: 1, size: 280_000, mode: 0o755 }],
  '/usr/lib': [{ layer: 0, type: 'folder' }],
  '/usr/lib/libcrypto.so.3': [{ layer: 0, size: 5_300_000 }],
  '/usr/lib/libc.so.6': [{ layer: 0, size: 1_900_000, mode: 0o755 }],
  '/etc': [{ layer: 0, type: 'folder' }],
  '/etc/passwd': [
    { layer: 0, size: 839, credential: 'password' },
    { layer: 1, size: 912 },
  ],
  '/etc/shadow': [
    { layer: 0, size: 501, mode: 0o640, credential: 'password' },
    { layer: 1, size: 501, mode: 0o600, metadata: true, credential: 'password' },
  ],
  '/tmp': [{ layer: 0, type: 'folder', mode: 0o1777 }],
  '/dev': [{ layer: 0, type: 'folder' }],
  '/dev/null': [{ layer: 0, type: 'char', mode: 0o666 }],
  '/root': [{ layer: 0, type: 'folder', mode: 0o700 }],
  '/root/.npm': [
    { layer: 4, type: 'folder' },
    { layer: 5, removed: true },
  ],
  '/root/.npm/cache.bin': [
    { layer: 4, size: 38_100_000 },
    { layer: 5, removed: true },
  ],
  '/app': [{ layer: 3, type: 'folder' }],
  '/app/package.json': [{ layer: 3, size: 72 }],
  '/app/.npmrc': [
    { layer: 3, size: 64, mode: 0o600, credential: 'token' },
    { layer: 5, removed: true },
  ],
  '/app/logo.png': [{ layer: 3, size: 70 }],
  '/app/node_modules': [{ layer: 4, type: 'folder' }],
  '/app/node_modules/typescript': [
    { layer: 4, type: 'folder' },
    { layer: 5, removed: true },
  ],
  '/app/node_modules/typescript/tsc.js': [
    { layer: 4, size: 22_400_000 },
    { layer: 5, removed: true },
  ],
  '/app/node_modules/swc.node': [{ layer: 4, size: 38_900_000, mode: 0o755 }],
  '/app/node_modules/index.json': [
    { layer: 4, size: 9_000 },
    { layer: 5, size: 410 },
  ],
  '/app/dist': [{ layer: 6, type: 'folder', opaque: true }],
  '/app/dist/server.js': [{ layer: 6, size: 1_900_000 }],
  '/app/dist/<img src=x onerror=alert(1)>': [{ layer: 6, size: 12 }],
  '/app/dist/invoice\u202egnp.exe': [{ layer: 6, size: 90_000 }],
  '/app/dist/line\nbreak and \u001b[31mred\u001b[0m': [{ layer: 6, size: 9_100_000 }],
  '/app/dist/not\\xffutf-8': [{ layer: 6, size: 1 }],
}

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const folderOf = (path: string) => path.slice(0, Math.max(1, path.lastIndexOf('/')))
const factAt = (path: string, layer: number) => FACTS[path]?.findLast((fact) => fact.layer <= layer)

function changeOf(path: string, layer: number): Entry['change'] {
  const facts = FACTS[path] ?? []
  const own = facts.find((fact) => fact.layer === layer)
  const first = facts[0]
  if (!own) return 'unchanged'
  if (own.removed) return 'removed'
  return own === first ? 'added' : own.metadata ? 'metadata' : 'modified'
}

const below = (folder: string) =>
  Object.keys(FACTS).filter((path) => path.startsWith(folder === '/' ? '/' : `${folder}/`))

function shown(path: string, layer: number, mode: 'layer' | 'merged'): boolean {
  const fact = factAt(path, layer)
  if (!fact || (fact.removed && fact.layer !== layer)) return false
  if (mode === 'merged' || fact.layer === layer) return true
  return below(path).some((each) => FACTS[each]?.some((one) => one.layer === layer) === true)
}

function sizeOf(path: string, layer: number): number {
  const facts = FACTS[path] ?? []
  const fact = facts.findLast((each) => each.layer <= layer && !each.removed)
  if ((fact?.type ?? 'file') !== 'folder') return fact?.size ?? 0
  return below(path).reduce((sum, each) => {
    const own = factAt(each, layer)
    return own?.type === 'folder' || own?.removed ? sum : sum + sizeOf(each, layer)
  }, 0)
}

function entryOf(path: string, layer: number): Entry {
  const facts = FACTS[path] ?? []
  const fact = facts.findLast((each) => each.layer <= layer && !each.removed)
  const type = fact?.type ?? 'file'
  const changes = below(path).filter((each) => changeOf(each, layer) !== 'unchanged').length
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    type,
    change: changeOf(path, layer),
    mode: fact?.mode ?? (type === 'folder' ? 0o755 : 0o644),
    uid: path.startsWith('/app') ? 1000 : 0,
    gid: path.startsWith('/app') ? 1000 : 0,
    sizeBytes: sizeOf(path, layer),
    modifiedAt: MODIFIED,
    ...(fact?.link === undefined ? {} : { linkTarget: fact.link }),
    layer: fact?.layer ?? 0,
    ...(fact?.opaque ? { opaque: true as const } : {}),
    ...(fact?.credential === undefined ? {} : { credential: fact.credential }),
    ...(type === 'folder' && changes > 0 ? { changesBelow: changes } : {}),
  }
}

function huge(path: string, after: string | undefined): OutputOf<'image.files'> {
  const entry = (name: string, type: Entry['type'], sizeBytes: number): Entry => ({
    ...{ name, path: path === '/' ? `/${name}` : `${path}/${name}`, type, change: 'added', mode: 0o644 },
    ...{ uid: 0, gid: 0, sizeBytes, modifiedAt: MODIFIED, layer: 0 },
  })
  if (path === '/') return { entries: [entry('many', 'folder', HUGE * 1_000)] }
  const from = after === undefined ? 0 : Number(after.slice(1)) + 1
  const to = Math.min(HUGE, from + PAGE)
  const entries = Array.from({ length: to - from }, (_, index) =>
    entry(`f${String(from + index).padStart(7, '0')}`, 'file', ((from + index) * 7_919) % 100_000),
  )
  const last = entries.at(-1)
  return { entries, ...(to < HUGE && last ? { next: last.name } : {}) }
}

function analysisOf(image: string, reader: Analysis['reader'], none: boolean): Analysis {
  const layers = LAYERS.map((layer) => {
    const count = (change: Entry['change']) =>
      Object.keys(FACTS).filter((path) => changeOf(path, layer.index) === change).length
    const [added, modified, metadata, removed] = [
      count('added'),
      count('modified'),
      count('metadata'),
      count('removed'),
    ]
    const entries = added + modified + metadata
    return { ...layer, entries, added, modified, metadata, removed, bytes: layer.sizeBytes ?? 0 }
  })
  return {
    state: 'done',
    reader,
    id: image,
    tookMs: 312,
    layers: none ? [] : layers,
    efficiency: 0.913,
    wastedBytes: 60_510_000,
    wasted: [
      { path: '/root/.npm/cache.bin', count: 2, bytes: 38_100_000, layers: [4, 5] },
      { path: '/app/node_modules/typescript/tsc.js', count: 2, bytes: 22_400_000, layers: [4, 5] },
      { path: '/app/node_modules/index.json', count: 2, bytes: 9_410, layers: [4, 5] },
    ],
    wastedPaths: 5,
    credentials: [
      { path: '/app/.npmrc', credential: 'token', sizeBytes: 64, layer: 3, hiddenBy: 5 },
      { path: '/etc/shadow', credential: 'password', sizeBytes: 501, layer: 1 },
    ],
  }
}

function search({
  text,
  credentials = false,
}: {
  text: string
  credentials?: boolean | undefined
}): OutputOf<'image.search'> {
  const hits = Object.entries(FACTS)
    .filter(([path]) => path.toLowerCase().includes(text.toLowerCase()))
    .map(([path, facts]): Hit => {
      const credential = facts.find((fact) => fact.credential)?.credential
      const last = facts.at(-1)
      return {
        path,
        type: facts[0]?.type ?? 'file',
        ...(credential === undefined ? {} : { credential }),
        versions: facts.map(({ layer }) => ({
          layer,
          change: changeOf(path, layer),
          sizeBytes: changeOf(path, layer) === 'removed' ? 0 : sizeOf(path, layer),
        })),
        ...(last === undefined || last.removed ? {} : { visible: last.layer }),
      }
    })
    .filter((hit) => !credentials || hit.credential !== undefined)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  return { hits, total: hits.length }
}

function contentOf(path: string, layer: number, from: number): Content {
  const entry = entryOf(path, layer)
  const base = { path, sizeBytes: entry.sizeBytes, cut: false, reader: 'directory' as const }
  const text = (kind: 'text' | 'json', value: string): Content => ({
    ...base,
    kind,
    data: Buffer.from(value).toString('base64'),
  })
  if (path.endsWith('.npmrc'))
    return { ...text('text', '//registry.example/:_authToken=npm_s3cr3t\n'), credential: 'token' }
  if (path.endsWith('.json')) return text('json', '{"name":"web","version":"4.2.0","type":"module"}')
  if (path.endsWith('.png')) return { ...base, kind: 'image', mediaType: 'image/png', data: PNG }
  if (path.endsWith('cache.bin')) {
    const half = 524_288
    const data = Buffer.alloc(half, from === 0 ? '\u007fELF' : 'tail').toString('base64')
    return { ...base, kind: 'binary', data, cut: true, ...(from === 0 ? { next: half } : {}) }
  }
  if (entry.type !== 'file' && entry.type !== 'hardlink')
    throw new AppError('image/no-content', `${path} is a ${entry.type}.`)
  return text('text', `layer ${layer}\n<b>bold</b> \u001b[31mred\u001b[0m \u202ereversed\n`)
}

/** Part of the FAKE core: what lies in the seven layers of any image, and images in states of their own. */
export function fakeImageContents(
  pause: (ms: number, signal: AbortSignal) => Promise<void>,
): Pick<Handlers, 'image.layers' | 'image.analyze' | 'image.files' | 'image.search' | 'image.file'> {
  const stateOf = (image: string) =>
    STATES.find((state, index) => image === state || image === fakeImageId(LISTED - 1 - index))
  const check = (image: string): void => {
    if (stateOf(image) === 'gone:1') throw new AppError('engine/not-found', 'No such image: gone:1')
  }
  return {
    'image.layers': ({ image }) => {
      check(image)
      return Promise.resolve(stateOf(image) === 'none:1' ? [] : LAYERS)
    },
    async *'image.analyze'({ image, reader }, { signal }) {
      check(image)
      const state = stateOf(image)
      const used = reader === 'auto' || reader === undefined ? 'record' : reader
      if (state === 'broken:1') throw new AppError('image/unreadable', 'The record of layer 3 ends early.')
      const progress = {
        ...{ state: 'reading' as const, reader: 'record' as const, done: 2, layers: 7 },
        ...{ entries: 12_041, bytes: 4_200_000 },
      }
      if (state === 'slow:1') {
        yield progress
        await pause(3_600_000, signal)
        return
      }
      yield await Promise.resolve(
        analysisOf(image, state === 'export:1' && reader === 'auto' ? 'export' : used, state === 'none:1'),
      )
    },
    'image.files': ({ image, layer, path, mode, changes, after }) => {
      check(image)
      if (stateOf(image) === 'huge:1') return Promise.resolve(huge(path, after))
      const wanted = (each: string) =>
        changes === undefined || [each, ...below(each)].some((one) => changes.includes(changeOf(one, layer)))
      const paths = Object.keys(FACTS)
        .filter((each) => folderOf(each) === path && shown(each, layer, mode) && wanted(each))
        .sort()
      if (paths.length === 0 && path !== '/' && !shown(path, layer, mode))
        return Promise.reject(new AppError('image/no-path', `The image has no folder ${path}.`))
      return Promise.resolve({ entries: paths.map((each) => entryOf(each, layer)) })
    },
    'image.search': ({ image, ...input }) => {
      check(image)
      return Promise.resolve(search(input))
    },
    'image.file': ({ image, path, layer, from }) => {
      check(image)
      return Promise.resolve(contentOf(path, layer, from ?? 0))
    },
  }
}
