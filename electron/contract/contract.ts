import type { z } from 'zod'
import type { EntryDef, RequestDef, StreamDef } from './define'
import { config } from './subjects/config'
import { configHistory } from './subjects/config-history'
import { configOptions } from './subjects/config-options'
import { daemonLog } from './subjects/daemon-log'
import { engine } from './subjects/engine'
import { engineService } from './subjects/engine-service'
import { events } from './subjects/events'
import { flow } from './subjects/flow'
import { imageActions } from './subjects/image-actions'
import { images } from './subjects/images'
import { recording } from './subjects/recording'
import { sandbox } from './subjects/sandbox'
import { runtime } from './subjects/runtime'
import { runtimeHealth } from './subjects/runtime-health'
import { session } from './subjects/session'
import { storage } from './subjects/storage'
import { storageUsage } from './subjects/storage-usage'
import { topology } from './subjects/topology'

/** Everything Porthole can be asked. Names are `subject.verb`. */
export const contract = {
  ...session,
  ...engine,
  ...engineService,
  ...config,
  ...configOptions,
  ...configHistory,
  ...events,
  ...daemonLog,
  ...flow,
  ...recording,
  ...sandbox,
  ...topology,
  ...runtime,
  ...runtimeHealth,
  ...storage,
  ...storageUsage,
  ...images,
  ...imageActions,
} satisfies Record<string, EntryDef>

export type Contract = typeof contract
export type EntryName = keyof Contract
export type RequestName = { [K in EntryName]: Contract[K] extends RequestDef ? K : never }[EntryName]
export type StreamName = { [K in EntryName]: Contract[K] extends StreamDef ? K : never }[EntryName]

/** What a caller writes: defaults may be left out. */
export type InputOf<K extends EntryName> = z.input<Contract[K]['input']>
/** What a handler gets: parsed, defaults filled in. */
export type ParsedInputOf<K extends EntryName> = z.output<Contract[K]['input']>
export type OutputOf<K extends RequestName> = z.output<Contract[K]['output']>
export type ItemOf<K extends StreamName> = z.output<Contract[K]['item']>

/** What a handler knows of its caller. */
export interface CallContext {
  session: Session
  /** Aborted by stop, disconnect and shutdown alike. */
  signal: AbortSignal
}

/** One connected caller. */
export interface Session {
  access: ReadonlySet<'read' | 'write' | 'admin'>
  carrier: 'ipc' | 'websocket' | 'process'
}

export type RequestHandler<K extends RequestName> = (
  input: ParsedInputOf<K>,
  context: CallContext,
) => Promise<OutputOf<K>>

export type StreamHandler<K extends StreamName> = (
  input: ParsedInputOf<K>,
  context: CallContext,
) => AsyncIterable<ItemOf<K>>

/** One handler for each entry: a missing one does not compile. */
export type Handlers = { [K in RequestName]: RequestHandler<K> } & { [K in StreamName]: StreamHandler<K> }
