import type { Bucket } from './bolt'
import { readBolt } from './bolt-file'
import { text } from './image-config'
import type { Name, Tree } from './tree'

/** Where dockerd keeps what is its own in containerd. */
export const NAMESPACE = 'moby'
/** Files of the content store, below containerd's root: then the algorithm, then the digest. */
export const BLOBS: readonly string[] = ['io.containerd.content.v1.content', 'blobs']
const METADATA = ['io.containerd.metadata.v1.bolt', 'meta.db']

/** Labels by their names. */
export type Labels = ReadonlyMap<string, string>

export interface SnapshotRow {
  /** The snapshotter's own name of it. */
  name: string
  parent?: string
  labels: Labels
}

/** What one namespace of a containerd holds (`metadata/buckets.go` of containerd 1.6 and 2.1). */
export interface Metadata {
  namespace: string
  images: { name: string; target: string; labels: Labels }[]
  /** Labels of each blob by its digest. */
  blobs: Map<string, Labels>
  /** Rows by their key, by snapshotter. */
  snapshots: Map<string, Map<string, SnapshotRow>>
  leases: {
    id: string
    labels: Labels
    content: string[]
    snapshots: { snapshotter: string; key: string }[]
    images: string[]
  }[]
  /** What runs, or is ready to. */
  containers: { id: string; snapshotter?: string; snapshotKey?: string; labels: Labels }[]
  /** Labels of each sandbox. */
  sandboxes: Labels[]
}

/** Reads all namespaces. Undefined where there is no database; throws BoltError where it cannot be read. */
export function readMetadata(tree: Tree, root: readonly Name[]): Promise<Metadata[] | undefined> {
  return readBolt(tree, [...root, ...METADATA], (bolt) =>
    [...(bolt.bucket('v1')?.buckets() ?? [])].map(([namespace, bucket]) => read(namespace, bucket)),
  )
}

/** Numbers of the folders by the snapshotter and its own name of each, as `overlayfs moby/3/KEY`. */
export async function readNumbers(tree: Tree, root: readonly Name[]): Promise<Map<string, number>> {
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

function read(namespace: string, root: Bucket): Metadata {
  const images = each(root, ['images'], (name, row) => {
    const target = row.bucket('target')?.text('digest')
    return target === undefined ? [] : [{ name, target, labels: labelsOf(row) }]
  })
  const blobs = each(root, ['content', 'blob'], (digest, row) => [[digest, labelsOf(row)] as const])
  const snapshots = each(root, ['snapshots'], (snapshotter, rows) => [
    [snapshotter, new Map(each(rows, [], (key, row) => [[key, snapshotRow(key, row)] as const]))] as const,
  ])
  const leases = each(root, ['leases'], (id, row) => [
    {
      id,
      labels: labelsOf(row),
      content: [...pairs(row.bucket('content')).keys()],
      snapshots: each(row, ['snapshots'], (snapshotter, keys) =>
        [...pairs(keys).keys()].map((key) => ({ snapshotter, key })),
      ),
      images: [...pairs(row.bucket('images')).keys()],
    },
  ])
  const containers = each(root, ['containers'], (id, row) => {
    const snapshotter = text(row.text('snapshotter'))
    const snapshotKey = text(row.text('snapshotKey'))
    return [
      {
        id,
        labels: labelsOf(row),
        ...(snapshotter === undefined ? {} : { snapshotter }),
        ...(snapshotKey === undefined ? {} : { snapshotKey }),
      },
    ]
  })
  return {
    namespace,
    images,
    blobs: new Map(blobs),
    snapshots: new Map(snapshots),
    leases,
    containers,
    sandboxes: each(root, ['sandboxes'], (_, row) => [labelsOf(row)]),
  }
}

function snapshotRow(key: string, row: Bucket): SnapshotRow {
  const parent = text(row.text('parent'))
  return { name: row.text('name') ?? key, labels: labelsOf(row), ...(parent === undefined ? {} : { parent }) }
}

/** What is made of every bucket in the one of these names. */
function each<T>(root: Bucket, names: readonly string[], make: (name: string, row: Bucket) => T[]): T[] {
  return [...(root.bucket(...names)?.buckets() ?? [])].flatMap(([name, row]) => make(name, row))
}

function labelsOf(row: Bucket): Labels {
  return pairs(row.bucket('labels'))
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
