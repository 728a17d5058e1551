import { z } from 'zod'

// The JIT of zod probes `new Function`, which the content security policy forbids and reports.
z.config({ jitless: true })

/**
 * Who may call an entry. `read` looks, `write` changes containers, images and the like,
 * `admin` changes daemon.json, the daemon's life, or reads files only root may read.
 */
export type Access = 'read' | 'write' | 'admin'

/**
 * What happens to items a slow reader has not taken: `drop-oldest` drops and counts them,
 * `latest` keeps only the newest, `block` stops asking the producer.
 */
export type Overflow = 'drop-oldest' | 'latest' | 'block'

/**
 * How a client takes a stream up again after its carrier was cut: `cursor` reopens with
 * `after` set to the last item's `seq`, `restart` opens it anew, `none` gives it up.
 */
export type Resume = 'cursor' | 'restart' | 'none'

export interface RequestDef<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: 'request'
  readonly access: Access
  readonly input: I
  readonly output: O
  /** Milliseconds after which a client gives the call up with `rpc/timeout`. */
  readonly timeoutMs: number
}

export interface StreamDef<I extends z.ZodType = z.ZodType, T extends z.ZodType = z.ZodType> {
  readonly kind: 'stream'
  readonly access: Access
  readonly input: I
  readonly item: T
  readonly overflow: Overflow
  readonly resume: Resume
  /** Items a reader may be behind before `overflow` applies. */
  readonly queueLimit: number
}

export type EntryDef = RequestDef | StreamDef

/** One question with one answer. */
export function request<I extends z.ZodType, O extends z.ZodType>(def: {
  access: Access
  input: I
  output: O
  timeoutMs?: number
}): RequestDef<I, O> {
  return { kind: 'request', timeoutMs: 30_000, ...def }
}

/** One question with items that come until either side ends it. */
export function stream<I extends z.ZodType, T extends z.ZodType>(def: {
  access: Access
  input: I
  item: T
  overflow: Overflow
  resume: Resume
  queueLimit?: number
}): StreamDef<I, T> {
  return { kind: 'stream', queueLimit: 2_000, ...def }
}
