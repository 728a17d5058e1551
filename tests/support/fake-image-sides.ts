import type { Handlers, OutputOf } from '../../electron/contract/contract'
import { AppError } from '../../electron/contract/errors'

type Comparison = OutputOf<'image.compare'>
type Compared = Comparison['entries'][number]
type Changed = OutputOf<'container.changes'>['entries'][number]
type Mounted = OutputOf<'container.mountStack'>['layers'][number]

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const folder = (id: string) => `/var/lib/docker/overlay2/${id.repeat(64)}`

const TREE: Record<string, Compared[]> = {
  '/': [
    {
      name: 'app',
      path: '/app',
      change: 'unchanged',
      type: 'folder',
      leftBytes: 141_000_000,
      rightBytes: 152_400_000,
      changesBelow: 214,
    },
    {
      name: 'etc',
      path: '/etc',
      change: 'metadata',
      type: 'folder',
      leftBytes: 412_000,
      rightBytes: 412_000,
      changesBelow: 1,
    },
    { name: 'old.tar', path: '/old.tar', change: 'removed', type: 'file', leftBytes: 8_200_000 },
  ],
  '/app': [
    { name: 'dist', path: '/app/dist', change: 'added', type: 'folder', rightBytes: 11_200_000 },
    {
      name: '<img src=x onerror=alert(1)>',
      path: '/app/<img src=x onerror=alert(1)>',
      change: 'added',
      type: 'file',
      rightBytes: 12,
    },
    {
      name: 'invoice\u202egnp.exe',
      path: '/app/invoice\u202egnp.exe',
      change: 'modified',
      type: 'file',
      leftBytes: 200_000,
      rightBytes: 90_000,
    },
  ],
  '/etc': [
    {
      name: 'shadow',
      path: '/etc/shadow',
      change: 'metadata',
      type: 'file',
      leftBytes: 612,
      rightBytes: 612,
    },
  ],
  '/app/dist': [],
}
const SAME: Compared = {
  name: 'bin',
  path: '/bin',
  change: 'unchanged',
  type: 'folder',
  leftBytes: 1_900_000,
  rightBytes: 1_900_000,
}

const CHANGED: Changed[] = [
  { path: '/etc', change: 'modified', type: 'folder' },
  { path: '/etc/app.conf', change: 'modified', type: 'file', sizeBytes: 812 },
  { path: '/tmp', change: 'modified', type: 'folder' },
  { path: '/tmp/<img src=x onerror=alert(1)>', change: 'added', type: 'file', sizeBytes: 12 },
  { path: '/tmp/old', change: 'removed' },
  { path: '/var', change: 'modified', type: 'folder' },
  { path: '/var/cache', change: 'added', type: 'folder' },
  { path: '/var/cache/big', change: 'added', type: 'file', sizeBytes: 42_000_000 },
]

const STACK: Mounted[] = [
  { kind: 'upper', directory: `${folder('9')}/diff` },
  { kind: 'init', directory: `${folder('9')}-init/diff`, mountedAs: 'l/QWERTYUIOPASDFGHJKLZXCVBNM' },
  {
    kind: 'layer',
    directory: `${folder('2')}/diff`,
    mountedAs: 'l/ASDFGHJKLZXCVBNMQWERTYUIOP',
    index: 1,
    diffId: digest('2'),
    chainId: digest('3'),
    createdBy: 'RUN /bin/sh -c make # buildkit',
  },
  {
    kind: 'layer',
    directory: `${folder('1')}/diff`,
    mountedAs: 'l/ZXCVBNMQWERTYUIOPASDFGHJKL',
    index: 0,
    diffId: digest('1'),
    chainId: digest('1'),
    createdBy: '/bin/sh -c #(nop) ADD file:63eec0 in / ',
  },
]

/** Containers that are in a state of their own, by name. */
const FAILURES: Record<string, AppError> = {
  gone: new AppError('engine/not-found', 'No such container: gone'),
  locked: new AppError('storage/denied', 'Only root may read the list of mounts of dockerd.'),
  away: new AppError('storage/remote', 'This engine runs on another machine.'),
}
function known(container: string): void {
  const failure = FAILURES[container]
  if (failure) throw failure
}

/** Part of the FAKE core: two images compared, and a container with its files. */
export function fakeImageSides(): Pick<
  Handlers,
  'image.compare' | 'container.changes' | 'container.mountStack'
> {
  return {
    'image.compare': ({ path, unchanged }) =>
      Promise.resolve({
        commonLayers: 1,
        leftLayers: 2,
        rightLayers: 2,
        counts: {
          added: 210,
          removed: 1,
          modified: 4,
          metadata: 2,
          unchanged: 12_041,
          addedBytes: 11_200_012,
          removedBytes: 8_200_000,
          grownBytes: -110_000,
        },
        config: [
          { field: 'Cmd', left: '["/bin/sh"]', right: '["/web","--port","8080"]' },
          { field: 'Env PORT', right: '8080' },
          { field: 'Labels.<b>note</b>', left: 'a \u202enote' },
        ],
        entries: [...(TREE[path] ?? []), ...(unchanged && path === '/' ? [SAME] : [])],
      }),
    'container.changes': ({ container, after }) => {
      if (container !== 'locked') known(container)
      const none = container === 'clean'
      const blind = container === 'locked'
      const from = after === undefined ? 0 : CHANGED.findIndex(({ path }) => path === after) + 1
      // The first page of a container called `long` ends early.
      const to = container === 'long' && after === undefined ? 5 : CHANGED.length
      const entries = none ? [] : CHANGED.slice(from, to)
      const last = entries.at(-1)
      return Promise.resolve({
        image: digest('a'),
        counts: none ? { added: 0, modified: 0, removed: 0 } : { added: 3, modified: 4, removed: 1 },
        ...(blind ? {} : { bytes: none ? 0 : 42_000_824 }),
        entries: blind ? entries.map(({ path, change }) => ({ path, change })) : entries,
        ...(to < CHANGED.length && last ? { next: last.path } : {}),
      })
    },
    'container.mountStack': ({ container }) => {
      known(container)
      const mounted = container !== 'stopped'
      return Promise.resolve({
        driver: 'overlay2',
        ...(mounted ? { merged: `${folder('9')}/merged` } : {}),
        work: `${folder('9')}/work`,
        options: mounted ? ['rw', 'relatime', 'index=off', 'metacopy=off'] : [],
        layers: STACK,
        from: mounted ? ('mount' as const) : ('engine' as const),
        image: digest('a'),
      })
    },
  }
}
