import type { ItemOf, OutputOf, ParsedInputOf } from '../../contract/contract'
import type { EngineService } from '../engine'

export class ImageActionsService {
  constructor(private readonly engine: EngineService) {}

  tag(input: ParsedInputOf<'image.tag'>, signal: AbortSignal): Promise<OutputOf<'image.tag'>> {
    throw new Error(`not yet ${input} ${signal} ${this.engine}`)
  }

  previewRemove(
    input: ParsedInputOf<'image.previewRemove'>,
    signal: AbortSignal,
  ): Promise<OutputOf<'image.previewRemove'>> {
    throw new Error(`not yet ${input} ${signal}`)
  }

  remove(input: ParsedInputOf<'image.remove'>, signal: AbortSignal): Promise<OutputOf<'image.remove'>> {
    throw new Error(`not yet ${input} ${signal}`)
  }

  save(input: ParsedInputOf<'image.save'>, signal: AbortSignal): AsyncIterable<ItemOf<'image.save'>> {
    throw new Error(`not yet ${input} ${signal}`)
  }

  load(input: ParsedInputOf<'image.load'>, signal: AbortSignal): AsyncIterable<ItemOf<'image.load'>> {
    throw new Error(`not yet ${input} ${signal}`)
  }

  import(input: ParsedInputOf<'image.import'>, signal: AbortSignal): AsyncIterable<ItemOf<'image.import'>> {
    throw new Error(`not yet ${input} ${signal}`)
  }
}
