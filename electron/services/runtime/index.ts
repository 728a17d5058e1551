import type { ItemOf, OutputOf } from '../../contract/contract'
import type { ConfigService } from '../config'
import type { EngineService } from '../engine'
import type { Privileged } from '../privileged'
import type { TopologyService } from '../topology'
import { RuntimeService } from './service'

export type RuntimeList = OutputOf<'runtime.list'>
export type RuntimeProcesses = OutputOf<'runtime.processes'>
export type RuntimeBundle = OutputOf<'runtime.bundle'>
export type RuntimeFeatures = NonNullable<RuntimeList['runtimes'][number]['features']>
export type ControlGroup = NonNullable<RuntimeList['containers'][number]['cgroup']>
export type PressureOf = NonNullable<NonNullable<ControlGroup['pressure']>['cpu']>
export type RuntimeCheck = OutputOf<'runtime.check'>
export type RuntimeDump = OutputOf<'runtime.dump'>
export type GoroutineGroup = NonNullable<RuntimeDump['goroutines']>['groups'][number]
export type HealthReading = ItemOf<'runtime.health'>
export type MetricsReading = ItemOf<'runtime.metrics'>
export type MetricsValues = NonNullable<MetricsReading['values']>
/** What daemon.json asks for, loaded when metrics are first wanted. */
export type RuntimeConfig = () => Promise<Pick<ConfigService, 'read'>>
export type { RuntimeService }

/** Runtimes, containerd, shims, control groups: what runs at the end of a request. */
export function createRuntimeService(parts: {
  engine: EngineService
  topology: TopologyService
  privileged: Privileged
  config: RuntimeConfig
}): RuntimeService {
  return new RuntimeService(parts)
}
