import { chainIds } from './chain'
import { fitting } from './fitting'
import type { Made } from './history'
import type { Layer } from './subject'

/** Bytes of all layers of an answer by what fills them: a message holds 1 MiB, and more stands in it. */
const MAX_INSTRUCTIONS = 250_000
const MAX_FOLLOWING = 150_000
const MAX_SHARERS = 200_000
/** Characters of an instruction where whole ones do not fit: 127 layers are the most that engines stack. */
const SHORT = 300

/** Layers of an image, the lowest first. `sharers`: names of other images by chain id. */
export function describeLayers({
  diffIds,
  made,
  sharers,
  directories = [],
}: {
  diffIds: readonly string[]
  made: readonly Made[]
  sharers: ReadonlyMap<string, string[]>
  directories?: readonly string[]
}): Layer[] {
  const count = Math.max(1, diffIds.length)
  const long =
    made.reduce((sum, { createdBy = '' }) => sum + Buffer.byteLength(JSON.stringify(createdBy)), 0) >
    MAX_INSTRUCTIONS
  return chainIds(diffIds).map((chainId, index) => {
    const directory = directories[index]
    const { createdBy, followedBy = [], ...rest } = made[index] ?? {}
    return {
      index,
      diffId: diffIds[index] ?? '',
      chainId,
      ...(directory === undefined ? {} : { directory }),
      ...(createdBy === undefined ? {} : { createdBy: long ? createdBy.slice(0, SHORT) : createdBy }),
      ...rest,
      followedBy: fitting(followedBy, MAX_FOLLOWING / count),
      sharedBy: fitting(sharers.get(chainId) ?? [], MAX_SHARERS / count),
    }
  })
}
