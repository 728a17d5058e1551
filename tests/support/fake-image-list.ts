import type { Handlers, OutputOf } from '../../electron/contract/contract'
import { AppError } from '../../electron/contract/errors'

type Image = OutputOf<'images.list'>[number]
type Preview = OutputOf<'image.previewRemove'>

/** What the images of a scene are: many, none, or an answer that fails. */
export type ImagesScene = 'full' | 'empty' | 'broken' | 'unreachable'

/** The id of one of them. */
export const fakeImageId = (n: number) =>
  `sha256:${((n + 1) * 2_654_435_761).toString(16).padStart(12, '6e07b50c').padEnd(64, 'd41c')}`
const id = fakeImageId
const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()

const NAMED: [tags: string[], size: number, shared: number | undefined, containers: string[]][] = [
  [
    ['web:42', 'web:latest', 'registry.example/harbour/web:42'],
    412_000_000,
    371_000_000,
    ['web', 'web-2', 'web-canary'],
  ],
  [['web:41'], 409_000_000, 371_000_000, []],
  [['postgres:17'], 438_000_000, 74_800_000, ['db']],
  [['redis:8'], 139_000_000, 74_800_000, ['cache']],
  [['node:24-slim'], 226_000_000, 226_000_000, []],
  [['grafana:12'], 602_000_000, 8_300_000, ['grafana', 'grafana-old']],
  [['busybox:1.37'], 4_300_000, undefined, []],
  [[], 391_000_000, 371_000_000, ['job-7']],
  [['<img src=x onerror=alert(1)>:1', 'invoice\u202egnp.exe:1'], 12_000_000, 0, []],
  [
    [
      'registry.example/department/of/very/long/names/that/go/on/service-with-a-long-name:2026-11-29T10-00-00Z-0123456789abcdef',
    ],
    87_000_000,
    74_800_000,
    ['a-container-with-a-name-that-is-long-enough-to-be-cut'],
  ],
]

function fortyImages(): Image[] {
  return Array.from({ length: 40 }, (_none, n): Image => {
    const [tags, sizeBytes, sharedBytes, containers] = NAMED[n] ?? [
      n % 6 === 0 ? [] : [`service-${n}:${n}`],
      20_000_000 + n * 9_700_000,
      74_800_000 % (20_000_000 + n * 9_700_000),
      n % 3 === 0 ? [`service-${n}`] : [],
    ]
    return {
      id: id(n),
      tags,
      digests:
        n % 4 === 2 ? [`registry.example/${(tags[0] ?? 'none').split(':')[0] ?? ''}@${id(n + 100)}`] : [],
      createdAt: ago(n * n * 0.6 + 0.1),
      ...(n === 6 ? {} : { platform: n % 7 === 5 ? 'linux/arm64/v8' : 'linux/amd64' }),
      sizeBytes,
      ...(sharedBytes === undefined ? {} : { sharedBytes }),
      ...(n === 6 ? {} : { layers: 1 + (n % 11) }),
      containers,
    }
  })
}

/** Part of the FAKE core: forty images or none, tagged, removed, saved and loaded. */
export function fakeImageList(
  scene: ImagesScene,
  gate: (signal: AbortSignal) => Promise<void>,
  pause: (ms: number, signal: AbortSignal) => Promise<void>,
): Pick<
  Handlers,
  | 'images.list'
  | 'archive.analyze'
  | 'image.tag'
  | 'image.previewRemove'
  | 'image.remove'
  | 'image.save'
  | 'image.load'
  | 'image.import'
> {
  let images = scene === 'empty' ? [] : fortyImages()
  /** Removals that were refused because something was different. */
  let refused = 0

  const find = (name: string): Image => {
    const image = images.find((one) => one.id === name || one.tags.includes(name))
    if (image) return image
    throw new AppError('engine/not-found', `There is no image ${name}.`, { hint: 'List what there is.' })
  }

  function preview(name: string): Preview {
    const image = find(name)
    const whole = name === image.id || image.tags.length === 1
    const children = image.tags[0] === 'node:24-slim' ? 2 : 0
    const kept = whole && (image.containers.length > 0 || children > 0)
    return {
      digest: `${image.id} ${image.tags.length} ${refused}`,
      id: image.id,
      untags: whole ? [...image.tags, ...image.digests] : [name],
      deletes: whole && !kept,
      layers:
        whole && !kept && image.sharedBytes !== image.sizeBytes
          ? Array.from({ length: 12 }, (_none, n) => ({ chainId: id(200 + n), sizeBytes: 3_400_000 * n }))
          : [],
      ...(whole && !kept ? { freesBytes: image.sizeBytes - (image.sharedBytes ?? 0) } : {}),
      containers: image.containers.map((container, n) => ({ name: container, running: n === 0 })),
      children,
    }
  }

  /** Of a few megabytes, or as far as it gets. */
  async function* transfer(path: string, done: { images: string[]; path?: string }, signal: AbortSignal) {
    if (path.startsWith('/taken'))
      throw new AppError('image/no-archive', `${path} is there already.`, { hint: 'Choose another name.' })
    const totalBytes = 40_000_000
    for (let bytes = 0; bytes < totalBytes && !signal.aborted; bytes += 4_000_000) {
      yield { state: 'running' as const, bytes, totalBytes, said: 'Loading layer 5f70bf18a086' }
      await pause(path.startsWith('/slow') ? 1_000 : 10, signal)
    }
    if (!signal.aborted) yield { state: 'done' as const, bytes: totalBytes, ...done }
  }

  return {
    'images.list': async (_input, { signal }) => {
      await gate(signal)
      if (scene === 'unreachable') throw new AppError('engine/unreachable', 'Nobody answers there.')
      if (scene === 'broken')
        throw new AppError('engine/refused', 'The engine refused to list its images.', {
          hint: 'Its log tells why.',
        })
      return images
    },
    async *'archive.analyze'({ path, image }, { signal }) {
      if (path.startsWith('/none'))
        throw new AppError('image/no-archive', `There is no file ${path}.`, { hint: 'Check the path.' })
      for (let done = 0; done < 3 && !signal.aborted; done += 1) {
        yield {
          state: 'reading' as const,
          reader: 'archive' as const,
          done,
          layers: 3,
          entries: 4_000 * done,
          bytes: 9_000_000 * done,
        }
        await pause(path.startsWith('/slow') ? 1_000 : 10, signal)
      }
      yield {
        state: 'done' as const,
        reader: 'archive' as const,
        id: `archive:${path.length}-${path.slice(1).replaceAll('/', '-')}`,
        tookMs: 320,
        layers: [],
        efficiency: 1,
        wastedBytes: 0,
        wasted: [],
        wastedPaths: 0,
        credentials: [],
        tags: image === undefined ? [] : [image],
      }
    },
    'image.tag': async ({ image, name }) => {
      if (!/^[a-z0-9]/.test(name))
        throw new AppError('engine/refused', 'invalid reference format', {
          hint: 'Names are in small letters.',
        })
      const full = name.includes(':') ? name : `${name}:latest`
      const { id: wanted } = find(image)
      images = images.map((one) => ({
        ...one,
        tags: [...one.tags.filter((tag) => tag !== full), ...(one.id === wanted ? [full] : [])],
      }))
      return { name: full }
    },
    'image.previewRemove': async ({ image }) => preview(image),
    'image.remove': async ({ image, digest }) => {
      const now = preview(image)
      // One of them changes in the very moment, once.
      if (now.id === id(6) && refused === 0) refused = 1
      if (digest !== preview(image).digest)
        throw new AppError('storage/changed-underneath', 'The image is not as it was.', {
          hint: 'Look again.',
        })
      images = images
        .map((one) =>
          one.id === now.id ? { ...one, tags: one.tags.filter((tag) => !now.untags.includes(tag)) } : one,
        )
        .filter((one) => !(now.deletes && one.id === now.id))
      return {
        untagged: now.untags,
        deleted: now.deletes ? [now.id, ...now.layers.map(({ chainId }) => chainId)] : [],
      }
    },
    'image.save': ({ path }, { signal }) => transfer(path, { images: [], path }, signal),
    'image.load': ({ path }, { signal }) => transfer(path, { images: ['web:42', id(7)] }, signal),
    'image.import': ({ path, name }, { signal }) => transfer(path, { images: [name ?? id(8)] }, signal),
  }
}
