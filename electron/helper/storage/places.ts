import type { Name } from './tree'

/**
 * What a place below the data-root is by its path alone. Whose it is, is said only by what refers to
 * it (owners.ts).
 */
export interface Place {
  what:
    | 'engine'
    | 'image-data'
    | 'layer-temporary'
    | 'driver'
    | 'layer-folder'
    | 'container-files'
    | 'log'
    | 'volume'
    | 'build-cache'
    | 'network'
    | 'plugin'
    | 'swarm'
    | 'runtime'
    | 'temporary'
    | 'quarantine'
    | 'content'
    | 'snapshot'
    | 'containerd'
    | 'not-docker'
  /** Name of the folder or file that it goes by: a layer's folder, a container's id, a digest. */
  id?: string
  /** Graph driver or snapshotter. */
  driver?: string
}

/** How a folder is read: what it is, and what its entries are. */
export interface Rule {
  place: Place
  /** Code of a text that says what the place is for. */
  meaning?: string
  /** One thing with all that lies below: its entries have the same owner. */
  whole: boolean
  below?: (name: string) => Rule
}

const GRAPH_DRIVERS: ReadonlySet<string> = new Set([
  'overlay',
  'vfs',
  'btrfs',
  'zfs',
  'fuse-overlayfs',
  'devicemapper',
  'aufs',
])

/** The data-root; `nested` is that of a daemon with a user namespace of its own, `<uid>.<gid>`. */
export function dataRootRule(nested = false): Rule {
  return part({ what: 'engine' }, 'data-root', (name) => {
    if (GRAPH_DRIVERS.has(name)) return whole({ what: 'driver', driver: name }, 'other-driver')
    if (!nested && /^\d+\.\d+$/.test(name)) return dataRootRule(true)
    return TOP[name]?.() ?? whole({ what: 'not-docker', id: name })
  })
}

const TOP: Record<string, () => Rule> = {
  image: () => part({ what: 'engine' }, 'image-store', imageStore),
  overlay2: () => part({ what: 'engine' }, 'overlay2', overlay2),
  containers: () => part({ what: 'engine' }, 'containers', container),
  volumes: () => part({ what: 'engine' }, 'volumes', volume),
  network: () => whole({ what: 'network' }, 'network', named({ files: 'network-store' })),
  buildkit: () =>
    whole({ what: 'build-cache' }, 'buildkit', (name) =>
      whole(
        { what: 'build-cache' },
        BUILDKIT[name] ?? (name.startsWith('history') ? 'buildkit-history' : ''),
      ),
    ),
  containerd: () =>
    part({ what: 'containerd' }, 'containerd-root', (name) =>
      name === 'daemon' ? containerdRule() : whole({ what: 'containerd' }),
    ),
  plugins: () => whole({ what: 'plugin' }, 'plugins', () => whole({ what: 'plugin' }, 'plugin-folder')),
  runtimes: () => whole({ what: 'runtime' }, 'runtimes'),
  swarm: () => whole({ what: 'swarm' }, 'swarm'),
  tmp: () => whole({ what: 'temporary' }, 'tmp'),
  'tmp-old': () => whole({ what: 'temporary' }, 'tmp'),
  builder: () => whole({ what: 'temporary' }, 'tmp'),
  trust: () => whole({ what: 'engine' }, 'trust'),
  rootfs: () =>
    whole({ what: 'engine' }, 'rootfs', () =>
      whole({ what: 'engine' }, '', () => whole({ what: 'engine' }, 'rootfs-container')),
    ),
  'engine-id': () => whole({ what: 'engine' }, 'engine-id'),
  nuke: () => whole({ what: 'engine' }),
  'porthole-quarantine': () =>
    whole({ what: 'quarantine' }, 'quarantine', named({ 'manifest.jsonl': 'quarantine-manifest' })),
}

const BUILDKIT: Record<string, string> = {
  'cache.db': 'buildkit-cache',
  'metadata_v2.db': 'buildkit-cache',
  'snapshots.db': 'buildkit-snapshots',
  'containerd-overlayfs': 'buildkit-snapshots',
  content: 'buildkit-content',
  'containerdmeta.db': 'buildkit-content',
}

function imageStore(driver: string): Rule {
  const own = { what: 'image-data', driver } as const
  const layer = whole(
    own,
    'layerdb-layer',
    named({
      'cache-id': 'layerdb-cache-id',
      diff: 'layerdb-diff',
      parent: 'layerdb-parent',
      size: 'layerdb-size',
      'tar-split.json.gz': 'layerdb-tar-split',
    }),
  )
  const mount = whole(
    own,
    'layerdb-mount',
    named({ 'mount-id': 'layerdb-mount-id', 'init-id': 'layerdb-init-id', parent: 'layerdb-parent' }),
  )
  return part(own, 'image-driver', (name) => {
    if (name === 'imagedb')
      return whole(own, 'imagedb', (kind) =>
        kind === 'content'
          ? whole(own, 'imagedb-content', () => whole(own, '', () => whole(own, 'imagedb-config')))
          : whole(own, 'imagedb-metadata'),
      )
    if (name === 'layerdb')
      return part(own, 'layerdb', (kind) => {
        if (kind === 'tmp') return whole({ what: 'layer-temporary', driver }, 'layerdb-tmp')
        if (kind === 'mounts') return whole(own, 'layerdb-mounts', () => mount)
        return whole(own, '', () => layer)
      })
    return whole(
      own,
      name === 'repositories.json' ? 'image-repositories' : name === 'distribution' ? 'distribution' : '',
    )
  })
}

function overlay2(id: string): Rule {
  if (id === 'l')
    return whole({ what: 'engine' }, 'overlay2-links', () => whole({ what: 'engine' }, 'overlay2-link'))
  const place = { what: 'layer-folder', driver: 'overlay2', id } as const
  return whole(
    place,
    id.endsWith('-init') ? 'overlay2-init' : 'overlay2-layer',
    named({
      diff: 'overlay2-diff',
      lower: 'overlay2-lower',
      link: 'overlay2-link-file',
      work: 'overlay2-work',
      merged: 'overlay2-merged',
      committed: 'overlay2-committed',
    }),
  )
}

const CONTAINER_FILES: Record<string, string> = {
  'config.v2.json': 'container-config',
  'hostconfig.json': 'container-hostconfig',
  hostname: 'container-hostname',
  hosts: 'container-hosts',
  'resolv.conf': 'container-resolv',
  'resolv.conf.hash': 'container-resolv',
  checkpoints: 'container-checkpoints',
}

function container(id: string): Rule {
  const files = { what: 'container-files', id } as const
  return part(files, 'container-folder', (name) => {
    if (name === 'local-logs') return whole({ what: 'log', id }, 'container-local-logs')
    if (/-json\.log(\.|$)|^container-cached\.log/.test(name))
      return whole({ what: 'log', id }, 'container-log')
    if (name === 'mounts')
      return whole(files, 'container-mounts', (kind) => whole(files, kind === 'shm' ? 'container-shm' : ''))
    return whole(files, CONTAINER_FILES[name] ?? '')
  })
}

function volume(id: string): Rule {
  if (id === 'metadata.db') return whole({ what: 'engine' }, 'volumes-metadata')
  if (id === 'backingFsBlockDev') return whole({ what: 'engine' }, 'volumes-device')
  return whole(
    { what: 'volume', id },
    'volume-folder',
    named({ _data: 'volume-data', 'opts.json': 'volume-opts' }),
  )
}

const SNAPSHOTTER = 'io.containerd.snapshotter.v1.'

/** The root of a containerd, below the data-root or elsewhere. */
export function containerdRule(): Rule {
  const own = { what: 'containerd' } as const
  return part(own, 'containerd-root', (name) => {
    if (name === 'io.containerd.content.v1.content') return part(own, 'containerd-content', content)
    if (name.startsWith(SNAPSHOTTER)) return snapshotter(name.slice(SNAPSHOTTER.length))
    if (name.startsWith('io.containerd.metadata.')) return whole(own, 'containerd-metadata')
    if (name.startsWith('io.containerd.runtime.')) return whole(own, 'containerd-tasks')
    return whole(name === 'tmpmounts' ? { what: 'temporary' } : own)
  })
}

function content(kind: string): Rule {
  const own = { what: 'containerd' } as const
  if (kind === 'ingest') return whole({ what: 'temporary' }, 'containerd-ingest')
  if (kind !== 'blobs') return whole(own)
  return part(own, 'containerd-blobs', (algorithm) =>
    part(own, 'containerd-blobs', (digest) =>
      whole({ what: 'content', id: `${algorithm}:${digest}` }, 'containerd-blob'),
    ),
  )
}

function snapshotter(driver: string): Rule {
  const own = { what: 'containerd' } as const
  return part(own, 'containerd-snapshotter', (name) => {
    if (name !== 'snapshots') return whole(own, name === 'metadata.db' ? 'containerd-metadata' : '')
    return part(own, 'containerd-snapshots', (id) =>
      whole(
        { what: 'snapshot', driver, id },
        'containerd-snapshot',
        named({ fs: 'containerd-snapshot-fs', work: 'overlay2-work' }),
      ),
    )
  })
}

/** The rule of a path below the one that `rule` is of; `inherited` below what no rule knows. */
export function follow(rule: Rule, names: readonly Name[]): Rule {
  let at = rule
  for (const name of names) at = next(at, name)
  return at
}

/** The rule of an entry. */
export function next(rule: Rule, name: Name): Rule {
  // A name that is not UTF-8 is none of Docker's; latin1 tells such names apart.
  const below = rule.below?.(typeof name === 'string' ? name : name.toString('latin1'))
  if (below === undefined) return { place: rule.place, whole: true }
  // Below one thing everything has its owner, whatever the entry means.
  return rule.whole ? { ...below, place: rule.place, whole: true } : below
}

function part(place: Place, meaning: string, below: (name: string) => Rule): Rule {
  return { place, meaning, whole: false, below }
}

function whole(place: Place, meaning = '', below?: (name: string) => Rule): Rule {
  return {
    place,
    whole: true,
    ...(meaning === '' ? {} : { meaning }),
    ...(below === undefined ? {} : { below }),
  }
}

/** Meanings of single names below one thing. */
function named(meanings: Record<string, string>): (name: string) => Rule {
  return (name) => whole({ what: 'engine' }, Object.hasOwn(meanings, name) ? meanings[name] : '')
}
