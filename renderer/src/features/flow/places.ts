import type { OutputOf } from '../../../../electron/contract/contract'

export type Topology = OutputOf<'flow.topology'>
export type EngineProcess = Topology['processes'][number]

/** Somebody who is connected to the engine's socket. */
export interface Caller {
  name: string
  pid: number
  connections: number
  /** This very program. */
  self: boolean
}

/** A container at the end of the road: its shim and its first process. */
export interface End {
  id: string
  name: string
  pid: number
  shim?: number
}

/** The parts of this machine that a request passes, in the order in which it does. */
export interface Places {
  callers: Caller[]
  /** Connections whose other end this user may not see. */
  unknownCallers: number
  socket?: string
  dockerd?: EngineProcess
  containerd?: EngineProcess
  ends: End[]
}

/** Puts the processes and sockets in their places. */
export function placesOf({ processes, sockets }: Topology): Places {
  const api = sockets.filter(({ kind }) => kind === 'api')
  const of = (role: EngineProcess['role']): EngineProcess[] =>
    processes.filter((process) => process.role === role)
  const shims = new Map(of('shim').map(({ container, pid }) => [container?.id, pid]))
  const [dockerd] = of('dockerd')
  const [containerd] = of('containerd')
  const path = api[0]?.path
  return {
    callers: api
      .flatMap(({ peers }) => peers)
      .map(({ name, pid, connections, self }) => ({ name, pid, connections, self: self === true })),
    unknownCallers: api.reduce((sum, { unknownPeers }) => sum + unknownPeers, 0),
    ...(path === undefined ? {} : { socket: path }),
    ...(dockerd === undefined ? {} : { dockerd }),
    ...(containerd === undefined ? {} : { containerd }),
    ends: of('init').map(({ pid, container, name }): End => {
      const shim = shims.get(container?.id)
      return {
        id: container?.id ?? String(pid),
        name: container?.name ?? name,
        pid,
        ...(shim === undefined ? {} : { shim }),
      }
    }),
  }
}
