import type { EngineService } from '../../engine'
import type { Privileged } from '../../privileged'
import type { StorageService } from '../index'
import { CleanupService } from './service'

export type { Cleaned, Preview, Quarantine } from './service'
export type { CleanupService }

/** What can go, exactly what that frees, and its going. */
export function createCleanupService(parts: {
  engine: EngineService
  privileged: Privileged
  storage: StorageService
}): CleanupService {
  return new CleanupService(parts)
}
