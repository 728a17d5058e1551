import { codeOf } from '../file-error'
import type { Bucket } from '../storage/bolt'
import { readBolt } from '../storage/bolt-file'
import { closeRoots, openRoots, type StoreInUse } from '../storage/roots'
import { pathOf, Tree, type Name } from '../storage/tree'
import { HelperError } from '../verb'
import { openServedRoot } from './served-root'

/** The engine, and the store it says it works with. */
export interface Place {
  pid: number
  store: StoreInUse
}

/** Namespace of what is dockerd's own in containerd. */
const NAMESPACE = 'moby'
const METADATA = ['io.containerd.metadata.v1.bolt', 'meta.db']
/** A folder's name in overlay2: of the layer store's own, or of BuildKit, which has letters in it too. */
const FOLDER = /^[0-9a-z]{1,64}$/

/**
 * The folder that holds the files of a layer alone, as overlay2 or containerd's overlayfs has it: a
 * removed entry is a character device 0:0, a folder that hides what is below has an attribute. `chainId`
 * is `sha256:` and 64 hexadecimal digits. Only what the engine's own databases name is opened, name by
 * name and no link followed; the caller closes it. Throws `storage/denied` where the engine keeps no such
 * folder (the layer is not there, or another driver keeps it), `helper/path-refused`, BoltError.
 */
export async function openLayerFolder({ chainId, ...place }: Place & { chainId: string }): Promise<Tree> {
  const { driver, imageStore } = place.store
  const hex = chainId.slice('sha256:'.length)
  const opened =
    imageStore === 'containerd'
      ? await openSnapshot(place, chainId)
      : openInGraphDriver(place, ['layerdb', 'sha256', hex, 'cache-id'])
  if (opened !== undefined) return opened
  throw new HelperError('storage/denied', `The driver ${driver} keeps no folder of the layer ${chainId}.`, {
    hint: 'The image can be read through the engine instead.',
    detail: { chainId },
  })
}

/**
 * As {@link openLayerFolder}, the folder of what a container changed on top of its image. `container` is
 * its full id.
 */
export async function openContainerFolder({
  container,
  ...place
}: Place & { container: string }): Promise<Tree> {
  const { driver, imageStore } = place.store
  const opened =
    imageStore === 'containerd'
      ? await openSnapshot(place, container)
      : openInGraphDriver(place, ['layerdb', 'mounts', container, 'mount-id'])
  if (opened !== undefined) return opened
  throw new HelperError('storage/denied', `The driver ${driver} keeps no folder of this container.`, {
    hint: 'The engine itself tells which paths a container changed.',
    detail: { container },
  })
}

/** The folder whose name a file of the layer store holds. */
function openInGraphDriver({ pid, store: { driver } }: Place, file: readonly string[]): Tree | undefined {
  if (driver !== 'overlay2') return undefined
  const root = openServedRoot(pid)
  try {
    const name = root.text('image', driver, ...file)
    return name === undefined || !FOLDER.test(name) ? undefined : below(root, ['overlay2', name, 'diff'])
  } finally {
    root.close()
  }
}

async function openSnapshot({ pid, store }: Place, key: string): Promise<Tree | undefined> {
  if (store.driver !== 'overlayfs') return undefined
  return inContainerd({ pid, store }, async (tree, names) => {
    const snapshotter = [...names, 'io.containerd.snapshotter.v1.overlayfs']
    const name = await readBolt(tree, [...names, ...METADATA], (bolt) =>
      bolt.bucket('v1', NAMESPACE, 'snapshots', store.driver, key)?.text('name'),
    )
    if (name === undefined) return undefined
    const number = await readBolt(tree, [...snapshotter, 'metadata.db'], (bolt) => numberOf(bolt, name))
    return number === undefined ? undefined : below(tree, [...snapshotter, 'snapshots', number, 'fs'])
  })
}

/**
 * Does something in the root of the containerd that a dockerd keeps its images in, which is the folder of
 * `names` in the tree; undefined where there is none. Throws `helper/path-refused`, `storage/denied`.
 */
export async function inContainerd<T>(
  { pid, store }: Place,
  use: (tree: Tree, names: readonly Name[]) => Promise<T>,
): Promise<T | undefined> {
  const roots = openRoots(pid, store)
  try {
    const { containerd } = roots
    if (containerd === undefined) return undefined
    const { tree, names } = containerd
    // Anybody may give a process the name and the address of the system's containerd.
    const owner = tree.stat(...names)?.uid
    return owner === process.geteuid?.() ? await use(tree, names) : undefined
  } finally {
    closeRoots(roots)
  }
}

/** Name of a snapshot's folder: its number, as Go's encoding/binary writes an unsigned one. */
function numberOf(bolt: Bucket, name: string): string | undefined {
  const bytes = bolt.bucket('v1', 'snapshots', name)?.value('id')
  if (bytes === undefined) return undefined
  let number = 0n
  for (const [at, byte] of bytes.entries()) {
    number |= BigInt(byte & 0x7f) << BigInt(7 * at)
    if (byte < 0x80) break
  }
  return String(number)
}

function below(tree: Tree, names: readonly Name[]): Tree | undefined {
  try {
    return new Tree(`${tree.path}/${pathOf(names)}`, tree.openFolder(names))
  } catch (error) {
    // Gone, or something else stands there.
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}
