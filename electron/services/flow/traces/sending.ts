import type { OutputOf } from '../../../contract/contract'
import { readTracesDropIn } from '../../../helper/traces-drop-in'
import type { LifecycleService } from '../../lifecycle'
import type { Observers } from '../observers'

type Sent = OutputOf<'flow.sendTraces'>

/** What dockerd's unit says of its traces, and how that is changed. */
export class Sending {
  /** Undefined where dockerd is no service of systemd that could be changed from here. */
  now: Observers['sending']
  readonly #lifecycle: () => Promise<Pick<LifecycleService, 'state' | 'traces'>>

  /** `lifecycle` is made when it is first needed: it brings much along. */
  constructor(lifecycle: () => Promise<Pick<LifecycleService, 'state' | 'traces'>>) {
    this.#lifecycle = lifecycle
  }

  /** Port of the drop-in that stands. */
  get port(): number | undefined {
    const endpoint = this.now?.dropIn?.endpoint
    return endpoint === undefined ? undefined : Number(new URL(endpoint).port)
  }

  /** Looks at the unit of the engine in use. Never throws: what cannot be told is not there. */
  async look(): Promise<void> {
    const service = await (await this.#lifecycle()).state().catch(() => undefined)
    const { manager, unit, control } = service ?? {}
    if (manager !== 'systemd' || unit === undefined || control === 'none') {
      this.now = undefined
      return
    }
    const dropIn = await readTracesDropIn(unit)
    this.now = { unit, ...(dropIn === undefined ? {} : { dropIn }) }
  }

  /** Has dockerd send there, or nowhere with null. Throws as `flow.sendTraces` does. */
  async change(endpoint: string | null): Promise<Sent> {
    return (await this.#lifecycle()).traces(endpoint)
  }
}
