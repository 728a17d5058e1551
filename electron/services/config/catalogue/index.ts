import { API } from './api'
import { BUILDER } from './builder'
import { CONTAINER_DEFAULTS } from './container-defaults'
import { CONTAINER_LOGGING } from './container-logging'
import { CONTAINERD } from './containerd'
import { GENERAL } from './general'
import { LOGGING } from './logging'
import { MONITORING } from './monitoring'
import { NETWORK } from './network'
import type { ConfigOption } from './option'
import { REGISTRY } from './registry'
import { REMOVED } from './removed'
import { RUNTIMES } from './runtimes'
import { SECURITY } from './security'
import { STORAGE } from './storage'
import { SWARM } from './swarm'

export { BUILDER_MEMBERS } from './builder'
export { UNUSABLE } from './removed'

/**
 * The keys of daemon.json, from the struct tags and flag sets of dockerd 1.12 to 29.7. Live keys
 * and what their removal does were seen on 20.10, 26, 28 and 29. The order is the form's.
 */
export const OPTIONS: readonly ConfigOption[] = [
  ...LOGGING,
  ...CONTAINER_LOGGING,
  ...REGISTRY,
  ...NETWORK,
  ...STORAGE,
  ...BUILDER,
  ...RUNTIMES,
  ...CONTAINER_DEFAULTS,
  ...SECURITY,
  ...API,
  ...MONITORING,
  ...GENERAL,
  ...CONTAINERD,
  ...SWARM,
  ...REMOVED,
]
