import type { EngineService } from '../engine'
import type { ImagesService } from '../images'
import type { Privileged } from '../privileged'
import { ContainerLayersService } from './service'

export type { ContainerLayersService }

/** What a container has on top of its image, and of which directories its file system is put together. */
export function createContainerLayersService(parts: {
  engine: EngineService
  privileged: Privileged
  images: ImagesService
}): ContainerLayersService {
  return new ContainerLayersService(parts)
}
