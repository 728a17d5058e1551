import type { UnixSocket } from '../engine'
import type { EngineSocket } from '.'

/** A socket to look for: every spelling of its path, and whose it is. */
export interface Wanted {
  kind: 'api' | 'containerd'
  path: string
  aliases: ReadonlySet<string>
  /** Process that should listen; a socket of the same path may be another file. */
  owner: number | undefined
}

/**
 * The engine's sockets with who is connected: the wanted ones, and each socket a shim listens on.
 * `self` is this program's process.
 */
export function joinSockets(
  table: readonly UnixSocket[],
  { wanted, shims, self }: { wanted: readonly Wanted[]; shims: ReadonlySet<number>; self: number },
): EngineSocket[] {
  const byInode = new Map(table.map((socket) => [socket.inode, socket]))

  const join = (
    kind: EngineSocket['kind'],
    path: string,
    ends: UnixSocket[],
    owner?: number,
  ): EngineSocket => {
    const listener = ends
      .filter(({ listening }) => listening)
      .flatMap(({ holders }) => holders)
      .reduce<number | undefined>((best, { pid }) => (pid === owner ? pid : (best ?? pid)), undefined)
    const peers = new Map<number, EngineSocket['peers'][number]>()
    let unknownPeers = 0
    for (const end of ends) {
      if (end.listening || !isHeldBy(end, owner)) continue
      const holder = byInode.get(end.peer)?.holders[0]
      if (holder === undefined) {
        unknownPeers += 1
        continue
      }
      const peer = peers.get(holder.pid) ?? {
        ...holder,
        connections: 0,
        ...(holder.pid === self ? { self: true } : {}),
      }
      peer.connections += 1
      peers.set(holder.pid, peer)
    }
    return {
      kind,
      path,
      ...(listener === undefined ? {} : { listener }),
      peers: [...peers.values()].sort((a, b) => a.pid - b.pid),
      unknownPeers,
    }
  }

  const found = wanted.map(({ kind, path, aliases, owner }) =>
    join(
      kind,
      path,
      table.filter((socket) => aliases.has(socket.path)),
      owner,
    ),
  )
  for (const listening of table) {
    const shim = listening.holders.find(({ pid }) => shims.has(pid))
    if (!listening.listening || shim === undefined) continue
    const ends = table.filter((socket) => socket.path === listening.path)
    found.push(join('shim', listening.path, ends, shim.pid))
  }
  return found
}

/** Whose holder is not known may be anybody's, the owner's too. */
function isHeldBy({ holders }: UnixSocket, owner: number | undefined): boolean {
  return owner === undefined || holders.length === 0 || holders.some(({ pid }) => pid === owner)
}
