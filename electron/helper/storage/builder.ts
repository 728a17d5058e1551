import { readBolt } from './bolt-file'
import type { Name, Tree } from './tree'

/** A record of BuildKit's cache in a store of graph drivers. */
export interface CacheRecord {
  id: string
  /** Name of its folder below the graph driver's; absent where it is a layer's. */
  folder?: string
  /** The layer it has become or was made of. */
  chainId?: string
}

/**
 * BuildKit's records in `buildkit/snapshots.db`: each a bucket by its id. One that was committed
 * names the snapshot that holds its files, an open one holds them itself, and one with a chain id
 * is a layer of layerdb as well. Undefined where the engine has never built with BuildKit.
 * Throws BoltError where the file cannot be read.
 */
export async function readCacheRecords(
  tree: Tree,
  base: readonly Name[],
): Promise<CacheRecord[] | undefined> {
  return readBolt(tree, [...base, 'buildkit', 'snapshots.db'], (root) => {
    const records: CacheRecord[] = []
    const buckets = [...root.buckets()]
    const told = new Set(buckets.flatMap(([, bucket]) => bucket.text('committed') ?? []))
    for (const [id, bucket] of buckets) {
      // A committed snapshot is told by the record that it was committed to.
      if (told.has(id)) continue
      const committed = bucket.text('committed')
      const open = bucket.value('parent') !== undefined
      const chainId = bucket.text('chainid') ?? (id.startsWith('sha256:') ? id : undefined)
      const folder = committed ?? (open ? id : undefined)
      records.push({
        id,
        ...(folder === undefined ? {} : { folder }),
        ...(chainId === undefined ? {} : { chainId }),
      })
    }
    return records
  })
}
