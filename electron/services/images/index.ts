import type { EngineService } from '../engine'
import type { Privileged } from '../privileged'
import { ImagesService } from './service'

export type { ImagesService }

/** Images, their layers, and what lies in each. */
export function createImagesService(parts: { engine: EngineService; privileged: Privileged }): ImagesService {
  return new ImagesService(parts)
}
