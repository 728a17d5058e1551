import type { OutputOf, ParsedInputOf } from '../../contract/contract'
import type { EngineService } from '../engine'
import type { Privileged } from '../privileged'

export class ContainerLayersService {
  constructor(
    private readonly engine: EngineService,
    private readonly privileged: Privileged,
  ) {}

  changes(
    input: ParsedInputOf<'container.changes'>,
    signal: AbortSignal,
  ): Promise<OutputOf<'container.changes'>> {
    throw new Error(`not yet ${input} ${signal} ${this.engine}`)
  }

  mountStack(
    input: ParsedInputOf<'container.mountStack'>,
    signal: AbortSignal,
  ): Promise<OutputOf<'container.mountStack'>> {
    throw new Error(`not yet ${input} ${signal} ${this.privileged}`)
  }
}
