import type { Verb } from '../verb'
import { apply } from './apply'
import { bundle } from './bundle'
import { dump } from './dump'
import { cleanupSizes, collectedSizes, emptyContainerLog, layerHolders } from './cleanup'
import { containerFiles, containerStack, daemonMount } from './container-layers'
import { debugFor } from './debug-for'
import { hello } from './hello'
import { history } from './history'
import { contentBlob, emptySteps, layerFile, layerRecord, layerWalk } from './images'
import { restart, service, start, stop } from './lifecycle'
import { endQuarantine, quarantine, quarantined } from './quarantine'
import { readConfig } from './read-config'
import { reload } from './reload'
import { sandbox } from './sandbox'
import { endTraces, sendTraces } from './traces'
import { scan } from './scan'
import { findStorage, listStorage, readStorage } from './storage'
import { trial } from './trial'
import { validate } from './validate'

/** Everything the privileged helper can be asked. A closed list: what is not here is refused. */
export const verbs: readonly Verb<unknown, unknown>[] = [
  hello,
  readConfig,
  history,
  validate,
  trial,
  apply,
  reload,
  debugFor,
  bundle,
  dump,
  layerHolders,
  cleanupSizes,
  collectedSizes,
  emptyContainerLog,
  quarantine,
  quarantined,
  endQuarantine,
  service,
  start,
  stop,
  restart,
  sendTraces,
  endTraces,
  sandbox,
  scan,
  listStorage,
  findStorage,
  readStorage,
  layerRecord,
  layerWalk,
  contentBlob,
  emptySteps,
  layerFile,
  containerFiles,
  containerStack,
  daemonMount,
]
