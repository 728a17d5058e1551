import type { WireError } from './errors'

/** What a client sends. `id` is the client's own, unique among its open calls and streams. */
export type ClientFrame =
  | { t: 'call'; id: number; name: string; input?: unknown }
  | { t: 'open'; id: number; name: string; input?: unknown }
  /** Grants `n` more items to stream `id`. */
  | { t: 'more'; id: number; n: number }
  /** Cancels call or stream `id`. */
  | { t: 'stop'; id: number }

/** What the host answers. */
export type HostFrame =
  | { t: 'ok'; id: number; value: unknown }
  | { t: 'fail'; id: number; error: WireError }
  /** A batch of a stream; `dropped` counts what was lost before it because the reader was slow. */
  | { t: 'items'; id: number; items: unknown[]; dropped?: number }
  | { t: 'end'; id: number }

/** A two-way pipe of frames. Carriers implement it; the protocol knows nothing else of them. */
export interface Transport<Out, In> {
  send(frame: Out): void
  /** Bytes accepted by `send` that have not left this process yet; 0 where that is unknowable. */
  bufferedBytes?(): number
  onFrame(listener: (frame: In) => void): () => void
  /** Called once when nothing more will come. */
  onClose(listener: (reason?: WireError) => void): () => void
  close(): void
}

/** Largest frame either side accepts, in bytes of JSON. */
export const MAX_FRAME_BYTES = 1024 * 1024
/** Streams and calls that one session may have open at once. */
export const MAX_OPEN = 4_096
/** Items a stream may send before the client has granted any. */
export const INITIAL_CREDIT = 512
/** How long items are gathered before they are sent, in milliseconds. */
export const BATCH_MS = 16
/** Most items in one frame. */
export const BATCH_ITEMS = 500
