import { closeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { Bucket, BoltError, newestTransaction } from './bolt'
import { head, type Name, type Tree } from './tree'

/** More than any store of references needs; a larger one is said to be unreadable. */
const MAX_BYTES = 1024 ** 3
const ATTEMPTS = 5

/**
 * What `take` makes of a database that another program may be writing to at this moment. The bytes
 * are copied, and count when no transaction has ended meanwhile: bolt writes beside what the newest
 * refers to, and uses pages again only one transaction later. Undefined where there is no such file.
 * Throws {@link BoltError} where it cannot be read even after some attempts.
 */
export async function readBolt<T>(
  tree: Tree,
  names: readonly Name[],
  take: (root: Bucket) => T,
): Promise<T | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const opened = tree.openFile(names)
    if (opened === undefined) return undefined
    try {
      if (opened.stat.size > MAX_BYTES) throw new BoltError('The database is larger than 1 GiB.')
      const bytes = head(opened.fd, opened.stat.size)
      const after = head(opened.fd, 128 * 1024)
      if (newestTransaction(bytes) === newestTransaction(after)) return take(Bucket.of(bytes))
    } catch (error) {
      if (!(error instanceof BoltError) || attempt === ATTEMPTS) throw error
    } finally {
      closeSync(opened.fd)
    }
    if (attempt === ATTEMPTS) throw new BoltError('The database is written to all the time.')
    await setTimeout(20 * attempt)
  }
}
