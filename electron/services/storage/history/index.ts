import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { OutputOf } from '../../../contract/contract'
import { AppError } from '../../../contract/errors'
import { HistoryFile } from './file'
import { grownSince } from './growth'
import { daysToFull } from './slope'
import type { HistoryEntry } from './entry'

export type { HistoryEntry }

const DAY_MS = 24 * 3_600_000

/** What was known of the disk of each engine, and when. */
export interface History {
  /** Keeps an entry. Rejects with what the system says when it cannot be written. */
  add(engineId: string, entry: HistoryEntry): Promise<void>
  /** Throws `rpc/bad-input` for a `since` that is no time. */
  read(engineId: string, since: string | undefined): Promise<OutputOf<'storage.history'>>
}

/** Kept below `$XDG_STATE_HOME/porthole/storage`, one small file an engine. */
export function createHistory(env: NodeJS.ProcessEnv): History {
  const state = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state')
  const file = (engineId: string): HistoryFile =>
    // An id is the engine's own word: anything may stand in it.
    new HistoryFile(
      join(
        state,
        'porthole',
        'storage',
        `${createHash('sha256').update(engineId).digest('hex').slice(0, 32)}.jsonl`,
      ),
    )
  return {
    add: (engineId, entry) => file(engineId).add(entry),
    async read(engineId, since) {
      const from = since === undefined ? Date.now() - DAY_MS : Date.parse(since)
      if (Number.isNaN(from))
        throw new AppError('rpc/bad-input', '"since" is not a time.', { hint: 'Write it as ISO 8601.' })
      const entries = await file(engineId).read()
      const days = daysToFull(entries)
      return {
        points: entries.map(({ takenAt, usedBytes, freeBytes, kinds }) => ({
          takenAt,
          ...(usedBytes === undefined ? {} : { usedBytes }),
          ...(freeBytes === undefined ? {} : { freeBytes }),
          kinds,
        })),
        grew: grownSince(entries, from),
        ...(days === undefined ? {} : { daysToFull: days }),
      }
    },
  }
}
