import type { OutputOf, ParsedInputOf } from '../../contract/contract'
import type { EngineService } from '../engine'
import type { ImagesService } from '../images'
import type { Privileged } from '../privileged'
import { Changes } from './changes'
import { mountStackOf } from './mount-stack'

export class ContainerLayersService {
  readonly #parts: { engine: EngineService; privileged: Privileged; images: ImagesService }
  readonly #changes: Changes

  constructor(parts: { engine: EngineService; privileged: Privileged; images: ImagesService }) {
    this.#parts = parts
    this.#changes = new Changes(parts.engine, parts.privileged)
  }

  changes(
    input: ParsedInputOf<'container.changes'>,
    signal: AbortSignal,
  ): Promise<OutputOf<'container.changes'>> {
    return this.#changes.page(input, signal)
  }

  mountStack(
    input: ParsedInputOf<'container.mountStack'>,
    signal: AbortSignal,
  ): Promise<OutputOf<'container.mountStack'>> {
    return mountStackOf(input, this.#parts, signal)
  }
}
