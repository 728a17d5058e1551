import { API } from './api'
import { BUILDER } from './builder'
import type { Rule } from './checked'
import { CONTAINERS } from './containers'
import { GENERAL } from './general'
import { LOGGING } from './logging'
import { NETWORK } from './network'
import { REGISTRY } from './registry'
import { RUNTIMES } from './runtimes'
import { SECURITY } from './security'
import { STORAGE } from './storage'

/**
 * What dockerd says to values of the right type: at once when it loads the file, or some seconds
 * later while it starts (those `dockerd --validate` does not see). Each rule names the version
 * from which, or up to which, it holds.
 */
export const RULES: readonly Rule[] = [
  ...LOGGING,
  ...REGISTRY,
  ...NETWORK,
  ...STORAGE,
  ...BUILDER,
  ...RUNTIMES,
  ...CONTAINERS,
  ...SECURITY,
  ...API,
  ...GENERAL,
]
