import { BLOBS, NAMESPACE, readMetadata, readNumbers, type Metadata } from './containerd-metadata'
import { layersOf } from './image-config'
import type { Name, Tree } from './tree'

/** A snapshot's folder, by its number. */
export interface Snapshot {
  namespace: string
  /** Chain id of a layer, id of a container or of a record of BuildKit. */
  key: string
  parent?: string
  images: string[]
  instruction?: string
  /** A lease keeps it: BuildKit's records have one each, and what is being pulled. */
  lease?: string
}

/** A blob. */
export interface Content {
  namespaces: string[]
  images: string[]
  lease?: string
}

/** What a containerd refers to. */
export interface ContainerdStore {
  /** By snapshotter and number, as `overlayfs/12`. */
  snapshots: Map<string, Snapshot>
  content: Map<string, Content>
  /** Whether dockerd has images in it. */
  hasImages: boolean
}

/** Reads containerd's databases. Throws BoltError where one cannot be read; undefined where there is none. */
export async function readContainerdStore(
  tree: Tree,
  root: readonly Name[],
): Promise<ContainerdStore | undefined> {
  const metadata = await readMetadata(tree, root)
  if (metadata === undefined) return undefined
  const content: ContainerdStore['content'] = new Map()
  const snapshots: ContainerdStore['snapshots'] = new Map()
  const ids = await readNumbers(tree, root)
  for (const each of metadata) {
    for (const digest of each.blobs.keys()) {
      const known = content.get(digest) ?? { namespaces: [], images: [] }
      known.namespaces.push(each.namespace)
      content.set(digest, known)
    }
    for (const [snapshotter, rows] of each.snapshots)
      for (const [key, { name, parent }] of rows) {
        const number = ids.get(`${snapshotter} ${name}`)
        if (number === undefined) continue
        snapshots.set(`${snapshotter}/${number}`, {
          namespace: each.namespace,
          key,
          images: [],
          ...(parent === undefined ? {} : { parent }),
        })
      }
    const byKey = keysOf(snapshots, each.namespace)
    for (const { id, content: digests, snapshots: keys } of each.leases) {
      for (const digest of digests) lease(content.get(digest), id)
      for (const { key } of keys) lease(byKey.get(key), id)
    }
    for (const image of each.images) useImage(tree, root, each, image, content, byKey)
  }
  // A snapshot that containerd itself has forgotten is still the snapshotter's.
  for (const [name, number] of ids) {
    const [snapshotter = '', backend = ''] = name.split(/ (.*)/s)
    const [namespace = '', , key = backend] = backend.split(/\/(\d+)\/(.*)/s)
    const at = `${snapshotter}/${number}`
    if (!snapshots.has(at)) snapshots.set(at, { namespace, key, images: [] })
  }
  const own = metadata.find(({ namespace }) => namespace === NAMESPACE)
  return { snapshots, content, hasImages: own !== undefined && own.images.length > 0 }
}

function lease(held: { lease?: string } | undefined, id: string): void {
  if (held !== undefined) held.lease ??= id.replace(/-(view|variants)$/, '')
}

/** Snapshots of one namespace by their key: in all snapshotters a key means the same layer. */
function keysOf(snapshots: ContainerdStore['snapshots'], namespace: string): Map<string, Snapshot> {
  return new Map(
    [...snapshots.values()].filter((each) => each.namespace === namespace).map((each) => [each.key, each]),
  )
}

/** Marks the blobs that an image leads to by their labels, and the snapshots it was unpacked to. */
function useImage(
  tree: Tree,
  root: readonly Name[],
  { blobs }: Metadata,
  { name, target }: Metadata['images'][number],
  content: ContainerdStore['content'],
  byKey: ReadonlyMap<string, Snapshot>,
): void {
  const shown = shortName(name)
  const seen = new Set<string>()
  const queue = [target]
  for (const digest of queue) {
    if (seen.has(digest)) continue
    seen.add(digest)
    content.get(digest)?.images.push(shown)
    for (const [label, value] of blobs.get(digest) ?? []) {
      if (label.startsWith('containerd.io/gc.ref.content')) queue.push(value)
      if (label.startsWith('containerd.io/gc.ref.snapshot.'))
        useSnapshots(layersOf(config(tree, root, digest)), value, shown, byKey)
    }
  }
}

function useSnapshots(
  layers: ReturnType<typeof layersOf>,
  top: string,
  image: string,
  byKey: ReadonlyMap<string, Snapshot>,
): void {
  const instructions = new Map(layers.map(({ chainId, instruction }) => [chainId, instruction]))
  const seen = new Set<string>()
  for (let key: string | undefined = top; key !== undefined && !seen.has(key);) {
    seen.add(key)
    const snapshot = byKey.get(key)
    if (snapshot === undefined) return
    if (!snapshot.images.includes(image)) snapshot.images.push(image)
    const instruction = instructions.get(key)
    if (instruction !== undefined) snapshot.instruction ??= instruction
    key = snapshot.parent
  }
}

function config(tree: Tree, root: readonly Name[], digest: string): unknown {
  const [algorithm = '', hex = ''] = digest.split(':')
  if (!/^[a-z0-9]+$/.test(algorithm) || !/^[0-9a-f]+$/.test(hex)) return undefined
  return tree.json(...root, ...BLOBS, algorithm, hex)
}

/** Docker's own short spelling of an image's name. */
function shortName(name: string): string {
  return name.replace(/^moby-dangling@/, '').replace(/^docker\.io\/(library\/)?/, '')
}
