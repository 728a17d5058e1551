import { expect } from 'vitest'
import { contract } from '../../electron/contract/contract'
import type { Owner, StorageScan, StorageService } from '../../electron/services/storage'
import type { Lab } from './lab'
import { buildWithBuildKit } from './storage-lab'
import { signal } from './storage-services'

export const IMAGES = 30
export const CONTAINERS = 50
export const VOLUMES = 20
const ROW = 6

/**
 * Fills an engine: images that share many layers or few, some by BuildKit, whose cache stays;
 * containers of them, the first of which runs; volumes, half of which are used.
 */
export async function seed(lab: Lab): Promise<void> {
  lab.importBusybox('busybox:lab')
  await buildWithBuildKit(lab, 'kit:1', {
    Dockerfile: 'FROM busybox:lab\nRUN echo kit >/kit\nCOPY extra /\n',
    extra: 'x'.repeat(50_000),
  })
  await buildWithBuildKit(lab, 'kit:2', { Dockerfile: 'FROM kit:1\nRUN echo other >/other\n' })
  await create(lab, 'source-0', { Image: 'busybox:lab' })
  await create(lab, 'source-1', { Image: 'kit:1' })
  // A row of images, each on the one before, and many on one.
  for (let image = 1; image <= ROW; image += 1) {
    await commit(lab, image === 1 ? 'source-0' : `row-${image - 1}`, image)
    await create(lab, `row-${image}`, { Image: `app:${image}` })
  }
  const rest = Array.from({ length: IMAGES - 3 - ROW }, (_, index) => ROW + 1 + index)
  await Promise.all(rest.map((image) => commit(lab, `source-${image % 2}`, image)))
  await Promise.all(
    Array.from({ length: VOLUMES }, async (_, volume) => {
      const made = await lab.get('/volumes/create', 'POST', { Name: `volume-${volume}` })
      expect(made.status).toBe(201)
    }),
  )
  await Promise.all(
    Array.from({ length: CONTAINERS - ROW - 2 }, (_, index) =>
      create(lab, `container-${index + 8}`, {
        Image: `app:${1 + (index % 20)}`,
        HostConfig: { NetworkMode: 'none', Binds: index < 10 ? [`volume-${index}:/data`] : [] },
      }),
    ),
  )
  lab.docker('start', 'container-8')
}

async function commit(lab: Lab, container: string, tag: number): Promise<void> {
  const { status, body } = await lab.get(`/commit?container=${container}&repo=app&tag=${tag}`, 'POST', {})
  if (status !== 201) throw new Error(body)
}

/** Creates a container; returns its id. */
export async function create(lab: Lab, name: string, more: object): Promise<string> {
  const { status, body } = await lab.get(`/containers/create?name=${name}`, 'POST', {
    Cmd: ['sleep', '9999'],
    HostConfig: { NetworkMode: 'none' },
    ...more,
  })
  if (status !== 201) throw new Error(body)
  return (JSON.parse(body) as { Id: string }).Id
}

/** All items of a scan; each is what the contract says. */
export async function scan(
  storage: StorageService,
  input: { path?: string; fresh?: boolean } = {},
): Promise<StorageScan[]> {
  const items: StorageScan[] = []
  for await (const item of storage.scan(input, signal)) items.push(item)
  for (const item of items) expect(contract['storage.scan'].item.parse(item)).toEqual(item)
  return items
}

/** The last item of a scan. */
export async function scanned(
  storage: StorageService,
  input: { path?: string; fresh?: boolean } = {},
): Promise<StorageScan> {
  const last = (await scan(storage, input)).at(-1)
  if (last?.state !== 'done') throw new Error('The scan did not end.')
  return last
}

/** Owners by the paths that are theirs. */
export function byPath({ shares }: StorageScan): Map<string, Owner> {
  return new Map(shares.flatMap(({ owner, paths }) => paths.map((path) => [path, owner] as const)))
}

export interface Inspected {
  Id: string
  RootFS: { Layers: string[] }
  GraphDriver: { Data: { LowerDir?: string; UpperDir: string } }
}

export async function inspect(lab: Lab, path: string): Promise<Inspected> {
  return JSON.parse((await lab.get(path)).body) as Inspected
}

/** Name of a layer's folder, by the path of its files. */
export const folderOf = (path: string): string => /\/overlay2\/([^/]+)\/diff$/.exec(path)?.[1] ?? path
