import type { ClientFrame, HostFrame, Transport } from '../contract/wire'

interface End<Out, In> extends Transport<Out, In> {
  deliver(frame: In): void
  gone(): void
}

function end<Out, In>(peer: () => End<In, Out>): End<Out, In> {
  const frames = new Set<(frame: In) => void>()
  const closers = new Set<() => void>()
  let open = true
  return {
    // Queued, so that a handler never runs inside the caller's own stack.
    send: (frame) => {
      if (open) queueMicrotask(() => peer().deliver(frame))
    },
    deliver: (frame) => {
      if (open) for (const listener of frames) listener(frame)
    },
    onFrame: (listener) => {
      frames.add(listener)
      return () => frames.delete(listener)
    },
    onClose: (listener) => {
      closers.add(listener)
      return () => closers.delete(listener)
    },
    gone: () => {
      if (!open) return
      open = false
      for (const listener of [...closers]) listener()
    },
    close: () => {
      peer().gone()
      if (!open) return
      open = false
      for (const listener of [...closers]) listener()
    },
  }
}

/** Two ends of a pipe inside one process: the carrier of `porthole call` and of most tests. */
export function memoryPair(): {
  client: Transport<ClientFrame, HostFrame>
  host: Transport<HostFrame, ClientFrame>
} {
  const client: End<ClientFrame, HostFrame> = end(() => host)
  const host: End<HostFrame, ClientFrame> = end(() => client)
  return { client, host }
}
