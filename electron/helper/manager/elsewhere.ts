import { HelperError } from '../verb'
import type { ManagedState, ServiceManager } from './manager'

export interface Seen {
  pid?: number | undefined
  /** Command line it was seen with, program first. */
  argv?: readonly string[] | undefined
  /** It lives, or would live, in namespaces that rootlesskit makes. */
  rootless?: boolean
}

/** A daemon that Porthole can only watch: Docker Desktop's, or one it does not know how to start. */
export class Uncontrolled implements ServiceManager {
  readonly controllable = false

  constructor(
    readonly kind: 'desktop' | 'none',
    private readonly seen: Seen,
  ) {}

  state(): Promise<ManagedState> {
    const { pid } = this.seen
    return Promise.resolve({ manager: this.kind, ...(pid === undefined ? {} : { pid }) })
  }

  command(): Promise<readonly string[] | undefined> {
    return Promise.resolve(this.seen.argv)
  }

  configFile(): Promise<undefined> {
    return Promise.resolve(undefined)
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
    const { argv = ['dockerd'], rootless = false } = this.seen
    // By itself, outside of its namespaces, a rootless dockerd would be another daemon or none.
    if (rootless)
      return new HelperError('engine/no-manager', 'Nothing is known that starts this rootless dockerd.', {
        hint: 'Start it with dockerd-rootless.sh, the way it was started before.',
      })
    return new HelperError('engine/no-manager', 'Nothing is known that starts this dockerd.', {
      hint: `Start it the way it was started before, or by hand: ${argv.map(quoted).join(' ')}`,
    })
  }
}

/** A word as a shell would take it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
