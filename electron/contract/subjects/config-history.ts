import { z } from 'zod'
import { request } from '../define'
import { Activate, ApplyResult, Change, Problem } from './config'

/** One change of daemon.json: of Porthole, or of somebody else that was noticed afterwards. */
export const HistoryEntry = z.object({
  id: z.string(),
  /** ISO 8601; of a hand edit the file's own time. */
  at: z.string(),
  /** `hand-edit`: the file was another than Porthole had left it. */
  kind: z.enum(['apply', 'restore', 'hand-edit']),
  /**
   * `unfinished`: Porthole was killed in the middle and nobody has looked since; `recovered`: it
   * was, and the next start put things in order.
   */
  outcome: z.enum(['applied', 'rolled-back', 'unfinished', 'recovered']),
  activate: Activate.optional(),
  /** Name of the user who asked for it, where that is known. */
  user: z.string().optional(),
  /** sha256 of the file before and after in hex, or `absent`. */
  before: z.string(),
  after: z.string(),
  /** Unified diff from before to after. */
  diff: z.string(),
  changes: z.array(Change),
  /** Why it was rolled back. */
  problems: z.array(Problem),
  /** The file is as this entry left it. */
  current: z.boolean(),
  /** Which of its two texts are kept and can be put back. */
  restorable: z.object({ before: z.boolean(), after: z.boolean() }),
})

export const configHistory = {
  /** Changes of daemon.json, newest first, hand edits in between included. */
  'config.history': request({
    access: 'read',
    input: z.strictObject({ limit: z.int().min(1).max(500).default(50) }),
    output: z.object({
      entries: z.array(HistoryEntry),
      /** False when the history is another user's to read (root's, without the helper). */
      readable: z.boolean(),
    }),
  }),
  /** The text of one entry, for a look before it is put back. Throws `config/no-backup`. */
  'config.backup': request({
    access: 'read',
    input: z.strictObject({ id: z.string().min(1).max(200), which: z.enum(['before', 'after']) }),
    output: z.object({ text: z.string(), exists: z.boolean() }),
  }),
  /**
   * Puts a text of the history back through the same pipeline as `config.apply`: checked, backed
   * up, proven or undone. Throws `config/no-backup` and what `config.apply` throws.
   */
  'config.restore': request({
    access: 'admin',
    input: z.strictObject({
      id: z.string().min(1).max(200),
      which: z.enum(['before', 'after']).default('before'),
      /** Hash of the file as the person saw it last. */
      baseHash: z.string().regex(/^([0-9a-f]{64}|absent)$/),
      activate: Activate,
      /** Let a scratch daemon start with the text first; what else it takes may be gone since. */
      trial: z.boolean().default(false),
    }),
    output: ApplyResult,
    timeoutMs: 300_000,
  }),
}
