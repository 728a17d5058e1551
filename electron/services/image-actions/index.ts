import type { EngineService } from '../engine'
import { ImageActionsService } from './service'

export type { ImageActionsService }

/** What changes images: names, removal, and their way into files and out of them. */
export function createImageActionsService(parts: { engine: EngineService }): ImageActionsService {
  return new ImageActionsService(parts.engine)
}
