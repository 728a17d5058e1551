import type { Handlers, ItemOf, OutputOf } from '../../electron/contract/contract'
import { AppError } from '../../electron/contract/errors'
import { containerId, fakeEntries, fakeShares, hashOf, ROOT } from './fake-data-root'

/** States of the disk that a page must be able to show. */
export type StorageScene = 'full' | 'empty' | 'denied' | 'broken' | 'remote' | 'unmapped'

type Scan = ItemOf<'storage.scan'>
type Usage = OutputOf<'storage.usage'>
type Item = OutputOf<'storage.previewCleanup'>['items'][number]

type StorageHandlers = Pick<
  Handlers,
  | 'storage.scan'
  | 'storage.owner'
  | 'storage.list'
  | 'storage.file'
  | 'storage.usage'
  | 'storage.history'
  | 'storage.previewCleanup'
  | 'storage.cleanup'
  | 'storage.progress'
  | 'storage.quarantine'
  | 'storage.endQuarantine'
>

const GB = 1_000_000_000
const FILE_SYSTEM = { sizeBytes: 118 * GB, usedBytes: 74.3 * GB, freeBytes: 43.7 * GB }
const ago = (ms: number) => new Date(Date.now() - ms).toISOString()
const DAY_MS = 86_400_000

const CONFIG = JSON.stringify({
  State: { Running: true, Pid: 21_408, StartedAt: '2026-01-31T12:00:00Z' },
  ID: containerId(0),
  Name: '/web',
  Config: {
    Hostname: hashOf('host').slice(0, 12),
    Env: ['PATH=*****', 'DATABASE_URL=*****', 'TOKEN=*****'],
    Cmd: ['node', 'server.js'],
    Labels: { 'com.docker.compose.project': 'harbour' },
    ExposedPorts: { '8080/tcp': {} },
    Tty: false,
    ShmSize: 67_108_864,
  },
  Driver: 'overlay2',
  LogPath: `${ROOT}/containers/${containerId(0)}/${containerId(0)}-json.log`,
})

/**
 * The storage of a FAKE daemon: invented owners and files, and a cleanup that takes things off a
 * list. Nothing here says how a scan or a prune behaves.
 */
export function fakeStorage(
  scene: StorageScene,
  gate: (signal: AbortSignal) => Promise<void>,
  pause: (ms: number, signal: AbortSignal) => Promise<void>,
): StorageHandlers {
  let shares =
    scene === 'empty'
      ? fakeShares().filter(({ owner }) => owner.kind === 'engine' || owner.kind === 'network')
      : fakeShares()
  if (scene === 'unmapped')
    shares = shares.map((share) =>
      share.owner.store === undefined
        ? share
        : {
            ...share,
            owner: {
              ...share.owner,
              kind: 'unmapped',
              store: 'btrfs',
              name: share.paths[0]?.split('/').at(-1) ?? '',
              because: [{ code: 'unknown-driver', values: { driver: 'btrfs' } }],
            },
          },
    )
  let last: Scan | undefined
  /** What the last preview has listed. */
  let shown: Item[] = []
  const digestOf = (items: readonly Item[]) => hashOf(items.map(({ id }) => id).join())
  let tell: ((progress: ItemOf<'storage.progress'>) => void) | undefined
  let quarantine =
    scene === 'empty'
      ? []
      : [
          {
            id: 'q-1',
            from: `overlay2/${hashOf('aside')}`,
            bytes: 312_000_000,
            movedAt: ago(DAY_MS * 2),
            deleting: false,
          },
        ]

  function allowed(): void {
    if (scene === 'remote') throw new AppError('storage/remote', 'This dockerd does not run on this machine.')
    if (scene === 'denied')
      throw new AppError('storage/denied', 'This user may not read /var/lib/docker.', {
        hint: 'Start Porthole as root, or give the window the right when it asks.',
      })
    if (scene === 'broken') throw new AppError('helper/failed', 'The helper ended while it was asked.')
  }

  function scanOf(part: number, began: number): Scan {
    const seen = shares.slice(0, Math.ceil(shares.length * part))
    return {
      state: part < 1 ? 'walking' : 'done',
      roots: [ROOT],
      startedAt: new Date(began).toISOString(),
      ...(part < 1 ? {} : { finishedAt: new Date().toISOString() }),
      elapsedMs: Date.now() - began,
      entries: seen.reduce((sum, { entries }) => sum + entries, 0),
      bytes: seen.reduce((sum, { bytes }) => sum + bytes, 0),
      rememberedBytes: last ? Math.round(last.bytes * 0.8) : 0,
      missed: part < 1 ? 0 : 3,
      shares: seen,
      rest:
        part < 1 || scene === 'empty'
          ? []
          : [{ kind: 'build-cache', owners: 143, bytes: 12_400_000, entries: 5_120 }],
      fileSystem: FILE_SYSTEM,
    }
  }

  function sum(...kinds: string[]): number {
    return shares.filter(({ owner }) => kinds.includes(owner.kind)).reduce((all, { bytes }) => all + bytes, 0)
  }

  function usageNow(): Usage {
    const kind = (
      name: Usage['kinds'][number]['kind'],
      of: string,
      active: number,
    ): Usage['kinds'][number] => ({
      kind: name,
      count: shares.filter(({ owner }) => owner.kind === of).length,
      active,
      bytes: sum(of),
      reclaimableBytes: Math.round(sum(of) * 0.3),
      tookMs: name === 'volumes' ? 2_140 : 3.4,
      ...(name === 'images'
        ? { sharedBytes: Math.round(sum(of) * 0.6), uniqueBytes: Math.round(sum(of) * 0.4) }
        : {}),
    })
    const kinds = [
      kind('images', 'layer', 5),
      kind('containers', 'container', 16),
      kind('volumes', 'volume', 3),
      kind('build-cache', 'build-cache', 0),
    ]
    const parts: Usage['bar'] = last
      ? [...new Set(shares.map(({ owner }) => owner.kind))].map((part) => ({
          part,
          bytes: sum(part),
          from: 'scan',
        }))
      : kinds.map(({ kind: part, bytes }) => ({ part, bytes, from: 'engine' }))
    const known = parts.reduce((all, { bytes }) => all + bytes, 0)
    const unexplained = 1.8 * GB
    return {
      takenAt: ago(0),
      imageStore: 'graphdriver',
      storageDriver: scene === 'unmapped' ? 'btrfs' : 'overlay2',
      kinds,
      checked: last
        ? kinds.map(({ kind: one, bytes }) => ({
            kind: one,
            engineBytes: bytes,
            scanBytes: Math.round(bytes * 1.04),
          }))
        : [],
      bar: [
        ...parts,
        ...(scene === 'remote'
          ? []
          : [
              { part: 'unexplained' as const, bytes: unexplained, from: 'file-system' as const },
              {
                part: 'elsewhere' as const,
                bytes: FILE_SYSTEM.usedBytes - known - unexplained,
                from: 'file-system' as const,
              },
            ]),
      ],
      ...(scene === 'remote' ? {} : { fileSystem: FILE_SYSTEM }),
      ...(last ? { scannedAt: last.startedAt } : {}),
      missing: scene === 'remote' ? ['remote'] : last ? [] : ['no-scan'],
    }
  }

  function candidates(kinds: readonly string[]): Item[] {
    const kindOf: Partial<Record<string, Item['kind']>> = {
      container: 'containers',
      volume: 'volumes',
      'build-cache': 'build-cache',
      log: 'logs',
      orphan: 'orphans',
      layer: 'images',
    }
    return shares.flatMap(({ owner, bytes }) => {
      const kind = kindOf[owner.kind]
      if (kind === undefined || !kinds.includes(kind) || (owner.inUse && kind !== 'logs')) return []
      return [
        {
          kind,
          id: owner.id,
          name: owner.name,
          createdAt: ago(DAY_MS * (1 + (owner.name.length % 40))),
          bytes: kind === 'orphans' ? 0 : bytes,
          ...(kind === 'orphans' ? { heldBytes: bytes } : {}),
          ...(kind === 'images' ? { sharedBytes: Math.round(bytes / 3) } : {}),
        },
      ]
    })
  }

  return {
    async *'storage.scan'({ path, known }, { signal }) {
      if (known === true) {
        if (last) yield last
        return
      }
      await gate(signal)
      allowed()
      const began = Date.now()
      if (path !== undefined && path !== '') {
        const entries = fakeEntries(path, shares)?.entries ?? []
        const measured = entries.map((entry) => {
          const below = shares.filter(({ paths }) =>
            paths.some((each) => each === entry.path || each.startsWith(`${entry.path}/`)),
          )
          const bytes = below.reduce((all, one) => all + one.bytes, 0)
          return {
            owner: entry.owner,
            bytes: bytes || (entry.diskBytes ?? 4_096),
            entries: 1 + below.reduce((all, one) => all + one.entries, 0),
            paths: [entry.path],
          }
        })
        const bytes = measured.reduce((all, one) => all + one.bytes, 0)
        const whole = {
          ...scanOf(1, began),
          roots: [path],
          shares: measured,
          bytes,
          entries: measured.reduce((all, one) => all + one.entries, 1),
          rest: [],
        }
        yield { ...whole, state: 'walking', shares: measured.slice(0, Math.ceil(measured.length / 2)) }
        await pause(250, signal)
        if (!signal.aborted) yield whole
        return
      }
      for (const part of [0.05, 0.2, 0.4, 0.6, 0.8]) {
        yield scanOf(part, began)
        await pause(220, signal)
        if (signal.aborted) return
      }
      last = scanOf(1, began)
      yield last
    },
    'storage.owner': ({ path: words }) => {
      allowed()
      const isPath = words.includes('/')
      const place = words.startsWith(`${ROOT}/`) ? words.slice(ROOT.length + 1) : words
      const as = isPath
        ? 'path'
        : /^\d+$/.test(words)
          ? 'inode'
          : /^[0-9a-f]{12,}$/.test(words)
            ? 'layer'
            : 'name'
      const found = shares.flatMap(({ owner, paths }) =>
        isPath
          ? paths.some((each) => place === each || place.startsWith(`${each}/`))
            ? [{ path: place, owner }]
            : []
          : owner.name === words || paths.some((each) => each.split('/').at(-1) === words)
            ? [{ path: paths[0] ?? '', owner }]
            : [],
      )
      return Promise.resolve({ as, found })
    },
    'storage.list': async ({ path: asked }, { signal }) => {
      await gate(signal)
      allowed()
      const path = asked.startsWith(`${ROOT}/`) ? asked.slice(ROOT.length + 1) : asked
      const folder = fakeEntries(path, shares)
      if (!folder) throw new AppError('helper/path-refused', `${path} is not there any more.`)
      return { path, dataRoot: ROOT, ...folder }
    },
    'storage.file': ({ path }) => {
      allowed()
      const name = path.split('/').at(-1) ?? ''
      const { owner } = shares.find(({ paths }) => paths.some((each) => path.startsWith(`${each}/`))) ?? {
        owner: shares[0]?.owner,
      }
      if (!owner) throw new AppError('helper/path-refused', `${path} is not there any more.`)
      const kind = name.endsWith('.json')
        ? 'json'
        : name.endsWith('.db')
          ? 'binary'
          : name.endsWith('.key')
            ? 'secret'
            : 'text'
      const text =
        kind === 'json'
          ? CONFIG
          : kind === 'text'
            ? '127.0.0.1\tlocalhost\n\u001b[31mred\u001b[0m \u202Ereversed\n'
            : undefined
      return Promise.resolve({
        path,
        sizeBytes: text?.length ?? 32_768,
        owner,
        kind,
        ...(text === undefined ? {} : { text }),
        cut: false,
        masked: kind === 'json' ? 3 : 0,
      })
    },
    'storage.usage': async (_input, { signal }) => {
      await gate(signal)
      if (scene === 'broken')
        throw new AppError('engine/refused', 'a disk usage operation is already running')
      return usageNow()
    },
    'storage.history': () => {
      const whole = shares.reduce((all, { bytes }) => all + bytes, 0)
      const points =
        scene === 'empty'
          ? []
          : Array.from({ length: 30 }, (_, index) => ({
              takenAt: ago(DAY_MS * (29 - index)),
              usedBytes: FILE_SYSTEM.usedBytes,
              freeBytes: FILE_SYSTEM.freeBytes,
              kinds: [
                {
                  kind: 'images' as const,
                  bytes: Math.round(whole * (0.7 + 0.01 * index + 0.02 * Math.sin(index / 2))),
                },
              ],
            }))
      const grew = shares
        .filter(({ owner }) => ['log', 'volume', 'build-cache'].includes(owner.kind))
        .slice(0, 6)
        .map(({ owner, bytes }, index) => ({
          id: owner.id,
          kind: owner.kind,
          name: owner.name,
          bytes,
          grownBytes: Math.round(bytes / (4 + index)),
        }))
      return Promise.resolve({
        points,
        grew: scene === 'empty' ? [] : grew,
        ...(scene === 'empty' ? {} : { daysToFull: 41.3 }),
      })
    },
    'storage.previewCleanup': async ({ kinds, keep }, { signal }) => {
      await pause(300, signal)
      if (kinds.some((kind) => kind === 'logs' || kind === 'orphans')) allowed()
      const patterns = (keep?.names ?? []).map(
        (name) => new RegExp(`^${name.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`),
      )
      const all = candidates(kinds)
      const spared = (item: Item) => patterns.some((pattern) => pattern.test(item.name))
      const items = all.filter((item) => !spared(item))
      shown = items
      return {
        digest: digestOf(items),
        items,
        freesBytes: items.reduce((total, { bytes = 0 }) => total + bytes, 0),
        from: 'disk',
        kept: all.filter(spared),
      }
    },
    'storage.cleanup': async ({ digest }, { signal, session }) => {
      const items = shown
      if (digestOf(items) !== digest)
        throw new AppError('storage/changed-underneath', 'What would go is no longer what you saw.')
      if (!session.access.has('write')) throw new AppError('rpc/denied', 'This session may only look.')
      const removed: Item[] = []
      for (const item of items) {
        tell?.({ done: removed.length, of: items.length, item })
        await pause(30, signal)
        if (signal.aborted) break
        removed.push(item)
        if (item.kind === 'orphans')
          quarantine = [
            ...quarantine,
            {
              id: item.id,
              from: `overlay2/${item.name}`,
              bytes: item.heldBytes ?? 0,
              movedAt: ago(0),
              deleting: false,
            },
          ]
      }
      const gone = new Set(removed.filter(({ kind }) => kind !== 'logs').map(({ id }) => id))
      shares = shares.filter(({ owner }) => !gone.has(owner.id))
      return {
        outcome: 'done',
        removed,
        freedBytes: removed.reduce((total, { bytes = 0 }) => total + bytes, 0),
      }
    },
    async *'storage.progress'(_input, { signal }) {
      const queue: ItemOf<'storage.progress'>[] = []
      let wake: (() => void) | undefined
      tell = (progress) => {
        queue.push(progress)
        wake?.()
      }
      signal.addEventListener('abort', () => wake?.(), { once: true })
      while (!signal.aborted) {
        const next = queue.shift()
        if (next) yield next
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
    'storage.quarantine': () => {
      if (scene === 'denied' || scene === 'remote') allowed()
      return Promise.resolve({ path: `${ROOT}/porthole-quarantine`, items: quarantine })
    },
    'storage.endQuarantine': ({ id }) => {
      const item = quarantine.find((one) => one.id === id)
      quarantine = quarantine.filter((one) => one.id !== id)
      return Promise.resolve({ bytes: item?.bytes ?? 0 })
    },
  }
}
