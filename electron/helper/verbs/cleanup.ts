import { trustedDaemon } from '../paths'
import { openDataRoot } from '../storage-cleanup/data-root'
import { sizesOfCollected, type CollectedSizes, type ToCollect } from '../storage-cleanup/containerd-sizes'
import { emptyLog, type LogFiles } from '../storage-cleanup/empty-log'
import { DRIVERS, readHolders, type Driver, type LayerHolders } from '../storage-cleanup/holders'
import { measure, type Sizes, type ToMeasure } from '../storage-cleanup/sizes'
import type { Tree } from '../storage/tree'
import { HelperError, type Verb } from '../verb'
import { Input } from './input'

/** No engine has so many; each is some hundred bytes of a line that may hold 2 MiB. */
const MOST = 20_000
const CONTAINER = /^[0-9a-f]{64}$/
const DIGEST = /^sha256:[0-9a-f]{64}$/
const VOLUME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/
const RECORD = /^[a-z0-9]{1,64}$/
const RECORDS = /^[a-z0-9]{1,64}( [a-z0-9]{1,64})*$/
/** A plugin's name; the snapshots of others than those we know are not measured. */
const SNAPSHOTTER = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** What holds layers of a graph driver beside images: containers' mounts and BuildKit's records. */
export const layerHolders: Verb<{ pid: number; driver: Driver }, LayerHolders> = {
  name: 'layer-holders',
  parse(input) {
    const fields = Input.of(input, ['pid', 'driver'])
    return { pid: fields.pid('pid'), driver: fields.word('driver', DRIVERS) }
  },
  run: ({ pid, driver }) => inDataRoot(pid, (root) => readHolders(root, driver)),
}

/** What the removal of containers, layers, images, volumes, cache records and logs frees on the disk. */
export const cleanupSizes: Verb<{ pid: number; asked: ToMeasure }, Sizes> = {
  name: 'cleanup-sizes',
  parse(input) {
    const fields = Input.of(input, [
      'pid',
      'driver',
      'containers',
      'chains',
      'images',
      'volumes',
      'records',
      'logs',
    ])
    return {
      pid: fields.pid('pid'),
      asked: {
        driver: fields.optional('driver', (name) => fields.word(name, DRIVERS)),
        containers: fields.texts('containers', CONTAINER, MOST),
        chains: fields.texts('chains', DIGEST, MOST),
        images: fields.texts('images', DIGEST, MOST),
        volumes: fields.texts('volumes', VOLUME, MOST),
        records: fields.texts('records', RECORD, MOST),
        logs: fields.texts('logs', CONTAINER, MOST),
      },
    }
  },
  run: ({ pid, asked }, { signal }) => inDataRoot(pid, (root) => measure(root, pid, asked, signal)),
}

/**
 * What containerd's garbage collection frees on the disk as containers, images and cache records go, and
 * what volumes and logs free, where the images lie in containerd. Without `sizes` where that cannot be
 * told. Records are ids, each followed by those whose views end with it.
 */
export const collectedSizes: Verb<{ pid: number; asked: ToCollect }, { sizes?: CollectedSizes }> = {
  name: 'collected-sizes',
  parse(input) {
    const fields = Input.of(input, [
      'pid',
      'snapshotter',
      'containers',
      'images',
      'volumes',
      'records',
      'logs',
    ])
    const snapshotter = fields.text('snapshotter', 64)
    if (!SNAPSHOTTER.test(snapshotter))
      throw new HelperError('helper/failed', '"snapshotter" is no name of one.')
    return {
      pid: fields.pid('pid'),
      asked: {
        snapshotter,
        containers: fields.texts('containers', CONTAINER, MOST),
        images: fields.texts('images', DIGEST, MOST),
        volumes: fields.texts('volumes', VOLUME, MOST),
        records: fields.texts('records', RECORDS, MOST).map((ids) => ids.split(' ')),
        logs: fields.texts('logs', CONTAINER, MOST),
      },
    }
  },
  async run({ pid, asked }, { signal }) {
    const daemon = trustedDaemon(pid)
    const sizes = await inDataRoot(pid, (root) => sizesOfCollected(root, daemon, asked, signal))
    return sizes === undefined ? {} : { sizes }
  },
}

/** Empties the log of a container, running or not. */
export const emptyContainerLog: Verb<{ pid: number; container: string }, LogFiles> = {
  name: 'empty-log',
  parse(input) {
    const fields = Input.of(input, ['pid', 'container'])
    return { pid: fields.pid('pid'), container: fields.containerId('container') }
  },
  run: ({ pid, container }) => inDataRoot(pid, (root) => Promise.resolve(emptyLog(root, container, pid))),
}

/** Does something with the data-root of a dockerd that root runs. */
async function inDataRoot<T>(pid: number, use: (root: Tree) => Promise<T>): Promise<T> {
  const root = openDataRoot(trustedDaemon(pid))
  try {
    return await use(root)
  } finally {
    root.close()
  }
}
