import { createHash } from 'node:crypto'

/**
 * Chain ids of an image's layers, the base first: each stands for a layer and all below it, so two
 * images share a layer exactly when they share its chain id (OCI image specification).
 */
export function chainIds(diffIds: readonly string[]): string[] {
  const chains: string[] = []
  for (const diffId of diffIds) {
    const below = chains.at(-1)
    chains.push(
      below === undefined
        ? diffId
        : `sha256:${createHash('sha256').update(`${below} ${diffId}`).digest('hex')}`,
    )
  }
  return chains
}

/** A layer and all below it, by the parents that a graph driver's store knows. */
export function withParents(chain: string, parents: Readonly<Record<string, string>>): string[] {
  const chains = new Set<string>()
  for (let at: string | undefined = chain; at !== undefined && !chains.has(at); at = parents[at])
    chains.add(at)
  return [...chains]
}

/** Something that keeps layers alive: an image, a container, a record of the build cache. */
export interface Holder {
  id: string
  chains: readonly string[]
}

/**
 * Which layers become free with which holder, when those of `going` go one after the other: a layer
 * goes with the last that has it, and stays where one stays that has it.
 */
export function freedLayers(holders: readonly Holder[], going: readonly string[]): Map<string, string[]> {
  const left = new Map<string, Set<string>>()
  for (const { id, chains } of holders)
    for (const chain of chains) {
      const ids = left.get(chain)
      if (ids) ids.add(id)
      else left.set(chain, new Set([id]))
    }
  const chainsOf = new Map(holders.map(({ id, chains }) => [id, chains]))
  const freed = new Map<string, string[]>()
  for (const id of going) {
    const mine: string[] = []
    for (const chain of chainsOf.get(id) ?? []) {
      const ids = left.get(chain)
      if (ids?.delete(id) === true && ids.size === 0) mine.push(chain)
    }
    freed.set(id, mine)
  }
  return freed
}

export interface HistoryStep {
  Size: number
  CreatedBy?: string
}

/** Instructions that never make a layer, as both builders write them into the history. */
const EMPTY =
  /^(\/bin\/sh -c #\(nop\)\s+)?(CMD|LABEL|ENV|EXPOSE|ENTRYPOINT|USER|VOLUME|ARG|STOPSIGNAL|HEALTHCHECK|ONBUILD|SHELL|MAINTAINER)\b/

/**
 * Size of each layer by the image's history, the base first. The engine does not say which
 * instruction made no layer; undefined where it cannot be told.
 */
export function layerSizes(history: readonly HistoryStep[], layers: number): number[] | undefined {
  const oldestFirst = history.toReversed()
  const full = oldestFirst.filter(({ Size }) => Size > 0)
  const likely = oldestFirst.filter(({ Size, CreatedBy = '' }) => Size > 0 || !EMPTY.test(CreatedBy))
  const steps = [full, likely, oldestFirst].find(({ length }) => length === layers)
  return steps?.map(({ Size }) => Size)
}
