import type { z } from 'zod'
import type { StorageEntry, StorageOwner, StorageScan as ScanItem } from '../../contract/subjects/storage'
import type { EngineService } from '../engine'
import type { Privileged } from '../privileged'
import { StorageService } from './service'

export type StorageScan = z.output<typeof ScanItem>
export type Owner = z.output<typeof StorageOwner>
export type Entry = z.output<typeof StorageEntry>
export type { StorageService }

/** Where everything of the engine lies on the disk, and whose it is. */
export function createStorageService(parts: {
  engine: EngineService
  privileged: Privileged
}): StorageService {
  return new StorageService(parts)
}
