import { lookOf } from '../../../app/storage/kinds'
import type { StorageKind } from '../../../app/storage/kinds'
import type { CleanupKind } from './keep'

const FACES: Record<CleanupKind, StorageKind> = {
  images: 'layer',
  containers: 'container',
  volumes: 'volume',
  networks: 'network',
  'build-cache': 'build-cache',
  logs: 'log',
  orphans: 'orphan',
}

/** Picture and colour of what may go. */
export function cleanupLook(kind: CleanupKind): ReturnType<typeof lookOf> {
  return lookOf(FACES[kind])
}
