import type { Bucket } from './bolt'
import { readBolt } from './bolt-file'
import { layersOf, text } from './image-config'
import type { Name, Tree } from './tree'

/** Where dockerd keeps what is its own in containerd. */
const NAMESPACE = 'moby'
const METADATA = ['io.containerd.metadata.v1.bolt', 'meta.db']
const BLOBS = ['io.containerd.content.v1.content', 'blobs']

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

interface Row {
  /** The snapshotter's own name of it. */
  name: string
  parent?: string
}

interface Metadata {
  namespace: string
  images: { name: string; target: string }[]
  labels: Map<string, Map<string, string>>
  snapshots: Map<string, Map<string, Row>>
  leases: { id: string; content: string[]; snapshots: string[] }[]
}

/** Reads containerd's databases. Throws BoltError where one cannot be read; undefined where there is none. */
export async function readContainerdStore(
  tree: Tree,
  root: readonly Name[],
): Promise<ContainerdStore | undefined> {
  const metadata = await readBolt(tree, [...root, ...METADATA], readMetadata)
  if (metadata === undefined) return undefined
  const content: ContainerdStore['content'] = new Map()
  const snapshots: ContainerdStore['snapshots'] = new Map()
  const ids = await readNumbers(tree, root)
  for (const each of metadata) {
    for (const digest of each.labels.keys()) {
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
      for (const key of keys) lease(byKey.get(key), id)
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
  { labels }: Metadata,
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
    for (const [label, value] of labels.get(digest) ?? []) {
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

function readMetadata(root: Bucket): Metadata[] {
  const found: Metadata[] = []
  for (const [namespace, bucket] of root.bucket('v1')?.buckets() ?? []) {
    const images = [...(bucket.bucket('images')?.buckets() ?? [])].flatMap(([name, image]) => {
      const target = image.bucket('target')?.text('digest')
      return target === undefined ? [] : [{ name, target }]
    })
    const labels = new Map<string, Map<string, string>>()
    for (const [digest, blob] of bucket.bucket('content', 'blob')?.buckets() ?? [])
      labels.set(digest, pairs(blob.bucket('labels')))
    const snapshots: Metadata['snapshots'] = new Map()
    for (const [snapshotter, rows] of bucket.bucket('snapshots')?.buckets() ?? []) {
      const known = new Map<string, Row>()
      for (const [key, row] of rows.buckets()) {
        const parent = text(row.text('parent'))
        known.set(key, { name: row.text('name') ?? key, ...(parent === undefined ? {} : { parent }) })
      }
      snapshots.set(snapshotter, known)
    }
    const leases = [...(bucket.bucket('leases')?.buckets() ?? [])].map(([id, held]) => ({
      id,
      content: [...pairs(held.bucket('content')).keys()],
      snapshots: [...(held.bucket('snapshots')?.buckets() ?? [])].flatMap(([, keys]) => [
        ...pairs(keys).keys(),
      ]),
    }))
    found.push({ namespace, images, labels, snapshots, leases })
  }
  return found
}

/** Numbers of the folders by the snapshotter and its own name of each. */
async function readNumbers(tree: Tree, root: readonly Name[]): Promise<Map<string, number>> {
  const numbers = new Map<string, number>()
  for (const folder of tree.list(...root)) {
    const snapshotter = /^io\.containerd\.snapshotter\.v1\.(.+)$/.exec(String(folder))?.[1]
    if (snapshotter === undefined) continue
    await readBolt(tree, [...root, folder, 'metadata.db'], (bolt) => {
      for (const [name, row] of bolt.bucket('v1', 'snapshots')?.buckets() ?? []) {
        const id = row.value('id')
        if (id !== undefined) numbers.set(`${snapshotter} ${name}`, varint(id))
      }
    })
  }
  return numbers
}

function pairs(bucket: Bucket | undefined): Map<string, string> {
  const found = new Map<string, string>()
  for (const entry of bucket?.entries() ?? [])
    if ('value' in entry) found.set(entry.key.toString('utf8'), entry.value.toString('utf8'))
  return found
}

/** An unsigned number as Go's encoding/binary writes it. */
function varint(bytes: Buffer): number {
  let value = 0
  let factor = 1
  for (const byte of bytes) {
    value += (byte & 0x7f) * factor
    factor *= 128
    if (byte < 0x80) break
  }
  return value
}
