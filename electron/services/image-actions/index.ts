import type { EngineService } from '../engine'
import type { ImagesService } from '../images'
import { ImageActionsService } from './service'

export type { ImageActionsService }

/** What changes images: names, removal, and their way into files and out of them. */
export function createImageActionsService(parts: {
  engine: EngineService
  images: ImagesService
}): ImageActionsService {
  return new ImageActionsService(parts)
}
