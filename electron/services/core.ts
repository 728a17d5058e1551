import { contract } from '../contract/contract'
import type { Served } from '../rpc/host'
import type { ConfigService } from './config'
import type { DaemonLogService } from './daemon-log'
import type { EngineService } from './engine'
import type { EventsService } from './events'
import type { FlowService, TraceInbox } from './flow'
import type { RecordingService } from './flow/record'
import { createHandlers } from './handlers'
import type { ContainerLayersService } from './container-layers'
import type { ImageActionsService } from './image-actions'
import type { ImagesService } from './images'
import type { LifecycleService } from './lifecycle'
import type { ServiceOptions } from './options'
import type { Privileged } from './privileged'
import type { RecoveryService } from './recovery'
import type { RuntimeService } from './runtime'
import type { SandboxPlaces, SandboxService } from './sandbox'
import { createSessionService } from './session'
import type { StorageService } from './storage'
import type { CleanupService } from './storage/cleanup'
import type { UsageService } from './storage/usage'
import type { TopologyService } from './topology'

export interface CoreOptions extends ServiceOptions {
  /** `--sandbox`: a private dockerd instead of the user's. */
  sandbox?: boolean
  /** `--sandbox-dockerd FOLDER` */
  sandboxDockerd?: string
}

export interface Core {
  /** The contract with its handlers, for a carrier to serve. */
  readonly served: Served
  /** Connects before anybody asks: for a window or a server that will. */
  start(): void
  /** Resolves when the sandbox that was asked for is there and filled; at once without one. */
  ready(): Promise<void>
  /** Ends every service that was made. Never rejects. */
  dispose(): Promise<void>
}

/**
 * Joins the services to each other. Each is loaded when it is first asked for: a command that
 * wants a status must not pay for the parser of daemon.json.
 */
export function createCore({ sandbox: wanted = false, sandboxDockerd, ...given }: CoreOptions): Core {
  const ends: (() => Promise<void>)[] = []
  let options: ServiceOptions = given
  /** A window shows the daemon while it fills; a command wants to see it full. */
  let seedInBackground = false
  let places: SandboxPlaces | undefined
  let tried: SandboxService | undefined
  let inbox: TraceInbox | undefined

  const explored = once<SandboxPlaces | undefined>(async () => {
    if (!wanted) return undefined
    const { openSandbox } = await import('./sandbox')
    const traces = (inbox = await openInbox())
    if (traces) ends.push(() => traces.close())
    const opened = openSandbox({
      options: { ...given, ...(sandboxDockerd === undefined ? {} : { sandboxDockerd }) },
      privileged: await privileged(),
      ...(traces === undefined ? {} : { traces: traces.endpoint }),
    })
    ends.push(() => opened.stop())
    const { rootless, ...found } = await opened.started
    // Its dockerd cannot reach this machine's own addresses.
    if (rootless) inbox = undefined
    places = found
    const { configFile, dataRoot, pidfile } = places
    options = { ...given, configFile, dataRoot, pidfile }
    if (!seedInBackground) await opened.seeded
    return places
  })
  /** Open before the dockerd that sends there; without one a sandbox is a sandbox all the same. */
  async function openInbox(): Promise<TraceInbox | undefined> {
    try {
      const { openTraceInbox } = await import('./flow')
      return await openTraceInbox()
    } catch (error) {
      given.log(`sandbox: no traces, ${String(error)}`)
      return undefined
    }
  }
  const engine = once<EngineService>(async () => {
    const found = await explored()
    const { createEngineService } = await import('./engine')
    const service = createEngineService({
      ...options,
      ...(found ? { sandbox: { socketPath: found.socket } } : {}),
    })
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
    const service = createPrivileged(given)
    ends.push(() => service.dispose())
    return service
  })
  const config = once<ConfigService>(async () => {
    const { createConfigService } = await import('./config')
    return createConfigService({
      engine: await engine(),
      events: await events(),
      privileged: await privileged(),
      daemonLog: () => daemonLog(),
      options,
    })
  })
  const daemonLog = once<DaemonLogService>(async () => {
    const { createDaemonLogService } = await import('./daemon-log')
    const service = createDaemonLogService({
      engine: await engine(),
      options,
      sandboxLog: (socketPath) =>
        [places, tried?.places].find((each) => each !== undefined && each.socket === socketPath)?.logFile,
    })
    ends.push(() => service.dispose())
    return service
  })
  const flow = once<FlowService>(async () => {
    const { createFlowService } = await import('./flow')
    const service = createFlowService({
      engine: await engine(),
      events: await events(),
      daemonLog: await daemonLog(),
      lifecycle,
      sandboxTraces: (socketPath) =>
        [{ places, traces: inbox }, tried].find((each) => each?.places?.socket === socketPath)?.traces,
      options,
    })
    ends.push(() => service.dispose())
    return service
  })
  const recording = once<RecordingService>(async () => {
    const { createRecordingService } = await import('./flow/record')
    const service = createRecordingService({
      engine: await engine(),
      events: await events(),
      daemonLog: await daemonLog(),
      flow: await flow(),
      topology: await topology(),
      privileged: await privileged(),
      config,
      options,
    })
    ends.push(() => service.dispose())
    return service
  })
  const lifecycle = once<LifecycleService>(async () => {
    const { createLifecycleService } = await import('./lifecycle')
    const told = await config()
    return createLifecycleService({
      engine: await engine(),
      privileged: await privileged(),
      options,
      onStep: (step) => told.tell(step),
    })
  })
  const recovery = once<RecoveryService>(async () => {
    const { createRecoveryService } = await import('./recovery')
    return createRecoveryService({
      engine: await engine(),
      config: await config(),
      daemonLog: await daemonLog(),
      lifecycle: await lifecycle(),
    })
  })
  const sandbox = once<SandboxService>(async () => {
    const { createSandboxService } = await import('./sandbox')
    const service = createSandboxService({
      engine: await engine(),
      privileged: await privileged(),
      editor: config,
      openInbox,
      options: { ...given, ...(sandboxDockerd === undefined ? {} : { sandboxDockerd }) },
    })
    tried = service
    ends.push(() => service.dispose())
    return service
  })
  const topology = once<TopologyService>(async () => {
    const { createTopologyService } = await import('./topology')
    return createTopologyService(await engine())
  })
  const runtime = once<RuntimeService>(async () => {
    const { createRuntimeService } = await import('./runtime')
    return createRuntimeService({
      engine: await engine(),
      topology: await topology(),
      privileged: await privileged(),
      config,
    })
  })
  const storage = once<StorageService>(async () => {
    const { createStorageService } = await import('./storage')
    return createStorageService({ engine: await engine(), privileged: await privileged() })
  })
  const usage = once<UsageService>(async () => {
    const { createUsageService } = await import('./storage/usage')
    const service = createUsageService({ engine: await engine(), storage: await storage(), options })
    ends.push(() => service.dispose())
    return service
  })
  const cleanup = once<CleanupService>(async () => {
    const { createCleanupService } = await import('./storage/cleanup')
    return createCleanupService({
      engine: await engine(),
      privileged: await privileged(),
      storage: await storage(),
    })
  })
  const images = once<ImagesService>(async () => {
    const { createImagesService } = await import('./images')
    return createImagesService({ engine: await engine(), privileged: await privileged() })
  })
  const imageActions = once<ImageActionsService>(async () => {
    const { createImageActionsService } = await import('./image-actions')
    const service = createImageActionsService({ engine: await engine(), images: await images() })
    ends.push(() => service.dispose())
    return service
  })
  const containerLayers = once<ContainerLayersService>(async () => {
    const { createContainerLayersService } = await import('./container-layers')
    return createContainerLayersService({
      engine: await engine(),
      privileged: await privileged(),
      images: await images(),
    })
  })
  const session = once(() =>
    Promise.resolve(
      createSessionService(
        () => places && { socket: places.socket, dataRoot: places.dataRoot, log: places.logFile },
      ),
    ),
  )

  return {
    served: {
      contract,
      handlers: createHandlers({
        session,
        engine,
        events,
        config,
        lifecycle,
        recovery,
        daemonLog,
        flow,
        recording,
        sandbox,
        topology,
        runtime,
        storage,
        usage,
        cleanup,
        images,
        imageActions,
        containerLayers,
      }),
      log: (id, error) =>
        given.log(`${id} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    },
    start() {
      seedInBackground = true
      engine().then(
        (service) => service.start(),
        // Whoever asks is told with a code; here it is for the log.
        (error: unknown) => given.log(error instanceof Error ? error.message : String(error)),
      )
    },
    async ready() {
      await explored()
    },
    async dispose() {
      // The newest first: what was made later may stand on what was made before.
      for (const end of ends.reverse())
        await end().catch((error: unknown) => given.log(`ending: ${String(error)}`))
    },
  }
}

/** Makes something at the first call and gives the same to all. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
