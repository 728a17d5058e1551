import { readlinkSync } from 'node:fs'
import type { Socket } from 'node:net'
import { readWithSs, type UnixSocket } from '../../engine'

export interface Peer {
  pid: number
  /** Name of the program, at most 15 characters (proc(5), comm). */
  process: string
}

/** Between two runs of `ss`, in milliseconds: it looks at the descriptors of every process. */
const PAUSE_MS = 500

/**
 * Finds which process is at the other end of a unix connection. Node cannot ask for SO_PEERCRED, and
 * /proc/net/unix does not name the peer, so this is `ss` (iproute2) or nothing. One run answers for
 * all who wait, and a client that is gone before it stays unknown; so does, without root, another
 * user's process.
 */
export class Peers {
  #waiting = new Map<string, (peer: Peer | undefined) => void>()
  #timer: NodeJS.Timeout | undefined
  #running = false
  #ranAt = -Infinity
  #disposed = false

  /** Calls back once with the process at the other end of an accepted connection, if it can be found. */
  find(socket: Socket, settled: (peer: Peer | undefined) => void): void {
    const inode = this.#disposed ? undefined : inodeOf(socket)
    if (inode === undefined) {
      settled(undefined)
      return
    }
    this.#waiting.set(inode, settled)
    this.#schedule()
  }

  dispose(): void {
    clearTimeout(this.#timer)
    this.#waiting.clear()
    this.#disposed = true
  }

  #schedule(): void {
    if (this.#running || this.#timer !== undefined || this.#waiting.size === 0) return
    const pause = Math.max(0, this.#ranAt + PAUSE_MS - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#run()
    }, pause)
    this.#timer.unref()
  }

  async #run(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = new Map()
    this.#running = true
    const peers = peersOf((await readWithSs()) ?? [])
    this.#running = false
    this.#ranAt = performance.now()
    for (const [inode, tell] of waiting) tell(peers.get(inode))
    if (!this.#disposed) this.#schedule()
  }
}

/** By the inode of each end of a connection: the process that holds the other end. */
export function peersOf(sockets: readonly UnixSocket[]): Map<string, Peer> {
  const holders = new Map(sockets.map(({ inode, holders: [first] }) => [inode, first]))
  return new Map(
    sockets.flatMap(({ inode, peer }): [string, Peer][] => {
      const holder = holders.get(peer)
      return holder ? [[inode, { pid: holder.pid, process: holder.name }]] : []
    }),
  )
}

/** Inode of a socket of this process. */
function inodeOf(socket: Socket): string | undefined {
  // Node keeps the descriptor in its handle and offers no other way to it; without it the client is unknown.
  const handle = (socket as unknown as { _handle?: { fd?: unknown } | null })._handle
  if (typeof handle?.fd !== 'number' || handle.fd < 0) return undefined
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${handle.fd}`))?.[1]
  } catch {
    return undefined
  }
}
