import type { ItemOf, OutputOf } from '../../electron/contract/contract'

type Scan = ItemOf<'storage.scan'>
type Share = Scan['shares'][number]
type Owner = Share['owner']
type Entry = OutputOf<'storage.list'>['entries'][number]

export const ROOT = '/var/lib/docker'
const MB = 1_000_000

/** Names as an attacker, or an accident, would choose them. */
export const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  'line\nbreak and \u001b[31mred\u001b[0m',
  'invoice\u202Egnp.exe',
  'caf\\xe9-not-utf8',
  '"; DROP TABLE volumes; --',
] as const

/** Sixty-four characters that look like a hash, the same for the same words. */
export function hashOf(words: string): string {
  let state = 2_166_136_261
  for (const character of words) state = Math.imul(state ^ character.charCodeAt(0), 16_777_619)
  let text = ''
  while (text.length < 64) {
    state = Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9
    text += (state >>> 0).toString(16).padStart(8, '0')
  }
  return text.slice(0, 64)
}

const IMAGES = [
  'node:24-slim',
  'web:42',
  'web:41',
  'web:40',
  'grafana:12',
  'postgres:17',
  'registry.example/harbour/mail:2.1',
]
const CONTAINERS = [
  'web',
  'db',
  'cache',
  'job-7',
  'mail',
  'a-very-long-name.of_a-container-that-somebody-gave-it',
]
const INSTRUCTIONS = [
  'RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl',
  'COPY package*.json ./',
  'RUN npm ci --omit=dev',
  'COPY . .',
  'CMD ["node" "server.js"]',
]
export const containerId = (index: number) => hashOf(`container ${index}`)
export const layerFolder = (index: number) => hashOf(`layer ${index}`)

function share(
  owner: Omit<Owner, 'because'> & { because?: Owner['because'] },
  megabytes: number,
  ...paths: string[]
): Share {
  return {
    owner: { because: [], ...owner },
    bytes: Math.max(1, Math.round(megabytes * MB)),
    entries: Math.max(1, Math.round(megabytes * 37)),
    paths,
  }
}

/** Two hundred owners of a machine that has been used for a while, some with names nobody wants. */
export function fakeShares(): Share[] {
  const shares: Share[] = []
  for (let index = 0; index < 60; index += 1) {
    const chainId = `sha256:${hashOf(`chain ${index}`)}`
    const images = IMAGES.filter((_image, at) => at % 5 === index % 5 || index < 2)
    shares.push(
      share(
        {
          id: `layer:${chainId}`,
          kind: 'layer',
          name: images[0] ?? chainId.slice(7, 19),
          images,
          instruction: INSTRUCTIONS[index % INSTRUCTIONS.length] ?? '',
          store: 'overlay2',
          chainId,
          inUse: images.length > 0,
          because: [
            {
              code: 'layerdb-cache-id',
              values: {
                chainId: chainId.slice(7, 19),
                path: `image/overlay2/layerdb/sha256/${chainId.slice(7)}/cache-id`,
              },
            },
            { code: 'image-uses', values: { images: images.join(', ') } },
          ],
        },
        index < 2 ? 620 / (index + 1) : 240 / (1 + (index % 17)),
        `overlay2/${layerFolder(index)}`,
      ),
    )
  }
  for (let index = 0; index < 24; index += 1) {
    const id = containerId(index)
    const name = CONTAINERS[index] ?? `worker-${index}`
    const container = { id, name, running: index % 3 !== 0 }
    const inUse = container.running
    const because = [{ code: 'layerdb-mount', values: { container: name } }]
    shares.push(
      share(
        { id: `container:${id}`, kind: 'container', name, container, inUse, store: 'overlay2', because },
        90 / (index + 1),
        `overlay2/${hashOf(`mount ${index}`)}`,
      ),
      share(
        {
          id: `log:${id}`,
          kind: 'log',
          name,
          container,
          inUse,
          because: [{ code: 'log-of-container', values: { container: name, driver: 'json-file' } }],
        },
        index === 0 ? 3_400 : 160 / (index + 1),
        `containers/${id}/${id}-json.log`,
      ),
      share(
        {
          id: `container-files:${id}`,
          kind: 'container-files',
          name,
          container,
          inUse,
          because: [{ code: 'container-folder', values: { container: name } }],
        },
        0.03,
        `containers/${id}`,
      ),
    )
  }
  const volumes = [
    'pgdata',
    'grafana',
    'web-data',
    ...HOSTILE,
    ...Array.from({ length: 12 }, (_, n) => hashOf(`anonymous ${n}`)),
  ]
  volumes.forEach((name, index) => {
    shares.push(
      share(
        {
          id: `volume:${name}`,
          kind: 'volume',
          name,
          inUse: index < 3,
          because: [
            { code: 'volume-folder', values: { volume: name } },
            ...(index < 3 ? [] : [{ code: 'volume-unused', values: {} }]),
          ],
        },
        index === 0 ? 5_200 : 1_100 / (index * index),
        `volumes/${name}`,
      ),
    )
  })
  for (let index = 0; index < 36; index += 1) {
    const record = hashOf(`record ${index}`).slice(0, 25)
    shares.push(
      share(
        {
          id: `build-cache:${record}`,
          kind: 'build-cache',
          name: INSTRUCTIONS[index % 3] ?? record,
          inUse: false,
          store: 'overlay2',
          because: [{ code: 'build-cache-record', values: { record } }],
        },
        900 / (1 + index),
        `overlay2/${record}`,
      ),
    )
  }
  const searched = ['no-layerdb', 'no-layerdb-mount', 'no-mount', 'no-cache', 'no-reference']
  for (let index = 0; index < 4; index += 1) {
    const folder = hashOf(`orphan ${index}`)
    shares.push(
      share(
        {
          id: `orphan:${folder}`,
          kind: 'orphan',
          name: folder.slice(0, 12),
          inUse: false,
          store: 'overlay2',
          because: [
            ...searched.map((code) => ({ code, values: {} })),
            { code: 'of-a-newer-core', values: { n: '1' } },
          ],
        },
        420 / (index + 1),
        `overlay2/${folder}`,
      ),
    )
  }
  const rest: [Owner['kind'], string, number, string][] = [
    ['other-store', 'vfs', 2_100, 'vfs'],
    ['image-data', 'image', 6.2, 'image'],
    ['plugin', 'plugins', 14, 'plugins'],
    ['network', 'local-kv.db', 0.1, 'network'],
    ['temporary', 'tmp', 210, 'tmp'],
    ['swarm', 'swarm', 0.2, 'swarm'],
    ['runtime', 'runtimes', 0.004, 'runtimes'],
    ['engine', 'engine-id', 0.004, 'engine-id'],
    ['containerd', 'containerd', 3.1, 'containerd'],
  ]
  for (const [kind, name, megabytes, path] of rest)
    shares.push(
      share(
        {
          id: `${kind}:${name}`,
          kind,
          name,
          inUse: kind !== 'other-store' && kind !== 'temporary',
          because:
            kind === 'other-store'
              ? [{ code: 'driver-not-in-use', values: { driver: 'vfs', inUse: 'overlay2' } }]
              : [],
        },
        megabytes,
        path,
      ),
    )
  return shares.sort((a, b) => b.bytes - a.bytes)
}

const ENGINE: Owner = {
  id: 'engine:data-root',
  kind: 'engine',
  name: 'dockerd',
  inUse: true,
  because: [{ code: 'engine-file', values: {} }],
}

/** The entries of a folder, as far as this machine has been made up. */
export function fakeEntries(
  path: string,
  shares: readonly Share[],
): { owner: Owner; meaning?: string; entries: Entry[] } | undefined {
  const ownerOf = (place: string): Owner =>
    shares.find(({ paths }) => paths.some((each) => place === each || place.startsWith(`${each}/`)))?.owner ??
    ENGINE
  const below = (folder: string, name: string) => (folder === '' ? name : `${folder}/${name}`)
  const entry = (name: string, type: Entry['type'], more: Partial<Entry> = {}): Entry => ({
    name,
    path: below(path, name),
    type,
    sizeBytes: type === 'file' ? 412 : 0,
    ...(type === 'file' ? { diskBytes: 4_096 } : {}),
    modifiedAt: new Date(Date.now() - 86_400_000 * (1 + (name.length % 30))).toISOString(),
    mode: type === 'folder' ? '0710' : '0600',
    uid: 0,
    gid: 0,
    owner: ownerOf(below(path, name)),
    ...more,
  })
  const parts = path.split('/')
  const namesIn = (folder: string) =>
    shares.flatMap(({ paths }) =>
      paths
        .filter((each) => each.startsWith(`${folder}/`))
        .map((each) => each.slice(folder.length + 1).split('/')[0] ?? ''),
    )
  const answer = (meaning: string, entries: Entry[]) => ({ owner: ownerOf(path), meaning, entries })
  if (path === '')
    return answer('data-root', [
      entry('buildkit', 'folder', { meaning: 'buildkit' }),
      entry('containerd', 'folder', { meaning: 'containerd-root' }),
      entry('containers', 'folder', { meaning: 'containers' }),
      entry('engine-id', 'file', { meaning: 'engine-id', sizeBytes: 36 }),
      entry('image', 'folder', { meaning: 'image-store' }),
      entry('network', 'folder', { meaning: 'network' }),
      entry('overlay2', 'folder', { meaning: 'overlay2' }),
      entry('plugins', 'folder', { meaning: 'plugins' }),
      entry('runtimes', 'folder', { meaning: 'runtimes' }),
      entry('swarm', 'folder', { meaning: 'swarm' }),
      entry('tmp', 'folder', { meaning: 'tmp' }),
      entry('vfs', 'folder', { meaning: 'other-driver' }),
      entry('volumes', 'folder', { meaning: 'volumes' }),
    ])
  if (parts[0] === 'overlay2' && parts.length === 1)
    return answer('overlay2', [
      entry('l', 'folder', { meaning: 'overlay2-links' }),
      ...[...new Set(namesIn('overlay2'))].map((name) => {
        const owner = ownerOf(below(path, name))
        return entry(
          name,
          'folder',
          owner.kind === 'container'
            ? { meaning: 'overlay2-layer' }
            : owner.kind === 'layer'
              ? { meaning: 'overlay2-layer' }
              : {},
        )
      }),
    ])
  if (parts[0] === 'overlay2' && parts.length === 2 && parts[1] === 'l')
    return answer(
      'overlay2-links',
      Array.from({ length: 12 }, (_, index) =>
        entry(hashOf(`link ${index}`).slice(0, 26).toUpperCase(), 'link', {
          meaning: 'overlay2-link',
          linkTarget: `../${layerFolder(index)}/diff`,
        }),
      ),
    )
  if (parts[0] === 'overlay2' && parts.length === 2)
    return answer('overlay2-layer', [
      entry('committed', 'file', { meaning: 'overlay2-committed', sizeBytes: 0, diskBytes: 0 }),
      entry('diff', 'folder', { meaning: 'overlay2-diff' }),
      entry('link', 'file', { meaning: 'overlay2-link-file', sizeBytes: 26 }),
      entry('lower', 'file', { meaning: 'overlay2-lower', sizeBytes: 86 }),
      entry('work', 'folder', { meaning: 'overlay2-work' }),
    ])
  if (parts[0] === 'overlay2' && parts[2] === 'diff' && parts.length === 3)
    return answer('overlay2-diff', [
      entry('etc', 'folder'),
      entry('usr', 'folder'),
      ...HOSTILE.map((name) => entry(name, 'file')),
      entry('removed', 'device'),
      entry('run.sock', 'socket'),
      entry('pipe', 'fifo'),
    ])
  if (parts[0] === 'containers' && parts.length === 1)
    return answer(
      'containers',
      [...new Set(namesIn('containers'))].map((name) =>
        entry(name, 'folder', { meaning: 'container-folder' }),
      ),
    )
  if (parts[0] === 'containers' && parts.length === 2)
    return answer('container-folder', [
      entry(`${parts[1] ?? ''}-json.log`, 'file', {
        meaning: 'container-log',
        sizeBytes: 3_400_000_123,
        diskBytes: 3_400_003_584,
      }),
      entry('checkpoints', 'folder', { meaning: 'container-checkpoints' }),
      entry('config.v2.json', 'file', { meaning: 'container-config', sizeBytes: 2_948 }),
      entry('hostconfig.json', 'file', { meaning: 'container-hostconfig', sizeBytes: 1_512 }),
      entry('hostname', 'file', { meaning: 'container-hostname', sizeBytes: 13 }),
      entry('hosts', 'file', { meaning: 'container-hosts', sizeBytes: 174 }),
      entry('resolv.conf', 'file', { meaning: 'container-resolv', sizeBytes: 64 }),
    ])
  if (parts[0] === 'volumes' && parts.length === 1)
    return answer('volumes', [
      entry('metadata.db', 'file', { meaning: 'volumes-metadata', sizeBytes: 32_768, diskBytes: 32_768 }),
      ...[...new Set(namesIn('volumes'))].map((name) => entry(name, 'folder', { meaning: 'volume-folder' })),
    ])
  if (parts[0] === 'swarm' && parts.length === 1)
    return answer('swarm', [entry('swarm-node.key', 'file', { sizeBytes: 241 })])
  if (['checkpoints', 'work', 'tmp', 'runtimes'].includes(parts.at(-1) ?? ''))
    return { owner: ownerOf(path), entries: [] }
  if (parts.length <= 4)
    return { owner: ownerOf(path), entries: [entry('data', 'folder'), entry('notes.txt', 'file')] }
  return undefined
}
