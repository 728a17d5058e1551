import { contract } from '../contract/contract'
import type { Served } from '../rpc/host'
import type { ConfigService } from './config'
import type { DaemonLogService } from './daemon-log'
import type { EngineService } from './engine'
import type { EventsService } from './events'
import { createHandlers } from './handlers'
import type { ServiceOptions } from './options'
import type { Privileged } from './privileged'
import { createSessionService } from './session'

export interface Core {
  /** The contract with its handlers, for a carrier to serve. */
  readonly served: Served
  /** Connects before anybody asks: for a window or a server that will. */
  start(): void
  /** Ends every service that was made. Never rejects. */
  dispose(): Promise<void>
}

/**
 * Joins the services to each other. Each is loaded when it is first asked for: a command that
 * wants a status must not pay for the parser of daemon.json.
 */
export function createCore(options: ServiceOptions): Core {
  const ends: (() => Promise<void>)[] = []

  const engine = once<EngineService>(async () => {
    const { createEngineService } = await import('./engine')
    const service = createEngineService(options)
    ends.push(() => service.dispose())
    return service
  })
  const events = once<EventsService>(async () => {
    const { createEventsService } = await import('./events')
    const service = createEventsService(await engine(), options)
    ends.push(() => service.dispose())
    return service
  })
  const privileged = once<Privileged>(async () => {
    const { createPrivileged } = await import('./privileged')
    const service = createPrivileged(options)
    ends.push(() => service.dispose())
    return service
  })
  const config = once<ConfigService>(async () => {
    const { createConfigService } = await import('./config')
    return createConfigService({
      engine: await engine(),
      events: await events(),
      privileged: await privileged(),
      options,
    })
  })
  const daemonLog = once<DaemonLogService>(async () => {
    const { createDaemonLogService } = await import('./daemon-log')
    const service = createDaemonLogService({ engine: await engine(), options })
    ends.push(() => service.dispose())
    return service
  })
  const session = once(() => Promise.resolve(createSessionService(() => undefined)))

  return {
    served: {
      contract,
      handlers: createHandlers({ session, engine, events, config, daemonLog }),
      log: (id, error) =>
        options.log(`${id} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    },
    start: () => void engine().then((service) => service.start()),
    async dispose() {
      // The newest first: what was made later may stand on what was made before.
      for (const end of ends.reverse())
        await end().catch((error: unknown) => options.log(`ending: ${String(error)}`))
    },
  }
}

/** Makes something at the first call and gives the same to all. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
