import { connect, type Socket } from 'node:net'
import { ReadBuffers } from './read-buffers'

/** Told of bytes once they are on their way. */
export interface Watcher {
  fromClient(chunk: Buffer): void
  fromEngine(chunk: Buffer): void
  engineEnded(): void
  /** Both sides are gone. */
  closed(): void
}

/** What may wait in either direction for a reader who is slow. */
export const QUEUE_BYTES = 256 * 1024

/**
 * Joins a client's connection to one of its own to dockerd: bytes as they come, one side's end as the
 * other's, never more in memory than a slow reader's queue. Where dockerd does not answer the door,
 * the client's connection is closed. The client's socket must allow half-open.
 * @returns a function that cuts the connection.
 */
export function forward(client: Socket, upstreamPath: string, watcher: Watcher): () => void {
  const buffers = new ReadBuffers()
  const settings = {
    path: upstreamPath,
    allowHalfOpen: true,
    // Handed on to the stream; with less than a read in it, each write would stop the other side.
    writableHighWaterMark: QUEUE_BYTES,
    // Read into buffers of our own: Node would make a new one of 64 KiB for each read.
    onread: {
      buffer: () => buffers.next(),
      callback: (count: number, buffer: Uint8Array) => {
        const part = Buffer.from(buffer.buffer, buffer.byteOffset, count)
        const goOn = client.write(part, () => buffers.release(buffer))
        buffers.read(count, buffer)
        watcher.fromEngine(part)
        return goOn
      },
    },
  }
  const upstream = connect(settings)
  client.on('drain', () => upstream.resume())
  client.on('data', (chunk: Buffer) => {
    if (!upstream.write(chunk)) client.pause()
    watcher.fromClient(chunk)
  })
  upstream.on('drain', () => client.resume())

  client.on('end', () => upstream.end())
  upstream.on('end', () => {
    watcher.engineEnded()
    client.end()
  })
  client.on('error', () => upstream.destroy())
  // What dockerd said before it was gone still reaches the client.
  upstream.on('error', () => client.destroySoon())

  let open = 2
  const closed = (other: Socket) => () => {
    open -= 1
    if (open === 0) watcher.closed()
    else other.destroySoon()
  }
  client.on('close', closed(upstream))
  upstream.on('close', closed(client))
  return () => {
    client.destroy()
    upstream.destroy()
  }
}
