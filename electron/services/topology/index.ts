import type { OutputOf } from '../../contract/contract'
import type { EngineService } from '../engine'
import { TopologyService, type Picture } from './service'

export type Topology = OutputOf<'flow.topology'>
export type EngineProcess = Topology['processes'][number]
export type EngineSocket = Topology['sockets'][number]
export type Unseen = Topology['unseen'][number]
export type { KnownContainer } from './containers'
export { withinBytes } from './budget'
export { containerOf, type Snapshot, type TreeRow } from './processes'
export type { Picture, TopologyService }

/** What processes an engine is made of, and who talks to whom over which socket. */
export function createTopologyService(engine: EngineService): TopologyService {
  return new TopologyService(engine)
}
