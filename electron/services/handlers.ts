import type { Handlers } from '../contract/contract'
import type { ConfigService } from './config'
import type { DaemonLogService } from './daemon-log'
import type { EngineService } from './engine'
import type { EventsService } from './events'
import type { FlowService } from './flow'
import type { ContainerLayersService } from './container-layers'
import type { ImageActionsService } from './image-actions'
import type { ImagesService } from './images'
import type { RecordingService } from './flow/record'
import type { LifecycleService } from './lifecycle'
import type { RecoveryService } from './recovery'
import type { SandboxService } from './sandbox'
import type { RuntimeService } from './runtime'
import type { SessionService } from './session'
import type { StorageService } from './storage'
import type { CleanupService } from './storage/cleanup'
import type { UsageService } from './storage/usage'
import type { TopologyService } from './topology'

/** The services, each made when it is first asked for. */
export interface Services {
  session(): Promise<SessionService>
  engine(): Promise<EngineService>
  events(): Promise<EventsService>
  config(): Promise<ConfigService>
  lifecycle(): Promise<LifecycleService>
  recovery(): Promise<RecoveryService>
  daemonLog(): Promise<DaemonLogService>
  flow(): Promise<FlowService>
  recording(): Promise<RecordingService>
  topology(): Promise<TopologyService>
  runtime(): Promise<RuntimeService>
  sandbox(): Promise<SandboxService>
  storage(): Promise<StorageService>
  usage(): Promise<UsageService>
  cleanup(): Promise<CleanupService>
  images(): Promise<ImagesService>
  imageActions(): Promise<ImageActionsService>
  containerLayers(): Promise<ContainerLayersService>
}

/** Joins the services to the contract: the only file that knows both. */
export function createHandlers(services: Services): Handlers {
  const {
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
  } = services
  return {
    'session.get': async (_, context) => (await session()).describe(context.session),

    'engine.status': async (_, { signal }) => (await engine()).status(signal),
    'engine.link': (_, { signal }) => later(engine, (it) => it.watchLink(signal)),
    'engine.vitals': ({ everyMs }, { signal }) => later(engine, (it) => it.watchVitals(everyMs, signal)),
    'engine.contexts': async () => (await engine()).contexts(),
    'engine.use': async (input) => (await engine()).use(input),
    'engine.service': async () => (await lifecycle()).state(),
    'engine.recovery': async (_, { signal }) => (await recovery()).look(signal),
    'engine.reload': async () => (await lifecycle()).reload(),
    'engine.restart': async () => (await lifecycle()).restart(),
    'engine.start': async () => (await lifecycle()).start(),
    'engine.stop': async () => (await lifecycle()).stop(),

    'config.options': async (input) => (await config()).describeOptions(input),
    'config.read': async () => (await config()).read(),
    'config.watch': (_, { signal }) => later(config, (it) => it.watch(signal)),
    'config.edit': async (input) => (await config()).edit(input),
    'config.check': async (input, { signal }) => (await config()).check(input, signal),
    'config.apply': async (input) => (await config()).apply(input),
    'config.history': async (input) => (await config()).history(input),
    'config.backup': async (input) => (await config()).backup(input),
    'config.restore': async (input) => (await config()).restore(input),
    'config.progress': (_, { signal }) => later(config, (it) => it.progress(signal)),

    'events.watch': (input, { signal }) => later(events, (it) => it.watch(input, signal)),
    'events.history': async (input) => (await events()).history(input),

    'daemonLog.watch': (input, { signal }) => later(daemonLog, (it) => it.watch(input, signal)),
    'daemonLog.link': (_, { signal }) => later(daemonLog, (it) => it.watchLink(signal)),

    'flow.observers': (_, { signal }) => later(flow, (it) => it.observers(signal)),
    'flow.requests': (input, { signal }) => later(flow, (it) => it.requests(input, signal)),
    'flow.startTap': async (input) => (await flow()).startTap(input),
    'flow.stopTap': async () => (await flow()).stopTap(),
    'flow.startTraces': async (input) => (await flow()).startTraces(input),
    'flow.stopTraces': async () => (await flow()).stopTraces(),
    'flow.sendTraces': async (input) => (await flow()).sendTraces(input),
    'flow.endTraces': async () => (await flow()).endTraces(),
    'flow.spans': async (input) => (await flow()).spans(input),

    'flow.record': (input, { signal }) => later(recording, (it) => it.record(input, 'switch', signal)),
    'flow.recordSeen': (input, { signal }) => later(recording, (it) => it.record(input, 'leave', signal)),
    'flow.stopRecording': async () => (await recording()).stop(),
    'flow.recordings': async () => (await recording()).list(),
    'flow.recording': async (input) => (await recording()).open(input),
    'flow.readRecording': async (input) => (await recording()).read(input),
    'flow.removeRecording': async (input) => (await recording()).remove(input),
    'flow.around': async (input, { signal }) => (await recording()).around(input, signal),

    'flow.topology': async (_, { signal }) => (await topology()).topology(signal),

    'runtime.list': async (_, { signal }) => (await runtime()).list(signal),
    'runtime.processes': async (_, { signal }) => (await runtime()).processes(signal),
    'runtime.bundle': async ({ container }, { signal }) => (await runtime()).bundle(container, signal),
    'runtime.health': (input, { signal }) => later(runtime, (it) => it.health(input, signal)),
    'runtime.metrics': (input, { signal }) => later(runtime, (it) => it.metrics(input, signal)),
    'runtime.check': async ({ path }) => (await runtime()).check(path),
    'runtime.dump': async (input, { signal }) => (await runtime()).dump(input, signal),

    'storage.scan': (input, { signal }) => later(storage, (it) => it.scan(input, signal)),
    'storage.owner': async (input, { signal }) => (await storage()).owner(input, signal),
    'storage.list': async (input, { signal }) => (await storage()).list(input, signal),
    'storage.file': async (input, { signal }) => (await storage()).file(input, signal),
    'storage.usage': async () => (await usage()).usage(),
    'storage.history': async (input) => (await usage()).history(input),
    'storage.previewCleanup': async (input, { signal }) => (await cleanup()).preview(input, signal),
    'storage.cleanup': async (input, context) => (await cleanup()).cleanup(input, context),
    'storage.progress': (_, { signal }) => later(cleanup, (it) => it.progress(signal)),
    'storage.quarantine': async (_, { signal }) => (await cleanup()).quarantine(signal),
    'storage.endQuarantine': async (input, { signal }) => (await cleanup()).endQuarantine(input, signal),

    'images.list': async (_, { signal }) => (await images()).list(signal),
    'image.layers': async (input, { signal }) => (await images()).layers(input, signal),
    'image.analyze': (input, { signal }) => later(images, (it) => it.analyze(input, signal)),
    'archive.analyze': (input, { signal }) => later(images, (it) => it.analyzeArchive(input, signal)),
    'image.files': async (input, { signal }) => (await images()).files(input, signal),
    'image.search': async (input, { signal }) => (await images()).search(input, signal),
    'image.file': async (input, { signal }) => (await images()).file(input, signal),
    'image.compare': async (input, { signal }) => (await images()).compare(input, signal),
    'image.tag': async (input, { signal }) => (await imageActions()).tag(input, signal),
    'image.previewRemove': async (input, { signal }) => (await imageActions()).previewRemove(input, signal),
    'image.remove': async (input, { signal }) => (await imageActions()).remove(input, signal),
    'image.save': (input, { signal }) => later(imageActions, (it) => it.save(input, signal)),
    'image.load': (input, { signal }) => later(imageActions, (it) => it.load(input, signal)),
    'image.import': (input, { signal }) => later(imageActions, (it) => it.import(input, signal)),
    'container.changes': async (input, { signal }) => (await containerLayers()).changes(input, signal),
    'container.mountStack': async (input, { signal }) => (await containerLayers()).mountStack(input, signal),

    'sandbox.try': (input, { signal }) => later(sandbox, (it) => it.try(input, signal)),
    'sandbox.get': async () => (await sandbox()).get(),
    'sandbox.close': async () => (await sandbox()).close(),
  }
}

/** A stream of a service that is still being made; costs an item nothing once it is there. */
function later<S, T>(service: () => Promise<S>, open: (service: S) => AsyncIterable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      let ready: AsyncIterator<T> | undefined
      const opened = service().then((it) => (ready = open(it)[Symbol.asyncIterator]()))
      return {
        next: () => (ready ? ready.next() : opened.then((iterator) => iterator.next())),
        return: async () => {
          const iterator = ready ?? (await opened)
          return (await iterator.return?.()) ?? { done: true, value: undefined }
        },
      }
    },
  }
}
