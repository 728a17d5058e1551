import { NAMESPACE, type Labels, type Metadata, type SnapshotRow } from '../storage/containerd-metadata'

/** What dockerd gives up in containerd when something of its goes. */
export interface Going {
  leases: readonly string[]
  /** Digests: every name that leads to one goes. */
  images: readonly string[]
}

/** What becomes free with it. */
export interface Freed {
  /** Digests of blobs. */
  blobs: string[]
  snapshots: { snapshotter: string; name: string }[]
}

export interface Collected {
  /** For each that goes, in the order asked for. */
  freed: Freed[]
  /** Of the images that go, those of which a snapshot stays. */
  staying: Set<string>
}

/**
 * A thing of one namespace. `flat` stands in a lease that does not hold what its labels point to; the
 * snapshots below it are held all the same.
 */
interface Thing {
  kind: 'blob' | 'snapshot' | 'image'
  namespace: string
  /** Digest, `snapshotter/key`, or name. */
  id: string
  flat?: boolean
}

interface Root extends Thing {
  /** Index of what it goes with; undefined of what stays. */
  goesWith: number | undefined
}

const CONTENT = 'containerd.io/gc.ref.content'
const SNAPSHOT = 'containerd.io/gc.ref.snapshot.'
const IMAGE = 'containerd.io/gc.ref.image'
const ROOT = 'containerd.io/gc.root'
const EXPIRES = 'containerd.io/gc.expire'
const FLAT = 'containerd.io/gc.flat'

/**
 * What containerd's garbage collection removes when things go one after the other: each blob and
 * snapshot goes with the last that holds it (containerd, `docs/garbage-collection.md` and
 * `metadata/gc.go` of 1.6 and 2.1). Held is what images, leases that have not expired, containers and
 * labels `gc.root` lead to. What nothing holds already waits for a collection, and goes with the first.
 */
export function collect(metadata: readonly Metadata[], going: readonly Going[], now: number): Collected {
  const graph = new Graph(metadata)
  const staying: Thing[] = []
  const rootsOfEach: Thing[][] = going.map(() => [])
  for (const each of metadata)
    for (const { goesWith, ...root } of rootsOf(each, going, now))
      (goesWith === undefined ? staying : rootsOfEach[goesWith])?.push(root)
  for (const thing of graph.everything()) rootsOfEach[0]?.push(thing)
  const held = new Held()
  graph.hold(staying, held)
  const stay = new Set(held.names)
  // From the last to the first: what is reached only now is held by this one and what went before it.
  const freed = rootsOfEach
    .reverse()
    .map((roots) => graph.onDisk(graph.hold(roots, held)))
    .reverse()
  return {
    freed,
    staying: new Set(
      going
        .flatMap(({ images }) => images)
        .filter((digest) =>
          graph
            .hold([{ kind: 'blob', namespace: NAMESPACE, id: digest }], new Held())
            .some((thing) => thing.kind === 'snapshot' && stay.has(nameOf(thing))),
        ),
    ),
  }
}

/** Everything that holds something by itself. Only dockerd's own namespace gives anything up. */
function rootsOf(metadata: Metadata, going: readonly Going[], now: number): Root[] {
  const { namespace } = metadata
  const own = namespace === NAMESPACE
  const withLease = own ? firstIndex(going, ({ leases }) => leases) : new Map<string, number>()
  const withImage = own ? firstIndex(going, ({ images }) => images) : new Map<string, number>()
  const roots: Root[] = []
  const add = (goesWith: number | undefined, things: readonly Omit<Thing, 'namespace'>[]) => {
    for (const thing of things) roots.push({ ...thing, namespace, goesWith })
  }
  for (const { id, labels, content, snapshots, images } of metadata.leases) {
    if (isOver(labels, now)) continue
    const flat = labels.has(FLAT)
    add(withLease.get(id), [
      ...content.map((digest) => ({ kind: 'blob' as const, id: digest, flat })),
      ...snapshots.map(({ snapshotter, key }) => ({
        kind: 'snapshot' as const,
        id: `${snapshotter}/${key}`,
        flat,
      })),
      ...images.map((name) => ({ kind: 'image' as const, id: name })),
    ])
  }
  for (const { name, target, labels } of metadata.images)
    if (!isOver(labels, now)) add(withImage.get(target), [{ kind: 'image', id: name }])
  for (const { snapshotter, snapshotKey, labels } of metadata.containers)
    add(undefined, [
      ...(snapshotter === undefined || snapshotKey === undefined
        ? []
        : [{ kind: 'snapshot' as const, id: `${snapshotter}/${snapshotKey}` }]),
      ...pointedTo(labels),
    ])
  for (const labels of metadata.sandboxes) add(undefined, pointedTo(labels))
  for (const [digest, labels] of metadata.blobs)
    if (labels.has(ROOT)) add(undefined, [{ kind: 'blob', id: digest }])
  for (const [snapshotter, rows] of metadata.snapshots)
    for (const [key, { labels }] of rows)
      if (labels.has(ROOT)) add(undefined, [{ kind: 'snapshot', id: `${snapshotter}/${key}` }])
  return roots
}

/** What was reached so far. */
class Held {
  /** Whether flat or not. */
  readonly names = new Set<string>()
  readonly followed = new Set<string>()
  /** Digests, of whatever namespace: a blob's file goes with the last of its names. */
  readonly blobs = new Set<string>()
}

/** Knows what holds what. */
class Graph {
  readonly #namespaces: ReadonlyMap<string, Metadata>
  readonly #images: ReadonlyMap<string, Metadata['images'][number]>

  constructor(metadata: readonly Metadata[]) {
    this.#namespaces = new Map(metadata.map((each) => [each.namespace, each]))
    this.#images = new Map(
      metadata.flatMap(({ namespace, images }) =>
        images.map((image) => [nameOf({ kind: 'image', namespace, id: image.name }), image] as const),
      ),
    )
  }

  /** Holds things and all they lead to; what was not held before, and of blobs no file of which was. */
  hold(things: readonly Thing[], held: Held): Thing[] {
    const reached: Thing[] = []
    const queue = [...things]
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      const name = nameOf(at)
      const follow = at.flat === true ? `flat ${name}` : name
      if (held.followed.has(follow) || !this.#exists(at)) continue
      held.followed.add(follow)
      if (!held.names.has(name) && !(at.kind === 'blob' && held.blobs.has(at.id))) reached.push(at)
      held.names.add(name)
      if (at.kind === 'blob') held.blobs.add(at.id)
      queue.push(...this.#heldBy(at))
    }
    return reached
  }

  everything(): Thing[] {
    return [...this.#namespaces].flatMap(([namespace, { blobs, snapshots }]) => [
      ...[...blobs.keys()].map((id) => ({ kind: 'blob' as const, namespace, id })),
      ...[...snapshots].flatMap(([snapshotter, rows]) =>
        [...rows.keys()].map((key) => ({
          kind: 'snapshot' as const,
          namespace,
          id: `${snapshotter}/${key}`,
        })),
      ),
    ])
  }

  onDisk(things: readonly Thing[]): Freed {
    const freed: Freed = { blobs: [], snapshots: [] }
    for (const { kind, namespace, id } of things) {
      if (kind === 'blob') freed.blobs.push(id)
      const row = kind === 'snapshot' ? this.#snapshot(namespace, id) : undefined
      if (row) freed.snapshots.push({ snapshotter: snapshotterOf(id), name: row.name })
    }
    return freed
  }

  #heldBy({ kind, namespace, id, flat }: Thing): Thing[] {
    const within = (things: readonly Omit<Thing, 'namespace'>[]): Thing[] =>
      things.map((thing) => ({ ...thing, namespace }))
    if (kind === 'image') {
      const image = this.#images.get(nameOf({ kind, namespace, id }))
      return image ? within([{ kind: 'blob', id: image.target }, ...pointedTo(image.labels)]) : []
    }
    if (kind === 'blob')
      return flat === true ? [] : within(pointedTo(this.#namespaces.get(namespace)?.blobs.get(id)))
    const row = this.#snapshot(namespace, id)
    if (!row) return []
    const below = row.parent === undefined ? [] : [`${snapshotterOf(id)}/${row.parent}`]
    return within([
      ...below.map((parent) => ({ kind, id: parent, ...(flat === undefined ? {} : { flat }) })),
      ...(flat === true ? [] : pointedTo(row.labels)),
    ])
  }

  #exists({ kind, namespace, id }: Thing): boolean {
    if (kind === 'image') return this.#images.has(nameOf({ kind, namespace, id }))
    if (kind === 'blob') return this.#namespaces.get(namespace)?.blobs.has(id) ?? false
    return this.#snapshot(namespace, id) !== undefined
  }

  #snapshot(namespace: string, id: string): SnapshotRow | undefined {
    const snapshotter = snapshotterOf(id)
    const rows = this.#namespaces.get(namespace)?.snapshots.get(snapshotter)
    return rows?.get(id.slice(snapshotter.length + 1))
  }
}

/** What labels hold. A kind may be followed by a name of the reference, which tells several apart. */
function pointedTo(labels: Labels | undefined): Omit<Thing, 'namespace'>[] {
  const things: Omit<Thing, 'namespace'>[] = []
  for (const [label, value] of labels ?? []) {
    if (isOf(label, CONTENT)) things.push({ kind: 'blob', id: value })
    else if (isOf(label, IMAGE)) things.push({ kind: 'image', id: value })
    else if (label.startsWith(SNAPSHOT))
      things.push({ kind: 'snapshot', id: `${snapshotterOf(label.slice(SNAPSHOT.length))}/${value}` })
  }
  return things
}

function isOf(label: string, kind: string): boolean {
  return label === kind || label.startsWith(`${kind}.`) || label.startsWith(`${kind}/`)
}

function snapshotterOf(id: string): string {
  return id.split('/', 1)[0] ?? id
}

/** By what is given up: the first that gives it up. */
function firstIndex(
  going: readonly Going[],
  of: (each: Going) => readonly string[],
): ReadonlyMap<string, number> {
  const first = new Map<string, number>()
  for (const [index, each] of going.entries())
    for (const id of of(each)) if (!first.has(id)) first.set(id, index)
  return first
}

/** A label that cannot be read keeps what it stands at, as in containerd. */
function isOver(labels: Labels, now: number): boolean {
  return Date.parse(labels.get(EXPIRES) ?? '') < now
}

function nameOf({ kind, namespace, id }: Pick<Thing, 'kind' | 'namespace' | 'id'>): string {
  return `${kind} ${namespace} ${id}`
}
