import { chainIds } from './chain'
import { fitting } from './fitting'
import type { Made } from './history'
import type { Layer } from './subject'

/** Bytes of all layers of an answer: a message holds 1 MiB, and an analysis has more in it than layers. */
const MAX_BYTES = 650_000
/** Of these what a layer takes without its texts. */
const BARE = 450
/** Most bytes that a character takes in JSON. */
const CHARACTER = 6

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
  // Engines stack no more than 127; an archive may tell of more.
  const each = Math.max(120, MAX_BYTES / count - BARE)
  const [forInstruction, forFollowing, forSharers] = [each * 0.4, each * 0.25, each * 0.35]
  const all = made.reduce((sum, { createdBy = '' }) => sum + Buffer.byteLength(JSON.stringify(createdBy)), 0)
  const longest = all > forInstruction * count ? Math.floor(forInstruction / CHARACTER) : Infinity
  return chainIds(diffIds).map((chainId, index) => {
    const directory = directories[index]
    const { createdBy, followedBy = [], ...rest } = made[index] ?? {}
    return {
      index,
      diffId: diffIds[index] ?? '',
      chainId,
      ...(directory === undefined ? {} : { directory }),
      ...(createdBy === undefined ? {} : { createdBy: createdBy.slice(0, longest) }),
      ...rest,
      followedBy: fitting(followedBy, forFollowing),
      sharedBy: fitting(sharers.get(chainId) ?? [], forSharers),
    }
  })
}
