import { HelperError } from '../verb'
import type { ManagedState, ServiceManager } from './manager'

/** A daemon that Porthole can only watch: Docker Desktop's, or one it does not know how to start. */
export class Uncontrolled implements ServiceManager {
  readonly controllable = false

  constructor(
    readonly kind: 'desktop' | 'none',
    private readonly pid: number | undefined,
    /** Command line it was seen with, program first. */
    private readonly argv: readonly string[] | undefined,
  ) {}

  state(): Promise<ManagedState> {
    return Promise.resolve({ manager: this.kind, ...(this.pid === undefined ? {} : { pid: this.pid }) })
  }

  command(): Promise<readonly string[] | undefined> {
    return Promise.resolve(this.argv)
  }

  start(): Promise<void> {
    return Promise.reject(this.#refusal())
  }
  stop(): Promise<void> {
    return Promise.reject(this.#refusal())
  }
  restart(): Promise<void> {
    return Promise.reject(this.#refusal())
  }
  reload(): Promise<void> {
    return Promise.reject(this.#refusal())
  }

  #refusal(): HelperError {
    if (this.kind === 'desktop')
      return new HelperError('engine/no-manager', 'Docker Desktop starts and stops its engine itself.', {
        hint: 'Use Restart in Docker Desktop’s own menu.',
      })
    return new HelperError('engine/no-manager', 'Nothing is known that starts this dockerd.', {
      hint: `Start it the way it was started before, or by hand: ${(this.argv ?? ['dockerd']).map(quoted).join(' ')}`,
    })
  }
}

/** A word as a shell would take it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
