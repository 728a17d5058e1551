import { execFile } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import type { Socket } from 'node:net'

export interface Peer {
  pid: number
  /** Name of the program, at most 15 characters (proc(5), comm). */
  process: string
}

/** Between two runs of `ss`, in milliseconds: it looks at the descriptors of every process. */
const PAUSE_MS = 500
const TIMEOUT_MS = 5_000

/**
 * Finds which process is at the other end of a unix connection. Node cannot ask for SO_PEERCRED, and
 * /proc/net/unix does not name the peer, so this is `ss` (iproute2) or nothing. One run answers for
 * all who wait, and a client that is gone before it stays unknown; so does, without root, another
 * user's process.
 */
export class Peers {
  readonly #env: NodeJS.ProcessEnv
  #waiting = new Map<string, (peer: Peer | undefined) => void>()
  #timer: NodeJS.Timeout | undefined
  #running = false
  #ranAt = -Infinity
  #absent = false

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
  }

  /** Calls back once with the process at the other end of an accepted connection, if it can be found. */
  find(socket: Socket, settled: (peer: Peer | undefined) => void): void {
    const inode = this.#absent ? undefined : inodeOf(socket)
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
    this.#absent = true
  }

  #schedule(): void {
    if (this.#running || this.#timer !== undefined || this.#waiting.size === 0) return
    const pause = Math.max(0, this.#ranAt + PAUSE_MS - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#run()
    }, pause)
    this.#timer.unref()
  }

  #run(): void {
    const waiting = this.#waiting
    this.#waiting = new Map()
    this.#running = true
    execFile(
      'ss',
      ['-xpHn', 'state', 'established'],
      { env: { ...this.#env, LC_ALL: 'C' }, timeout: TIMEOUT_MS, maxBuffer: 32 * 1024 * 1024 },
      (error, stdout) => {
        this.#running = false
        this.#ranAt = performance.now()
        if (error?.code === 'ENOENT') this.#absent = true
        const peers = readPeers(stdout)
        for (const [inode, tell] of waiting) tell(peers.get(inode))
        this.#schedule()
      },
    )
  }
}

/** Netid [State] Recv-Q Send-Q PATH INODE * PEER users:(("docker",pid=1,fd=3),…); a path may hold anything. */
const LINE =
  /^\S+\s+(?:[A-Z][A-Z-]*\s+)?\d+\s+\d+\s+.*?\s(\d+)\s+\*\s+(\d+)\s*(?:users:\(\("([^"]*)",pid=(\d+),fd=\d+\))?/

/**
 * Reads `ss -xpHn`: a line for each end of a connection with its own inode, its peer's, and who holds
 * it. The process at the other end of an inode is the one that holds the peer.
 */
export function readPeers(text: string): Map<string, Peer> {
  const holders = new Map<string, Peer>()
  const others: [own: string, other: string][] = []
  for (const line of text.split('\n')) {
    const match = LINE.exec(line)
    if (!match) continue
    const [, own = '', other = '', process, pid] = match
    if (process !== undefined && pid !== undefined) holders.set(own, { pid: Number(pid), process })
    others.push([own, other])
  }
  const peers = new Map<string, Peer>()
  for (const [own, other] of others) {
    const holder = holders.get(other)
    if (holder) peers.set(own, holder)
  }
  return peers
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
