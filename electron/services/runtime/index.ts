import type { OutputOf } from '../../contract/contract'
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
export type { RuntimeService }

/** Runtimes, containerd, shims, control groups: what runs at the end of a request. */
export function createRuntimeService(parts: {
  engine: EngineService
  topology: TopologyService
  privileged: Privileged
}): RuntimeService {
  return new RuntimeService(parts)
}
