import { createHash } from 'node:crypto'

/** Chain ids of diff ids, the lowest first: each is the digest of the one below, a blank and the diff id. */
export function chainIds(diffIds: readonly string[]): string[] {
  let below: string | undefined
  return diffIds.map((diffId) => {
    below =
      below === undefined
        ? diffId
        : `sha256:${createHash('sha256').update(`${below} ${diffId}`).digest('hex')}`
    return below
  })
}
