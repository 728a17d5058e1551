import type { EngineService } from '../../engine'
import type { ServiceOptions } from '../../options'
import type { StorageService } from '../index'
import { UsageService } from './service'

export type { StorageHistory, StorageUsage } from './service'
export type { UsageService }
export { askPart } from './ask'
export type { CacheRecord } from './disk-usage'

/** What takes the disk as the engine counts it, beside what a scan has seen, and how that went over time. */
export function createUsageService(parts: {
  engine: EngineService
  storage: StorageService
  options: ServiceOptions
}): UsageService {
  return new UsageService(parts)
}
